import type { Room } from "@/api/types";

/** Messages of a room that one has not read; none for a room that one is not a member of. */
export function unreadCount(room: Pick<Room, "last_seq" | "membership">): number {
  if (!room.membership) return 0;
  return Math.max(0, room.last_seq - room.membership.last_read_seq);
}

/** A badge's text: exact up to 99. */
export function badgeText(count: number): string {
  return count > 99 ? "99+" : String(count);
}
