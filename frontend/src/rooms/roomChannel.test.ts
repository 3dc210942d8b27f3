// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Message } from "@/api/types";
import type { Connection } from "@/realtime/connection";
import { type TestServer, startServer } from "@/test/server";
import { message, room } from "@/test/things";
import { RoomChannel, shownWindow } from "./roomChannel";

let server: TestServer;
let connection: Connection;
let channel: RoomChannel;
/** What the room holds on the server. */
let stored: Message[];
let told: number[];
let left: number;

const say = (count: number) => {
  for (let index = 0; index < count; index++) stored.push(message({ seq: stored.length + 1 }));
};
const seqs = () => channel.state.get().timeline.messages.map(({ seq }) => seq);
const run = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const shows = (wanted: number[]) =>
  vi.waitFor(() => {
    expect(seqs()).toEqual(wanted);
  });
const push = (seq: number) => {
  server.push("new_message", { message: stored[seq - 1] });
};

beforeEach(async () => {
  stored = [];
  told = [];
  left = 0;
  server = await startServer();
  server.answers.join_chat_room = ({ after_seq: after }: { after_seq?: number }) => {
    const found = after === undefined ? stored.slice(-50) : stored.slice(after, after + 200);
    const more = after === undefined ? stored.length > 50 : stored.length > after + 200;
    return { ok: true, room: room({ last_seq: stored.length }), messages: found, more };
  };
  vi.stubGlobal("fetch", (request: Request) => {
    const query = new URL(request.url).searchParams;
    const limit = Number(query.get("limit"));
    const before = query.get("before_seq");
    const after = Number(query.get("after_seq") ?? 0);
    const items = before
      ? stored.slice(Math.max(0, Number(before) - 1 - limit), Number(before) - 1)
      : stored.slice(after, after + limit);
    const next = before && (items[0]?.seq ?? 1) > 1 ? String(items[0]?.seq) : null;
    return Promise.resolve(Response.json({ items, next }));
  });
  connection = server.connect();
  channel = new RoomChannel({
    roomId: room().id,
    connection,
    onMessages: (messages) => told.push(...messages.map(({ seq }) => seq)),
    onRoom: () => undefined,
    onLeft: () => left++,
  });
  connection.on("new_message", ({ message: pushed }) => {
    channel.receive([pushed]);
  });
  connection.start();
});
afterEach(async () => {
  await server.close();
  vi.unstubAllGlobals();
});

describe("a room that is opened", () => {
  it("shows the latest messages, and that there are older ones", async () => {
    say(120);
    channel.view();
    await shows(run(71, 120));
    expect(channel.state.get().timeline.hasOlder).toBe(true);
  });

  it("pages back to the very first message", async () => {
    say(120);
    channel.view();
    await shows(run(71, 120));
    await channel.loadOlder();
    await channel.loadOlder();
    expect(seqs()).toEqual(run(1, 120));
    expect(channel.state.get().timeline.hasOlder).toBe(false);
  });

  it("knows a short history to be whole", async () => {
    say(3);
    channel.view();
    await shows([1, 2, 3]);
    expect(channel.state.get().timeline.hasOlder).toBe(false);
  });

  it("says why it cannot be joined, and tries again on request", async () => {
    const join = server.answers.join_chat_room;
    server.answers.join_chat_room = () => ({ ok: false, error: { code: "room_full", message: "" } });
    channel.view();
    await vi.waitFor(() => {
      expect(channel.state.get().error?.code).toBe("room_full");
    });
    if (join) server.answers.join_chat_room = join;
    say(1);
    channel.retry();
    await shows([1]);
    expect(channel.state.get()).toMatchObject({ status: "ready", error: null });
  });
});

describe("messages that come in", () => {
  it("are fetched where a push was missed", async () => {
    say(5);
    channel.view();
    await shows(run(1, 5));
    say(70);
    push(75);
    await shows(run(1, 75));
  });

  it("are shown once, however often they come", async () => {
    say(2);
    channel.view();
    await shows([1, 2]);
    say(1);
    push(3);
    push(3);
    push(2);
    await shows([1, 2, 3]);
  });
});

describe("a connection that was away", () => {
  it("brings everything that was missed, page after page, without a hole", async () => {
    say(10);
    channel.view();
    await shows(run(1, 10));
    server.dropAll();
    say(450);
    await shows(run(1, 460));
  });

  it("starts over from the latest when more was missed than anyone would read", async () => {
    say(10);
    channel.view();
    await shows(run(1, 10));
    server.dropAll();
    say(2_000);
    await shows(run(1_961, 2_010));
    expect(channel.state.get().timeline.hasOlder).toBe(true);
  });
});

