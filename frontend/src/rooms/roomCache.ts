/** How what the socket says changes the cached list of rooms, which names and unread badges are drawn from. */
import type { QueryClient } from "@tanstack/react-query";
import { keys } from "@/api/queries";
import type { Message, Room } from "@/api/types";
import { Throttle } from "@/lib/throttle";
import type { ServerEvents } from "@/realtime/events";

type Rooms = readonly Room[];
type RoomUpdate = ServerEvents["room_updated"];
/** The list after a `room_updated`; null where it is about a room that the list does not have. */
export function applyUpdate(rooms: Rooms, update: RoomUpdate): Rooms | null {
  const { room_id: roomId, deleted, room: facts, membership } = update;
  if (deleted) return rooms.filter(({ id }) => id !== roomId);
  if (!rooms.some(({ id }) => id === roomId)) return null;
  // Of a private room whoever is out of it knows no more.
  if (membership === null && rooms.some(({ id, visibility }) => id === roomId && visibility === "private"))
    return rooms.filter(({ id }) => id !== roomId);
  return rooms.map((room) =>
    room.id === roomId ? { ...room, ...facts, ...(membership !== undefined && { membership }) } : room,
  );
}

/** Pointers only move forward: pushes may overtake one another. */
export function movePointers(rooms: Rooms, roomId: string, lastSeq: number, lastReadSeq: number): Rooms {
  return rooms.map((room) => {
    if (room.id !== roomId) return room;
    const { membership } = room;
    return {
      ...room,
      last_seq: Math.max(room.last_seq, lastSeq),
      membership: membership && {
        ...membership,
        last_read_seq: Math.max(membership.last_read_seq, lastReadSeq),
      },
    };
  });
}

const COUNTS_EVERY_MS = 5_000;
const MEMBERS_EVERY_MS = 1_000;

export class RoomCache {
  private readonly counts = new Throttle(() => {
    this.refetch();
  }, COUNTS_EVERY_MS);

  private readonly changedRooms = new Set<string>();
  private readonly members = new Throttle(() => {
    for (const roomId of this.changedRooms)
      void this.queries.invalidateQueries({ queryKey: keys.members(roomId) });
    this.changedRooms.clear();
  }, MEMBERS_EVERY_MS);

  constructor(private readonly queries: QueryClient) {}

  updated(update: RoomUpdate): void {
    const rooms = this.queries.getQueryData<Rooms>(keys.rooms);
    if (!rooms) return;
    const changed = applyUpdate(rooms, update);
    if (changed) this.change(() => changed);
    else this.refetch();
  }

  /** One turned out to be no member of a room; whether it is still there is asked for. */
  left(roomId: string): void {
    this.updated({ room_id: roomId, deleted: false, membership: null });
    this.refetch();
  }

  /** A room with all it has, as an acknowledgement brings it; it may be new to the list. */
  put(room: Room): void {
    this.change((rooms) =>
      rooms.some(({ id }) => id === room.id)
        ? rooms.map((each) => (each.id === room.id ? room : each))
        : [...rooms, room],
    );
  }

  moved(roomId: string, lastSeq: number, lastReadSeq: number): void {
    this.change((rooms) => movePointers(rooms, roomId, lastSeq, lastReadSeq));
  }

  received(messages: readonly Message[]): void {
    const last = messages.at(-1);
    if (last) this.moved(last.room_id, last.seq, 0);
  }

  refetch(): void {
    void this.queries.invalidateQueries({ queryKey: keys.rooms });
  }

  /**
   * Somebody came or went, somewhere: the counts of the rooms are asked for again, at most every COUNTS_EVERY_MS
   * however many people come and go.
   */
  countsChanged(): void {
    this.counts.call();
  }

  /** Their lists are asked for again once a moment, however many people come and go in it. */
  membersChanged(roomId: string): void {
    this.countsChanged();
    this.changedRooms.add(roomId);
    this.members.call();
  }

  stop(): void {
    this.counts.cancel();
    this.members.cancel();
  }

  private change(change: (rooms: Rooms) => Rooms): void {
    this.queries.setQueryData<Rooms>(keys.rooms, (rooms) => rooms && change(rooms));
  }
}
