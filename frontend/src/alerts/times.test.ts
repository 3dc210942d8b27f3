import { describe, expect, it } from "vitest";
import { momentText, roughly, tomorrowMorning } from "./times";

describe("until tomorrow", () => {
  it.each([
    [new Date(2026, 10, 20, 16, 30), new Date(2026, 10, 21, 8)],
    [new Date(2026, 10, 30, 23, 59), new Date(2026, 11, 1, 8)],
    // Up late: it is the coming morning that is meant.
    [new Date(2026, 10, 20, 1, 0), new Date(2026, 10, 20, 8)],
    [new Date(2026, 11, 31, 5, 0), new Date(2027, 0, 1, 8)],
  ])("said at %s ends at %s", (now, end) => {
    expect(tomorrowMorning(now)).toEqual(end);
  });
});

it.each([
  [-3, 0],
  [0.4, 0],
  [119, 119],
  [150, 180],
  [7199, 7200],
  [9100, 10_800],
])("says %d s as %d s", (seconds, said) => {
  expect(roughly(seconds)).toBe(said);
});

describe("a moment", () => {
  const now = new Date(2026, 10, 20, 9, 0);

  it("of today is a time of day", () => {
    expect(momentText(new Date(2026, 10, 20, 23, 5), now, "en")).toBe("23:05");
  });

  it("of another day has its date, and of another year that too", () => {
    expect(momentText(new Date(2026, 10, 21, 8, 0), now, "en")).toBe("Nov 21, 08:00");
    expect(momentText(new Date(2027, 0, 1, 8, 0), now, "en")).toContain("2027");
  });
});
