import { describe, expect, it } from "vitest";
import { message } from "@/test/things";
import { contiguousTop, emptyTimeline, gaps, merge, trim } from "./timeline";

const seqs = (timeline: { messages: readonly { seq: number }[] }) => timeline.messages.map(({ seq }) => seq);
const of = (...numbers: number[]) =>
  merge(
    emptyTimeline,
    numbers.map((seq) => message({ seq })),
  );

describe("merging messages", () => {
  it("appends what follows", () => {
    expect(seqs(merge(of(1, 2), [message({ seq: 3 }), message({ seq: 4 })]))).toEqual([1, 2, 3, 4]);
  });

  it("puts an older page in front", () => {
    expect(seqs(merge(of(51, 52), [message({ seq: 49 }), message({ seq: 50 })]))).toEqual([49, 50, 51, 52]);
  });

  it("keeps a message once, whichever of push, page and acknowledgement brings it", () => {
    const once = of(1, 2, 3);
    expect(
      seqs(merge(merge(once, [message({ seq: 3 })]), [message({ seq: 2 }), message({ seq: 3 })])),
    ).toEqual([1, 2, 3]);
  });

  it("sorts a page that overlaps and comes out of order", () => {
    expect(seqs(merge(of(3, 4), [message({ seq: 5 }), message({ seq: 2 }), message({ seq: 4 })]))).toEqual([
      2, 3, 4, 5,
    ]);
  });

  it("shows an edit in place of what it edits", () => {
    const edited = merge(of(1, 2), [message({ seq: 1, body: "better" })]);
    expect(edited.messages.map(({ body }) => body)).toEqual(["better", "message 2"]);
  });

  it("keeps the newest of what is known of a message, in whatever order it comes", () => {
    const reaction = (count: number) => ({ emoji: "👍", count, user_ids: [] });
    const edited = message({ seq: 1, body: "second", edited_at: "2026-11-20T10:00:00.000Z" });
    const reacted = message({ seq: 1, reactions: [reaction(2)], reactions_version: 5 });
    const stale = message({ seq: 1, reactions: [reaction(1)], reactions_version: 4 });
    const [both] = [edited, reacted, stale].reduce((known, push) => merge(known, [push]), of(1)).messages;
    expect(both).toMatchObject({ body: "second", reactions: [{ count: 2 }], reactions_version: 5 });
  });

  it("does not bring back what was deleted", () => {
    const deleted = merge(of(1), [message({ seq: 1, body: "", deleted: true })]);
    const late = message({ seq: 1, edited_at: "2026-11-20T10:00:00.000Z" });
    expect(merge(deleted, [late]).messages[0]).toMatchObject({ body: "", deleted: true });
  });

  it("leaves a timeline alone that gets nothing", () => {
    const before = of(1);
    expect(merge(before, [])).toBe(before);
  });
});

describe("holes", () => {
  it("finds none in a run, wherever it starts", () => {
    expect(gaps(of(51, 52, 53))).toEqual([]);
    expect(contiguousTop(of(51, 52, 53))).toBe(53);
  });

  it("finds each, oldest first, and goes on from before the first", () => {
    const broken = of(1, 2, 5, 6, 9);
    expect(gaps(broken)).toEqual([
      { after: 2, before: 5 },
      { after: 6, before: 9 },
    ]);
    expect(contiguousTop(broken)).toBe(2);
  });

  it("closes one with the messages that were missing", () => {
    const whole = merge(of(1, 4), [message({ seq: 2 }), message({ seq: 3 })]);
    expect(gaps(whole)).toEqual([]);
    expect(contiguousTop(whole)).toBe(4);
  });

  it("has no top while empty", () => {
    expect(contiguousTop(emptyTimeline)).toBe(0);
  });
});

it("keeps the latest of a long timeline, and that there is more before", () => {
  const trimmed = trim(of(1, 2, 3, 4), 2);
  expect(seqs(trimmed)).toEqual([3, 4]);
  expect(trimmed.hasOlder).toBe(true);
});

describe("what a push says of reactions", () => {
  const reaction = {
    emoji: "👍",
    count: 25,
    user_ids: Array.from({ length: 20 }, (_, index) => String(index)),
  };
  const known = { ...emptyTimeline, messages: [message({ seq: 1, reactions: [{ ...reaction, me: true }] })] };
  const pushed = (fields: object) =>
    merge(known, [message({ seq: 1, reactions_version: 1, reactions: [{ ...reaction, ...fields }] })])
      .messages[0]?.reactions[0]?.me;

  it("keeps that one is among them where it does not list all people", () => {
    expect(pushed({})).toBe(true);
  });

  it("counts where it lists them all", () => {
    expect(pushed({ count: 20 })).toBeUndefined();
  });
});
