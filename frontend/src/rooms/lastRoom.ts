import { readItem, writeItem } from "@/lib/storage";

const KEY = "fieldroom.lastRoom";

export function lastRoomId(): string | null {
  return readItem(localStorage, KEY);
}

export function rememberRoom(roomId: string): void {
  writeItem(localStorage, KEY, roomId);
}
