import { expect, it } from "vitest";
import { bodyOf, draftOf, errorOf, isChanged } from "./retention";

const own = { raw_days: 30, minute_days: null, hour_days: 0, day_days: null };

it("tells what a sensor has of its own from what the installation has", () => {
  expect(draftOf(own)).toEqual({ raw_days: 30, minute_days: "", hour_days: 0, day_days: "" });
});

it("sends what is given, for ever being a 0, and leaves out what is empty", () => {
  expect(bodyOf({ ...draftOf(own), raw_days: "", day_days: 365 })).toEqual({ hour_days: 0, day_days: 365 });
});

it("is changed by a field that was emptied, and not by a 0 that was there", () => {
  expect(isChanged(draftOf(own), own)).toBe(false);
  expect(isChanged({ ...draftOf(own), hour_days: "" }, own)).toBe(true);
});

it("finds what is wrong with one field, and with their order", () => {
  const fields = { "retention.raw_days": "Too many.", retention: "Not in order." };
  expect(errorOf(fields, "raw_days")).toBe("Too many.");
  expect(errorOf(fields, "day_days")).toBeUndefined();
  expect(errorOf(fields, null)).toBe("Not in order.");
});
