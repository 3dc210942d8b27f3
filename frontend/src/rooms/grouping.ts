/** How messages are laid out: by day, then by author as long as one keeps talking. */
import type { Message } from "@/api/types";
import { dayKey } from "@/lib/time";
import type { OutboxEntry } from "./outbox";

/** What of a message is drawn: a message and an echo both have it. */
export type ShownMessage = Pick<
  Message,
  | "id"
  | "seq"
  | "author"
  | "nickname"
  | "kind"
  | "style"
  | "body"
  | "chart"
  | "alert"
  | "client_id"
  | "reply_to"
  | "reactions"
  | "mentions"
  | "mentions_room"
  | "created_at"
  | "edited_at"
  | "deleted"
>;

/** Oneself in a room. */
export interface Self {
  id: string;
  username: string;
  nickname: string;
}

export type TimelineItem =
  | { kind: "day"; key: string; at: Date }
  | { kind: "unread"; key: string }
  | { kind: "notice"; key: string; message: ShownMessage }
  | { kind: "group"; key: string; messages: ShownMessage[] };

/** A pause after which the author's name is shown again. */
const GROUP_PAUSE_MS = 5 * 60_000;

/**
 * `unreadAfter`: the seq after which the line "new" is drawn, if a message of somebody else than `ownId` follows it. Where
 * the first that is shown comes long after it, the line belongs to a page that is not here yet.
 */
export function layOut(
  messages: readonly ShownMessage[],
  unreadAfter: number | null,
  ownId: string,
): TimelineItem[] {
  const items: TimelineItem[] = [];
  let day = "";
  let previous: ShownMessage | null = null;
  let group: ShownMessage[] | null = null;
  const [first] = messages;
  let lineAfter = first && unreadAfter !== null && first.seq <= unreadAfter + 1 ? unreadAfter : Infinity;
  for (const message of messages) {
    const at = new Date(message.created_at);
    const messageDay = dayKey(at);
    if (messageDay !== day) {
      items.push({ kind: "day", key: `day ${messageDay} ${message.seq}`, at });
      day = messageDay;
      group = null;
    }
    if (message.seq > lineAfter && message.author.id !== ownId) {
      items.push({ kind: "unread", key: "unread" });
      lineAfter = Infinity;
      group = null;
    }
    if (isNotice(message)) {
      items.push({ kind: "notice", key: messageKey(message), message });
      group = null;
    } else if (group && previous && continues(previous, message)) {
      group.push(message);
    } else {
      group = [message];
      items.push({ kind: "group", key: `group ${messageKey(message)}`, messages: group });
    }
    previous = message;
  }
  return items;
}

function isNotice({ kind }: ShownMessage): boolean {
  return kind === "join" || kind === "leave" || kind === "system";
}

function continues(previous: ShownMessage, message: ShownMessage): boolean {
  return (
    previous.author.id === message.author.id &&
    previous.nickname === message.nickname &&
    // What somebody does is a line of its own, with their name in it.
    previous.style !== "action" &&
    message.style !== "action" &&
    Date.parse(message.created_at) - Date.parse(previous.created_at) < GROUP_PAUSE_MS
  );
}

/** The same for a message and for the echo that it replaces, so that nothing blinks when it is acknowledged. */
export function messageKey({
  id,
  author,
  client_id,
}: Pick<ShownMessage, "id" | "author" | "client_id">): string {
  return client_id === null ? id : `${author.id} ${client_id}`;
}

/** An unacknowledged entry as the message that it will be; it has no seq yet, so it stands after all that have one. */
export function echoMessage(entry: OutboxEntry, me: Self): ShownMessage {
  return {
    id: entry.clientId,
    seq: Number.MAX_SAFE_INTEGER,
    author: { id: me.id, username: me.username },
    nickname: me.nickname,
    kind: "text",
    style: null,
    body: entry.body,
    chart: null,
    alert: null,
    client_id: entry.clientId,
    reply_to: entry.replyTo ?? null,
    reactions: [],
    mentions: [],
    mentions_room: false,
    created_at: new Date(entry.writtenAt).toISOString(),
    edited_at: null,
    deleted: false,
  };
}
