import { describe, expect, it } from "vitest";
import { room } from "@/test/things";
import { changeOf, durationOf, settingsOf, slowModeSteps } from "./change";

const before = settingsOf(
  room({ name: "Garden", topic: null, slow_mode_seconds: 0, members_can_invite: false }),
);

describe("a change of settings", () => {
  it("holds only what is another value, without blanks around it", () => {
    expect(changeOf(before, { ...before, name: " Garden ", topic: " Tomatoes " }, { own: true })).toEqual({
      topic: "Tomatoes",
    });
  });

  it("takes a topic away with an empty one", () => {
    expect(changeOf({ ...before, topic: "Old" }, { ...before, topic: "" }, { own: true })).toEqual({
      topic: "",
    });
  });

  it("leaves out what only an owner may change", () => {
    const wanted = { ...before, name: "Greenhouse", capacity: 7, visibility: "private" as const };
    expect(changeOf(before, wanted, { own: false })).toEqual({ name: "Greenhouse" });
    expect(changeOf(before, wanted, { own: true })).toEqual({
      name: "Greenhouse",
      capacity: 7,
      visibility: "private",
    });
  });
});

describe("slow mode", () => {
  it("can be chosen in steps, of which one is what the room has", () => {
    expect(slowModeSteps(0)).not.toContain(45);
    expect(slowModeSteps(45).slice(3, 6)).toEqual([30, 45, 60]);
  });

  it.each([
    [45, { unit: "seconds", count: 45 }],
    [90, { unit: "seconds", count: 90 }],
    [300, { unit: "minutes", count: 5 }],
    [21_600, { unit: "hours", count: 6 }],
  ])("of %d s is said in words", (seconds, said) => {
    expect(durationOf(seconds)).toEqual(said);
  });
});
