/** Things of the wire for tests, with the fields that this page reads; a test names those that matter to it. */
import type { Me, Message, Room } from "@/api/types";

const id = (kind: string, number: number) => kind.repeat(8).slice(0, 8) + String(number).padStart(16, "0");

export const alice = { id: id("a", 1), username: "alice" };
export const bob = { id: id("b", 1), username: "bob" };

export function message(fields: Partial<Message> & { seq: number }): Message {
  return {
    id: id("e", fields.seq),
    room_id: id("c", 1),
    author: alice,
    nickname: "Alice",
    kind: "text",
    style: null,
    body: `message ${fields.seq}`,
    client_id: null,
    reactions: [],
    reactions_version: 0,
    created_at: new Date(Date.UTC(2026, 10, 20, 9, 0, fields.seq)).toISOString(),
    edited_at: null,
    deleted: false,
    ...fields,
  } as Message;
}

export function room(fields: Partial<Room> = {}): Room {
  return {
    id: id("c", 1),
    name: "Lobby",
    kind: "group",
    topic_id: null,
    owner_id: null,
    capacity: 100,
    member_count: 2,
    online_count: 1,
    visibility: "public",
    lobby: false,
    last_seq: 10,
    created_at: "2026-11-20T09:00:00.000Z",
    membership: { nickname: "Alice", role: "member", last_read_seq: 7, muted: false },
    ...fields,
  } as Room;
}

export const me = {
  ...alice,
  nickname: "Alice",
  avatar_url: null,
  role: "user",
  online: true,
  created_at: "2026-11-20T09:00:00.000Z",
  email: null,
  email_verified: false,
  locale: null,
  preferences: {},
} as unknown as Me;
