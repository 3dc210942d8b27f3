import { describe, expect, it } from "vitest";
import { alice, bob, message } from "@/test/things";
import { echoMessage, layOut, messageKey } from "./grouping";

/** Who reads; Alice and Bob are others. */
const OWN = "0".repeat(24);
const at = (text: string) => new Date(text).toISOString();
const shape = (items: ReturnType<typeof layOut>) =>
  items.map((item) =>
    item.kind === "group"
      ? `${item.messages[0]?.nickname ?? ""}:${item.messages.map(({ seq }) => seq).join(",")}`
      : item.kind,
  );

describe("laying out a conversation", () => {
  it("puts what one person says in a row under one name", () => {
    const messages = [
      message({ seq: 1 }),
      message({ seq: 2 }),
      message({ seq: 3, author: bob, nickname: "Bob" }),
      message({ seq: 4 }),
    ];
    expect(shape(layOut(messages, null, OWN))).toEqual(["day", "Alice:1,2", "Bob:3", "Alice:4"]);
  });

  it("shows the name again after a pause, and where the nickname changed", () => {
    const messages = [
      message({ seq: 1, created_at: at("2026-11-20T10:00:00Z") }),
      message({ seq: 2, created_at: at("2026-11-20T10:04:59Z") }),
      message({ seq: 3, created_at: at("2026-11-20T10:10:00Z") }),
      message({ seq: 4, created_at: at("2026-11-20T10:10:01Z"), nickname: "Ali" }),
    ];
    expect(shape(layOut(messages, null, OWN))).toEqual(["day", "Alice:1,2", "Alice:3", "Ali:4"]);
  });

  it("separates days at local midnight", () => {
    const messages = [
      message({ seq: 1, created_at: at("2026-11-20T23:59:59") }),
      message({ seq: 2, created_at: at("2026-11-21T00:00:00") }),
    ];
    expect(shape(layOut(messages, null, OWN))).toEqual(["day", "Alice:1", "day", "Alice:2"]);
  });

  it("sets joins and leaves apart from what is said", () => {
    const messages = [message({ seq: 1 }), message({ seq: 2, kind: "join" }), message({ seq: 3 })];
    expect(shape(layOut(messages, null, OWN))).toEqual(["day", "Alice:1", "notice", "Alice:3"]);
  });

  it("draws the line before the first message that is new, and breaks the group there", () => {
    const messages = [message({ seq: 6 }), message({ seq: 7 }), message({ seq: 8 })];
    expect(shape(layOut(messages, 7, OWN))).toEqual(["day", "Alice:6,7", "unread", "Alice:8"]);
  });

  it("draws it at the top where exactly the first shown is the first new one", () => {
    expect(shape(layOut([message({ seq: 8 })], 7, OWN))).toEqual(["day", "unread", "Alice:8"]);
  });

  it("draws it before the first of somebody else: one's own words are never new", () => {
    const own = [message({ seq: 6 }), message({ seq: 7 }), message({ seq: 8 })];
    expect(shape(layOut(own, 7, alice.id))).toEqual(["day", "Alice:6,7,8"]);
    const answered = [...own, message({ seq: 9, author: bob, nickname: "Bob" })];
    expect(shape(layOut(answered, 7, alice.id))).toEqual(["day", "Alice:6,7,8", "unread", "Bob:9"]);
  });

  it("draws none where all is read, nor where the first new one is not loaded", () => {
    expect(shape(layOut([message({ seq: 7 })], 7, OWN))).toEqual(["day", "Alice:7"]);
    expect(shape(layOut([message({ seq: 60 })], 7, OWN))).toEqual(["day", "Alice:60"]);
  });
});

describe("an echo", () => {
  const entry = {
    clientId: "f00",
    roomId: "c".repeat(24),
    body: "hi",
    writtenAt: Date.UTC(2026, 10, 20, 9, 0, 5),
    state: "queued",
  } as const;
  const echo = echoMessage(entry, { ...alice, nickname: "Alice" });

  it("stands after everything that has a seq, in its writer's group", () => {
    expect(shape(layOut([message({ seq: 1 }), echo], null, OWN))).toEqual(["day", `Alice:1,${echo.seq}`]);
  });

  it("has the key of the message that replaces it, so that it does not blink", () => {
    expect(messageKey(echo)).toBe(messageKey(message({ seq: 2, client_id: "f00" })));
    expect(messageKey(echo)).not.toBe(messageKey(message({ seq: 2, client_id: "f00", author: bob })));
  });
});