describe("a membership that ended while there was no connection", () => {
  const joins = () =>
    server.received.filter(([event]) => event === "join_chat_room").map(([, payload]) => payload);

  it.each(["forbidden", "not_found"])("is not begun anew by connecting again (%s)", async (code) => {
    say(2);
    channel.view();
    await shows([1, 2]);
    server.answers.join_chat_room = () => ({ ok: false, error: { code, message: "" } });
    server.dropAll();
    await vi.waitFor(() => {
      expect(left).toBe(1);
    });
    expect(joins().at(-1)).toEqual({ room_id: room().id, after_seq: 2, follow_only: true });
    expect(channel.state.get().status).toBe("failed");
  });

  it("is begun by looking, where that is how one enters, but once only", async () => {
    say(1);
    channel.view(true);
    await shows([1]);
    server.dropAll();
    await vi.waitFor(() => {
      expect(joins()).toEqual([
        { room_id: room().id },
        { room_id: room().id, after_seq: 1, follow_only: true },
      ]);
    });
    expect(left).toBe(0);
  });

  it("is not taken for ended where one never got in", async () => {
    server.answers.join_chat_room = () => ({ ok: false, error: { code: "forbidden", message: "" } });
    channel.view(true);
    await vi.waitFor(() => {
      expect(channel.state.get().error?.code).toBe("forbidden");
    });
    expect(left).toBe(0);
  });
});

describe("a room that is left and entered again", () => {
  it("stops the pushes, keeps what was there, and gets what was said meanwhile", async () => {
    say(10);
    const leave = channel.view();
    await shows(run(1, 10));
    leave();
    await vi.waitFor(() => {
      expect(server.received.at(-1)).toEqual(["leave_chat_room", { room_id: room().id }]);
    });
    expect(seqs()).toEqual(run(1, 10));
    say(2);
    channel.view();
    await shows(run(1, 12));
    expect(server.received.at(-1)).toEqual([
      "join_chat_room",
      { room_id: room().id, after_seq: 10, follow_only: true },
    ]);
    expect(told).toEqual(run(1, 12));
  });
});

describe("a jump into the past", () => {
  const shown = () => shownWindow(channel.state.get()).messages.map(({ seq }) => seq);

  beforeEach(async () => {
    say(400);
    channel.view();
    await shows(run(351, 400));
  });

  it("shows the messages around one, and leaves the latest as they are", async () => {
    await expect(channel.jumpTo(100)).resolves.toBe(true);
    expect(shown()).toEqual(run(76, 125));
    expect(seqs()).toEqual(run(351, 400));
  });

  it("stays within what is here where the message is here", async () => {
    const { place } = channel.state.get();
    await channel.jumpTo(360);
    expect(channel.state.get()).toMatchObject({ past: null, place });
  });

  it("says where there is no such message", async () => {
    await expect(channel.jumpTo(9_000)).resolves.toBe(false);
    expect(channel.state.get().past).toBeNull();
  });

  it("is not torn by what is said meanwhile, which is there on the way back", async () => {
    await channel.jumpTo(100);
    say(1);
    push(401);
    await shows(run(351, 401));
    expect(shown()).toEqual(run(76, 125));
    channel.toLatest();
    expect(shown()).toEqual(run(351, 401));
  });

  it("follows what becomes of the messages that it shows", async () => {
    await channel.jumpTo(100);
    channel.amend(message({ seq: 100, body: "changed", edited_at: "2026-11-20T10:00:00.000Z" }));
    channel.amend(message({ seq: 200, body: "not shown", edited_at: "2026-11-20T10:00:00.000Z" }));
    expect(channel.find(message({ seq: 100 }).id)?.body).toBe("changed");
    expect(shown()).toEqual(run(76, 125));
    expect(seqs()).toEqual(run(351, 400));
  });

  it("grows both ways, and becomes one with the latest without a hole", async () => {
    await channel.jumpTo(300);
    const { place } = channel.state.get();
    await channel.loadOlder();
    expect(shown()).toEqual(run(226, 325));
    await channel.loadNewer();
    expect(channel.state.get().past).toBeNull();
    expect(seqs()).toEqual(run(226, 400));
    expect(channel.state.get()).toMatchObject({ place, timeline: { hasOlder: true } });
    say(1);
    push(401);
    await shows(run(226, 401));
  });

  it("to the first message knows that there is nothing before it", async () => {
    await channel.jumpTo(3);
    expect(shown()).toEqual(run(1, 28));
    expect(channel.state.get().past?.hasOlder).toBe(false);
  });
});

it("an amendment of a message that is not shown makes no hole", async () => {
  say(120);
  channel.view();
  await shows(run(71, 120));
  channel.amend(message({ seq: 5, body: "changed", edited_at: "2026-11-20T10:00:00.000Z" }));
  expect(seqs()).toEqual(run(71, 120));
});

it("after a pause, what became of the messages that are shown is asked for too", async () => {
  say(10);
  channel.view();
  await shows(run(1, 10));
  server.dropAll();
  stored[7] = message({ seq: 8, body: "", deleted: true });
  say(1);
  await shows(run(1, 11));
  await vi.waitFor(() => {
    expect(channel.state.get().timeline.messages[7]?.deleted).toBe(true);
  });
});
