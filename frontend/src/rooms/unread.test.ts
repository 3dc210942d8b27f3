import { expect, it } from "vitest";
import { message, room } from "@/test/things";
import { applyUpdate, movePointers } from "./roomCache";
import { badgeText, unreadCount } from "./unread";

it("counts what came after the last message that was read", () => {
  expect(unreadCount(room({ last_seq: 10 }))).toBe(3);
});

it("counts nothing where one is not a member", () => {
  expect(unreadCount(room({ membership: null }))).toBe(0);
});

it("never counts below nothing, where a pointer is ahead of the list", () => {
  expect(unreadCount(room({ last_seq: 5 }))).toBe(0);
});

it("says 99+ from a hundred on", () => {
  expect([1, 99, 100, 4_000].map(badgeText)).toEqual(["1", "99", "99+", "99+"]);
});

it("moves pointers forward only, in whatever order pushes come", () => {
  const [first = room()] = movePointers([room()], room().id, 12, 12);
  const [then = room()] = movePointers([first], room().id, 11, 9);
  expect([then.last_seq, then.membership?.last_read_seq]).toEqual([12, 12]);
});

it("takes what changed of a room for everyone, and keeps what is one's own", () => {
  const [renamed] =
    applyUpdate([room()], { room_id: room().id, deleted: false, room: { name: "Greenhouse" } }) ?? [];
  expect([renamed?.name, renamed?.membership?.nickname]).toEqual(["Greenhouse", "Alice"]);
});

it("takes the end of a membership, and of a room", () => {
  const ended = { room_id: room().id, deleted: false, membership: null };
  expect(applyUpdate([room()], ended)?.[0]?.membership).toBeNull();
  expect(applyUpdate([room()], { room_id: room().id, deleted: true })).toEqual([]);
});

it("knows that it does not know a room", () => {
  expect(applyUpdate([], { room_id: room().id, deleted: false, membership: room().membership })).toBeNull();
});

it("leaves other rooms as they are", () => {
  const other = room({ id: message({ seq: 1 }).id });
  expect(movePointers([other], room().id, 99, 99)[0]).toBe(other);
});
