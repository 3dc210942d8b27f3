import { expect, it } from "vitest";
import { message, room } from "@/test/things";
import { movePointers, patchRoom } from "./roomCache";
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

it("keeps one's membership when a push about the room does not carry it", () => {
  const [renamed] = patchRoom([room()], { id: room().id, name: "Greenhouse", membership: null });
  expect(renamed?.name).toBe("Greenhouse");
  expect(renamed?.membership?.nickname).toBe("Alice");
});

it("leaves other rooms as they are", () => {
  const other = room({ id: message({ seq: 1 }).id });
  expect(movePointers([other], room().id, 99, 99)[0]).toBe(other);
});
