// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Message, Reaction } from "@/api/types";
import type { Connection } from "@/realtime/connection";
import { type TestServer, startServer } from "@/test/server";
import { alice, bob, message } from "@/test/things";
import { Amendments, amended } from "./amendments";

let server: TestServer;
let connection: Connection;
let amendments: Amendments;
let told: Message[];

const known = message({ seq: 1, body: "before" });
const shown = () => amended(known, amendments.pending.get().get(known.id), alice.id);
const reactions = () => shown().reactions.map(({ emoji, count, me }) => [emoji, count, me]);
const refuse = () => ({ ok: false, error: { code: "forbidden", message: "" } });

beforeEach(async () => {
  server = await startServer();
  connection = server.connect();
  connection.start();
  told = [];
  amendments = new Amendments(connection, (each) => told.push(each));
  await vi.waitFor(() => {
    expect(connection.state.get()).toBe("online");
  });
});
afterEach(() => server.close());

describe("a reaction", () => {
  it("is shown at once, and left to the message once the server has it", async () => {
    const stored = message({ seq: 1, reactions_version: 1 });
    server.answers.react = () => ({ ok: true, message: stored });
    const done = amendments.react(known.id, "👍", true);
    expect(reactions()).toEqual([["👍", 1, true]]);
    await done;
    expect(told).toEqual([stored]);
    expect(amendments.pending.get().size).toBe(0);
  });

  it("is taken away again where the server refuses it", async () => {
    server.answers.react = refuse;
    const done = amendments.react(known.id, "👍", true);
    await expect(done).rejects.toMatchObject({ code: "forbidden" });
    expect(reactions()).toEqual([]);
  });

  it("that is taken back at once is not shown again by the answer to the first", async () => {
    server.answers.react = ({ on }: { on: boolean }) => ({
      ok: true,
      message: message({ seq: 1, reactions_version: on ? 1 : 2 }),
    });
    const first = amendments.react(known.id, "👍", true);
    const second = amendments.react(known.id, "👍", false);
    const seen: unknown[] = [];
    amendments.pending.subscribe(() => seen.push(...reactions()));
    await Promise.all([first, second]);
    expect(seen).toEqual([]);
    expect(amendments.pending.get().size).toBe(0);
  });

  const theirs = (fields: Partial<Reaction>): Reaction => ({
    emoji: "🎉",
    count: 2,
    user_ids: [],
    ...fields,
  });
  const after = (reaction: Reaction, on: boolean) =>
    amended({ ...known, reactions: [reaction] }, { reactions: new Map([["🎉", on]]) }, alice.id).reactions[0];

  it("adds to those of others, and leaves them when it goes", () => {
    expect(after(theirs({ user_ids: [bob.id, "c"] }), true)).toMatchObject({ count: 3, me: true });
    expect(after(theirs({ user_ids: [bob.id, alice.id] }), false)).toMatchObject({
      count: 1,
      user_ids: [bob.id],
      me: false,
    });
  });

  it("that is there already changes nothing", () => {
    const mine = theirs({ count: 30, me: true });
    expect(after(mine, true)).toBe(mine);
  });
});

describe("an edit", () => {
  it("is shown at once, and the text before it where the server refuses", async () => {
    server.answers.edit_message = refuse;
    const done = amendments.edit(known.id, "after");
    expect(shown().body).toBe("after");
    await expect(done).rejects.toMatchObject({ code: "forbidden" });
    expect(shown()).toBe(known);
  });
});

it("a deletion is not shown before it is true", async () => {
  const tombstone = message({ seq: 1, deleted: true });
  server.answers.delete_message = () => ({ ok: true, message: tombstone });
  const done = amendments.remove(known.id);
  expect(shown()).toBe(known);
  await done;
  expect(told).toEqual([tombstone]);
});
