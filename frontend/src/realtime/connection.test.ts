// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "@/api/errors";
import { type TestServer, startServer } from "@/test/server";
import type { Connection } from "./connection";

let server: TestServer;
let connection: Connection;
beforeEach(async () => {
  server = await startServer();
  connection = server.connect();
});
afterEach(() => server.close());

const state = (wanted: string) =>
  vi.waitFor(() => {
    expect(connection.state.get()).toBe(wanted);
  });
const room = { room_id: "r" };

describe("a request", () => {
  it("resolves with what acknowledges it", async () => {
    server.answers.typing_start = (payload) => ({ ok: true, echo: payload });
    connection.start();
    await state("online");
    await expect(connection.request("typing_start", room)).resolves.toMatchObject({ echo: room });
  });

  it("rejects with the server's own error", async () => {
    server.answers.join_chat_room = () => ({ ok: false, error: { code: "room_full", message: "Full." } });
    connection.start();
    await state("online");
    await expect(connection.request("join_chat_room", room)).rejects.toMatchObject({ code: "room_full" });
  });

  it("says that there is no connection, and is not sent later behind one's back", async () => {
    await expect(connection.request("typing_start", room)).rejects.toMatchObject({ code: "offline" });
    connection.start();
    await state("online");
    server.answers.typing_stop = () => ({ ok: true });
    await connection.request("typing_stop", room);
    expect(server.received.map(([event]) => event)).toEqual(["typing_stop"]);
  });

  it("gives up on an answer that does not come", async () => {
    connection.start();
    await state("online");
    await expect(connection.request("typing_start", room, 30)).rejects.toMatchObject({ code: "timeout" });
  });

  it("knows at once when the connection breaks before the answer", async () => {
    connection.start();
    await state("online");
    const answer = connection.request("typing_start", room);
    await vi.waitFor(() => {
      expect(server.received).toHaveLength(1);
    });
    server.dropAll();
    await expect(answer).rejects.toSatisfy(
      (error) => error instanceof ApiError && error.code === "interrupted",
    );
  });
});

describe("the connection", () => {
  it("comes back after the server has ended it, and joins again what is followed", async () => {
    const joined: string[] = [];
    connection.follow(() => {
      joined.push(connection.state.get());
      return Promise.resolve();
    });
    connection.start();
    await state("online");
    server.dropAll();
    await state("offline");
    await state("online");
    expect(joined).toEqual(["online", "online"]);
  });

  it("joins at once what is followed later, and no longer what is not", async () => {
    connection.start();
    await state("online");
    const join = vi.fn(() => Promise.resolve());
    const stop = connection.follow(join);
    expect(join).toHaveBeenCalledTimes(1);
    stop();
    server.dropAll();
    await state("offline");
    await state("online");
    expect(join).toHaveBeenCalledTimes(1);
  });

  it("tells that the session has ended, and does not knock on", async () => {
    const refused = vi.fn();
    connection.onRefused(refused);
    server.refuseWith = "authentication_required";
    connection.start();
    await state("idle");
    expect(refused).toHaveBeenCalledTimes(1);
  });

  it("tries again where it is refused for another reason", async () => {
    server.refuseWith = "unavailable";
    connection.start();
    await state("offline");
    server.refuseWith = null;
    await state("online");
  });

  it("hands on what the server pushes, until nobody listens", async () => {
    const heard = vi.fn();
    const stop = connection.on("presence", heard);
    connection.start();
    await state("online");
    server.push("presence", { user_id: "u", online: true });
    await vi.waitFor(() => {
      expect(heard).toHaveBeenCalledWith({ user_id: "u", online: true });
    });
    stop();
    const later = vi.fn();
    connection.on("presence", later);
    server.push("presence", { user_id: "u", online: false });
    await vi.waitFor(() => {
      expect(later).toHaveBeenCalledTimes(1);
    });
    expect(heard).toHaveBeenCalledTimes(1);
  });
});
