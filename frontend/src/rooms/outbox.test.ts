// @vitest-environment jsdom
import { beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "@/api/errors";
import type { Message } from "@/api/types";
import { alice, bob, message } from "@/test/things";
import { Outbox, type OutboxEntry, type Send } from "./outbox";

/** A server that answers when, and how, the test says. */
function server() {
  const attempts: { entry: OutboxEntry; accept: () => void; refuse: (error: ApiError) => void }[] = [];
  let seq = 0;
  const send: Send = (entry) =>
    new Promise<Message>((resolve, reject) => {
      attempts.push({
        entry,
        accept: () => {
          resolve(message({ seq: ++seq, client_id: entry.clientId, body: entry.body }));
        },
        refuse: reject,
      });
    });
  return { attempts, send };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));
const ROOM = "c".repeat(24);
const KEY = "outbox";

let sent: Message[];
beforeEach(() => {
  sessionStorage.clear();
  sent = [];
});

function outboxOn(send: Send) {
  return new Outbox(send, (message) => sent.push(message), KEY);
}

const states = (outbox: Outbox) => outbox.entries.get().map(({ body, state }) => [body, state]);

describe("sending", () => {
  it("shows what was written at once, and drops the echo when it is acknowledged", async () => {
    const { attempts, send } = server();
    const outbox = outboxOn(send);
    outbox.write(ROOM, "hello");
    expect(states(outbox)).toEqual([["hello", "sending"]]);
    attempts[0]?.accept();
    await settled();
    expect(states(outbox)).toEqual([]);
    expect(sent.map(({ body }) => body)).toEqual(["hello"]);
  });

  it("sends the messages of a room one after the other, in the order they were written", async () => {
    const { attempts, send } = server();
    const outbox = outboxOn(send);
    outbox.write(ROOM, "first");
    outbox.write(ROOM, "second");
    outbox.write("d".repeat(24), "elsewhere");
    expect(attempts.map(({ entry }) => entry.body)).toEqual(["first", "elsewhere"]);
    attempts[0]?.accept();
    await settled();
    expect(attempts.map(({ entry }) => entry.body)).toEqual(["first", "elsewhere", "second"]);
  });

  it("keeps what was written while away and sends it, with the same client_id, once connected", async () => {
    const { attempts, send } = server();
    const outbox = outboxOn(send);
    outbox.write(ROOM, "away");
    attempts[0]?.refuse(new ApiError("offline"));
    await settled();
    expect(states(outbox)).toEqual([["away", "queued"]]);
    expect(attempts).toHaveLength(1);
    outbox.flushAll();
    attempts[1]?.accept();
    await settled();
    expect(states(outbox)).toEqual([]);
    expect(attempts[1]?.entry.clientId).toBe(attempts[0]?.entry.clientId);
  });

  it("tries once more by itself when no answer comes, and then asks its writer", async () => {
    const { attempts, send } = server();
    const outbox = outboxOn(send);
    outbox.write(ROOM, "slow");
    attempts[0]?.refuse(new ApiError("timeout"));
    await settled();
    expect(attempts).toHaveLength(2);
    attempts[1]?.refuse(new ApiError("timeout"));
    await settled();
    expect(states(outbox)).toEqual([["slow", "failed"]]);
    expect(new Set(attempts.map(({ entry }) => entry.clientId)).size).toBe(1);
  });

  it("fails at once what the server refuses, says why, and goes on with the next", async () => {
    const { attempts, send } = server();
    const outbox = outboxOn(send);
    outbox.write(ROOM, "bad");
    outbox.write(ROOM, "good");
    attempts[0]?.refuse(new ApiError("validation_failed", "", { fields: { body: "Too long." } }));
    await settled();
    expect(outbox.entries.get()[0]?.error).toEqual({
      code: "validation_failed",
      message: "",
      fields: { body: "Too long." },
    });
    attempts[1]?.accept();
    await settled();
    expect(states(outbox)).toEqual([["bad", "failed"]]);
  });

  it("sends a failed one again under the same client_id when its writer says so", async () => {
    const { attempts, send } = server();
    const outbox = outboxOn(send);
    outbox.write(ROOM, "again");
    attempts[0]?.refuse(new ApiError("rate_limited"));
    await settled();
    const [failed] = outbox.entries.get();
    if (failed) outbox.retry(failed);
    expect(attempts[1]?.entry.clientId).toBe(failed?.clientId);
    attempts[1]?.accept();
    await settled();
    expect(sent).toHaveLength(1);
  });

  it("forgets one that its writer discards", async () => {
    const { attempts, send } = server();
    const outbox = outboxOn(send);
    outbox.write(ROOM, "never mind");
    attempts[0]?.refuse(new ApiError("forbidden"));
    await settled();
    outbox.discard(outbox.entries.get()[0]?.clientId ?? "");
    expect(states(outbox)).toEqual([]);
  });
});

describe("what comes back by another way", () => {
  it("drops the echo when the push is faster than the acknowledgement", async () => {
    const { attempts, send } = server();
    const outbox = outboxOn(send);
    outbox.write(ROOM, "pushed");
    const clientId = outbox.entries.get()[0]?.clientId ?? "";
    outbox.arrived([message({ seq: 1, client_id: clientId })], alice.id);
    expect(states(outbox)).toEqual([]);
    attempts[0]?.refuse(new ApiError("interrupted"));
    await settled();
    expect(states(outbox)).toEqual([]);
  });

  it("does not take somebody else's message with the same client_id for one's own", () => {
    const { send } = server();
    const outbox = outboxOn(send);
    outbox.write(ROOM, "mine");
    const clientId = outbox.entries.get()[0]?.clientId ?? "";
    outbox.arrived([message({ seq: 1, author: bob, client_id: clientId })], alice.id);
    expect(outbox.entries.get()).toHaveLength(1);
  });
});

describe("a reload", () => {
  it("keeps what was not acknowledged and sends it under the same client_id", async () => {
    const before = server();
    outboxOn(before.send).write(ROOM, "before the reload");
    const after = server();
    const outbox = outboxOn(after.send);
    expect(states(outbox)).toEqual([["before the reload", "queued"]]);
    outbox.flushAll();
    expect(after.attempts[0]?.entry.clientId).toBe(before.attempts[0]?.entry.clientId);
    after.attempts[0]?.accept();
    await settled();
    expect(sessionStorage.getItem(KEY)).toBeNull();
  });

  it("starts empty from what it cannot read", () => {
    sessionStorage.setItem(KEY, "{broken");
    expect(outboxOn(server().send).entries.get()).toEqual([]);
  });

  it("goes on where the browser keeps nothing", () => {
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new DOMException("full", "QuotaExceededError");
    });
    const outbox = outboxOn(server().send);
    outbox.write(ROOM, "unkept");
    expect(states(outbox)).toEqual([["unkept", "sending"]]);
  });
});
