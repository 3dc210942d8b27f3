import { describe, expect, it } from "vitest";
import type { AlertRule } from "@/api/types";
import { bodyOf, draftOf, missingIn, newDraft, withCondition } from "./ruleDraft";

const rule = (fields: Partial<AlertRule>) =>
  ({
    when: "above",
    threshold: 30,
    for_seconds: 0,
    hysteresis: 0,
    window_seconds: 300,
    room_id: "room",
    name: null,
    severity: "warning",
    mail: false,
    ...fields,
  }) as AlertRule;

describe("a rule in its form", () => {
  it.each<Partial<AlertRule>>([
    { when: "above", threshold: 30, hysteresis: 1.5, for_seconds: 60 },
    { when: "below", threshold: -4, name: "Frost" },
    { when: "rate", threshold: 2, window_seconds: 600 },
    { when: "rate", threshold: -0.5 },
    { when: "silent", threshold: null, for_seconds: 3600, mail: true, severity: "critical" },
  ])("comes back as it was: %j", (fields) => {
    const known = rule(fields);
    expect(known).toMatchObject(bodyOf(draftOf(known)));
  });

  it("has a falling rate without its sign", () => {
    expect(draftOf(rule({ when: "rate", threshold: -2 }))).toMatchObject({ when: "falling", threshold: 2 });
  });

  it("sends no room where the reader does not know the rule's", () => {
    expect(bodyOf(draftOf(rule({ room_id: null })))).not.toHaveProperty("room_id");
  });

  it("sends nothing of a threshold that its condition has not", () => {
    const draft = { ...withCondition(newDraft("room"), "silent"), threshold: 30, hysteresis: 2 };
    expect(bodyOf(draft)).toMatchObject({ when: "silent", threshold: null, hysteresis: 0, for_seconds: 300 });
  });

  it("keeps the length that was given when it becomes one about silence", () => {
    expect(withCondition({ ...newDraft(null), forSeconds: 20 }, "silent").forSeconds).toBe(20);
  });
});

describe("what is missing", () => {
  const draft = { ...newDraft("room"), threshold: 0 };

  it.each([
    [{}, {}],
    [{ threshold: "" }, { threshold: "required" }],
    [{ threshold: "-" }, { threshold: "required" }],
    [{ threshold: "-4." }, {}],
    [{ when: "rising" as const }, { threshold: "positive" }],
    [{ when: "falling" as const, threshold: -1 }, { threshold: "positive" }],
    [{ when: "silent" as const, threshold: "" }, { for_seconds: "positive" }],
    [{ when: "silent" as const, forSeconds: 1 }, {}],
    [{ roomId: null }, { room_id: "required" }],
  ])("of %j is %j", (part, missing) => {
    expect(missingIn({ ...draft, ...part })).toEqual(missing);
  });
});
