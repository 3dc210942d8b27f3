// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type TestServer, startServer } from "@/test/server";
import { OwnAway } from "./ownAway";
import { Presence } from "./presence";

let server: TestServer;
beforeEach(async () => {
  localStorage.clear();
  server = await startServer();
});
afterEach(() => server.close());

const told = () =>
  server.received.filter(([event]) => event === "presence_away").map(([, payload]) => payload);
const online = (connection: ReturnType<TestServer["connect"]>) =>
  vi.waitFor(() => {
    expect(connection.state.get()).toBe("online");
  });

describe("the presence of others", () => {
  it("tells online, away and gone apart", async () => {
    const connection = server.connect();
    const presence = new Presence(connection);
    presence.start();
    connection.start();
    await online(connection);
    server.push("presence", { user_id: "a", online: true, away: false });
    server.push("presence", { user_id: "b", online: true, away: true });
    await vi.waitFor(() => {
      expect([...presence.online.get()]).toEqual(["a", "b"]);
    });
    expect([...presence.away.get()]).toEqual(["b"]);
    server.push("presence", { user_id: "b", online: false });
    await vi.waitFor(() => {
      expect([...presence.online.get()]).toEqual(["a"]);
    });
    expect([...presence.away.get()]).toEqual([]);
  });
});

describe("being away oneself", () => {
  it("is told when it changes, and again to every new connection", async () => {
    server.answers.presence_away = () => ({ ok: true });
    const connection = server.connect();
    const own = new OwnAway(connection);
    const stop = own.start();
    connection.start();
    await online(connection);
    own.set(true);
    await vi.waitFor(() => {
      expect(told()).toEqual([{ away: true }]);
    });
    server.dropAll();
    await vi.waitFor(() => {
      expect(told()).toEqual([{ away: true }, { away: true }]);
    });
    own.set(false);
    await vi.waitFor(() => {
      expect(told().at(-1)).toEqual({ away: false });
    });
    stop();
  });

  it("outlives the page, and follows the other tabs of the browser", () => {
    new OwnAway(server.connect()).set(true);
    const later = new OwnAway(server.connect());
    expect(later.away.get()).toBe(true);
    const stop = later.start();
    window.dispatchEvent(new StorageEvent("storage", { key: "fieldroom.away", newValue: null }));
    expect(later.away.get()).toBe(false);
    stop();
  });
});
