/** The events of the namespace for people, as the contract has them. */
import type {
  Dashboard,
  Invitation,
  Member,
  Membership,
  Message,
  Notice,
  Room,
  Sensor,
  SensorAlert,
  User,
} from "@/api/types";

/** [time in ms since the epoch, value] */
export type ReadingPair = [number, number];

/** What this side sends: its argument, and what an `ok` acknowledgement carries. */
export interface ClientEvents {
  join_chat_room: {
    /** follow_only: is refused where one is no member, rather than made one. */
    request: { room_id: string; nickname?: string; after_seq?: number; follow_only?: boolean };
    answer: { room: Room; messages: Message[]; more: boolean };
  };
  leave_chat_room: { request: { room_id: string }; answer: unknown };
  send_message: {
    request: { room_id: string; body: string; client_id: string; reply_to?: string };
    /** A command that answers its sender alone makes no message. */
    answer: { message: Message | null; notice?: CommandNotice };
  };
  edit_message: { request: { id: string; body: string }; answer: { message: Message } };
  delete_message: { request: { id: string }; answer: { message: Message } };
  react: { request: { id: string; emoji: string; on: boolean }; answer: { message: Message } };
  typing_start: { request: { room_id: string }; answer: unknown };
  typing_stop: { request: { room_id: string }; answer: unknown };
  mark_read: { request: { room_id: string; seq: number }; answer: unknown };
  /** Whether nobody is at this device. */
  presence_away: { request: { away: boolean }; answer: unknown };
  join_sensor: {
    request: { sensor_id: string; since?: number };
    answer: { sensor: Sensor; readings: ReadingPair[] };
  };
  leave_sensor: { request: { sensor_id: string }; answer: unknown };
}

/** What a command says to whoever gave it. */
export interface CommandNotice {
  command: string;
  level: "info" | "error";
  text: string;
}

interface MemberEvent {
  room_id: string;
  user: Pick<User, "id" | "username">;
  nickname: string;
}

/** What the server pushes. */
export interface ServerEvents {
  new_message: { message: Message };
  message_edited: { message: Message };
  message_deleted: { message: Message };
  user_joined: MemberEvent;
  /** Comes to who left, too, in whatever room they look at. */
  user_left: MemberEvent & { reason?: "left" | "removed" | "banned" };
  user_typing: MemberEvent & { typing: boolean };
  /** A member's nickname or role is another. */
  member_updated: MemberEvent & { role?: Member["role"] };
  message_reaction: { message: Message };
  /** What changed of a room for everyone (room), or for oneself only (membership; null: it ended). */
  room_updated: {
    room_id: string;
    deleted: boolean;
    room?: Partial<Room>;
    membership?: Membership | null;
  };
  presence: { user_id: string; online: boolean; away?: boolean };
  friend_request: { state: string };
  /** One is invited to a room, or no longer is. */
  room_invitation: { room_id: string; pending: boolean; invitation?: Invitation };
  new_notification: { notification: Notice };
  /** id: what was read on some device of one's own; null: everything. */
  notifications_read: { id: string | null; unread: number };
  /** What a notice was about is no more; read: whether it was read already. */
  notification_withdrawn: { id: string; read: boolean };
  /** last_read_seq: where one's own pointer moved; without it something was said. */
  unread: { room_id: string; last_seq: number; last_read_seq?: number };
  /** skipped: how many older readings the push leaves out. */
  sensor_reading: { sensor_id: string; readings: ReadingPair[]; skipped?: number };
  sensor_status: { sensor_id: string; online: boolean };
  /** What a chart shows between two times, in ms, is another than before. */
  chart_updated: { sensor_id: string; start: number; end: number };
  /** Something is new about an alert of a sensor that one watches, of one's own or of one of one's rooms. */
  sensor_alert: { alert: SensorAlert };
  /** The rules of a sensor that one watches are others than before. */
  alert_rules_updated: { sensor_id: string };
  /** Which sensors are pinned to a room now, in their order. */
  pins_updated: { room_id: string; sensor_ids: string[] };
  dashboard_updated: { dashboard: Dashboard };
}

export type ClientEvent = keyof ClientEvents;
export type ServerEvent = keyof ServerEvents;
