import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OwnTyping, TYPING_LAPSES_MS, TYPING_REPEATS_MS, Typing } from "./typing";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const push = (typing: boolean) => ({
  room_id: "r",
  user: { id: "b", username: "bob" },
  nickname: "Bob",
  typing,
});

describe("others typing", () => {
  it("shows until they stop", () => {
    const typing = new Typing();
    typing.receive(push(true));
    expect(typing.in("r")).toEqual([{ userId: "b", nickname: "Bob" }]);
    typing.receive(push(false));
    expect(typing.in("r")).toEqual([]);
  });

  it("lapses by itself when the word that they stopped never comes", () => {
    const typing = new Typing();
    typing.receive(push(true));
    vi.advanceTimersByTime(TYPING_LAPSES_MS - 1);
    expect(typing.in("r")).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(typing.in("r")).toEqual([]);
  });

  it("goes on as long as they go on, and names them once", () => {
    const typing = new Typing();
    for (let word = 0; word < 5; word++) {
      typing.receive(push(true));
      vi.advanceTimersByTime(TYPING_LAPSES_MS - 1);
    }
    expect(typing.in("r")).toHaveLength(1);
  });
});

describe("one's own typing", () => {
  it("is told at most once in a while, and its end once", () => {
    const told: string[] = [];
    const own = new OwnTyping((event) => told.push(event));
    for (let key = 0; key < 20; key++) {
      own.typed();
      vi.advanceTimersByTime(100);
    }
    expect(told).toEqual(["typing_start"]);
    vi.advanceTimersByTime(TYPING_REPEATS_MS + 1_000);
    expect(told).toEqual(["typing_start", "typing_stop"]);
  });

  it("says nothing of its end after a message: that tells it", () => {
    const told: string[] = [];
    const own = new OwnTyping((event) => told.push(event));
    own.typed();
    own.sent();
    own.stop();
    vi.runAllTimers();
    expect(told).toEqual(["typing_start"]);
  });
});
