/** The events of the namespace for people, as the contract has them. */
import type { Message, Room, Sensor, User } from "@/api/types";

/** [time in ms since the epoch, value] */
export type ReadingPair = [number, number];

/** What this side sends: its argument, and what an `ok` acknowledgement carries. */
export interface ClientEvents {
  join_chat_room: {
    request: { room_id: string; nickname?: string; after_seq?: number };
    answer: { room: Room; messages: Message[]; more: boolean };
  };
  leave_chat_room: { request: { room_id: string }; answer: unknown };
  send_message: {
    request: { room_id: string; body: string; client_id: string };
    answer: { message: Message };
  };
  typing_start: { request: { room_id: string }; answer: unknown };
  typing_stop: { request: { room_id: string }; answer: unknown };
  mark_read: { request: { room_id: string; seq: number }; answer: unknown };
  join_sensor: {
    request: { sensor_id: string; since?: number };
    answer: { sensor: Sensor; readings: ReadingPair[] };
  };
  leave_sensor: { request: { sensor_id: string }; answer: unknown };
}

/** What the server pushes. */
export interface ServerEvents {
  new_message: { message: Message };
  message_edited: { message: Message };
  message_deleted: { message: Message };
  user_joined: { room_id: string; user: Pick<User, "id">; nickname: string };
  user_left: { room_id: string; user: Pick<User, "id">; nickname: string };
  user_typing: { room_id: string; user: Pick<User, "id">; nickname: string; typing: boolean };
  room_updated: { room: Partial<Room> & Pick<Room, "id"> };
  presence: { user_id: string; online: boolean };
  unread: { room_id: string; last_seq: number; last_read_seq: number };
  /** skipped: how many older readings the push leaves out. */
  sensor_reading: { sensor_id: string; readings: ReadingPair[]; skipped?: number };
  sensor_status: { sensor_id: string; online: boolean };
  /** What a chart shows between two times, in ms, is another than before. */
  chart_updated: { sensor_id: string; start: number; end: number };
}

export type ClientEvent = keyof ClientEvents;
export type ServerEvent = keyof ServerEvents;
