/** How what the socket says changes the cached list of rooms, which names and unread badges are drawn from. */
import type { QueryClient } from "@tanstack/react-query";
import { keys } from "@/api/queries";
import type { Message, Room } from "@/api/types";
import { Throttle } from "@/lib/throttle";

type Rooms = readonly Room[];
export type RoomPatch = Partial<Room> & Pick<Room, "id">;

/** The list with one room changed; the same list where nothing is different. A push never takes one's membership away. */
export function patchRoom(rooms: Rooms, patch: RoomPatch): Rooms {
  return rooms.map((room) =>
    room.id === patch.id ? { ...room, ...patch, membership: patch.membership ?? room.membership } : room,
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

export class RoomCache {
  private readonly counts = new Throttle(() => {
    this.refetch();
  }, COUNTS_EVERY_MS);

  constructor(private readonly queries: QueryClient) {}

  patch(patch: RoomPatch): void {
    this.change((rooms) => patchRoom(rooms, patch));
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

  membersChanged(roomId: string): void {
    this.countsChanged();
    void this.queries.invalidateQueries({ queryKey: keys.members(roomId) });
  }

  stop(): void {
    this.counts.cancel();
  }

  private change(change: (rooms: Rooms) => Rooms): void {
    this.queries.setQueryData<Rooms>(keys.rooms, (rooms) => rooms && change(rooms));
  }
}
