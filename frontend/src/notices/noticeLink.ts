import type { Notice } from "@/api/types";

/** Where what a notice is about is to be seen; null where nowhere. */
export function noticeLink({
  kind,
  room_id: roomId,
  seq,
}: Pick<Notice, "kind" | "room_id" | "seq">): string | null {
  if (roomId !== null) return seq === null ? `/rooms/${roomId}` : `/rooms/${roomId}?m=${seq}`;
  if (kind === "friend_request" || kind === "friend_accepted") return "/people";
  return null;
}

/** The title of the page's tab, with how much waits for its reader. */
export function tabTitle(title: string, waiting: number): string {
  const badge = waiting > 0 ? `(${waiting > 99 ? "99+" : waiting}) ` : "";
  return `${badge}${title} · Fieldroom`;
}
