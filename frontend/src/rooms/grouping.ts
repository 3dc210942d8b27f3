/** How messages are laid out: by day, then by author as long as one keeps talking. */
import type { Message } from "@/api/types";
import { dayKey } from "@/lib/time";
import type { OutboxEntry } from "./outbox";

export type TimelineItem =
  | { kind: "day"; key: string; at: Date }
  | { kind: "unread"; key: string }
  | { kind: "notice"; key: string; message: Message }
  | { kind: "group"; key: string; messages: Message[] };

/** A pause after which the author's name is shown again. */
const GROUP_PAUSE_MS = 5 * 60_000;

/** `unreadAfter`: the seq after which the line "new" is drawn, if any message follows it. */
export function layOut(messages: readonly Message[], unreadAfter: number | null): TimelineItem[] {
  const items: TimelineItem[] = [];
  let day = "";
  let previous: Message | null = null;
  let group: Message[] | null = null;
  for (const message of messages) {
    const at = new Date(message.created_at);
    const messageDay = dayKey(at);
    if (messageDay !== day) {
      items.push({ kind: "day", key: `day ${messageDay} ${message.seq}`, at });
      day = messageDay;
      group = null;
    }
    if (unreadAfter !== null && isFirstAfter(unreadAfter, message, previous)) {
      items.push({ kind: "unread", key: "unread" });
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

/** The first that is shown may come long after `seq`: then the line belongs to a page that is not here yet. */
function isFirstAfter(seq: number, message: Message, previous: Message | null): boolean {
  return message.seq > seq && (previous ? previous.seq <= seq : message.seq === seq + 1);
}

function isNotice({ kind }: Message): boolean {
  return kind === "join" || kind === "leave" || kind === "system";
}

function continues(previous: Message, message: Message): boolean {
  return (
    previous.author.id === message.author.id &&
    previous.nickname === message.nickname &&
    Date.parse(message.created_at) - Date.parse(previous.created_at) < GROUP_PAUSE_MS
  );
}

/** The same for a message and for the echo that it replaces, so that nothing blinks when it is acknowledged. */
export function messageKey({ id, author, client_id }: Pick<Message, "id" | "author" | "client_id">): string {
  return client_id === null ? id : `${author.id} ${client_id}`;
}

/** An unacknowledged entry as the message that it will be; it has no seq yet, so it stands after all that have one. */
export function echoMessage(
  entry: OutboxEntry,
  me: { id: string; username: string; nickname: string },
): Message {
  return {
    id: entry.clientId,
    room_id: entry.roomId,
    seq: Number.MAX_SAFE_INTEGER,
    author: { id: me.id, username: me.username },
    nickname: me.nickname,
    kind: "text",
    body: entry.body,
    client_id: entry.clientId,
    reply_to: null,
    attachments: [],
    reactions: [],
    mentions: [],
    created_at: new Date(entry.writtenAt).toISOString(),
    edited_at: null,
    deleted: false,
  };
}
