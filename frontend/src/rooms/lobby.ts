import type { Room } from "@/api/types";

/** The installation's own room, which nobody owns and everybody belongs to: entering it needs no further word. */
export function isLobby(room: Pick<Room, "owner_id" | "kind" | "visibility">): boolean {
  return room.owner_id === null && room.kind === "group" && room.visibility === "public";
}
