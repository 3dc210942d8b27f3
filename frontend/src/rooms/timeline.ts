/**
 * What is known of a room's messages: a window of its sequence, ascending, each seq at most once. Pure functions; any
 * message may come any number of times, in any order, from a page, an acknowledgement or a push.
 */
import type { Message, Reaction } from "@/api/types";

export interface Timeline {
  readonly messages: readonly Message[];
  /** Whether the server has messages before the first. */
  readonly hasOlder: boolean;
}

/** Messages `after_seq` < seq < `before` are missing. */
export interface Gap {
  readonly after: number;
  readonly before: number;
}

export const emptyTimeline: Timeline = { messages: [], hasOlder: false };

/** Brings messages up to date that are there already; others stay out. */
export function amend(timeline: Timeline, incoming: readonly Message[]): Timeline {
  const known = new Set(timeline.messages.map(({ seq }) => seq));
  return merge(
    timeline,
    incoming.filter(({ seq }) => known.has(seq)),
  );
}

/**
 * One window of two, where nothing is missing between the past and the latest; null where something is. Whether there
 * are older messages is known by whichever begins earlier.
 */
export function join(past: Timeline, latest: Timeline): Timeline | null {
  const pastFirst = past.messages[0]?.seq;
  const pastLast = past.messages.at(-1)?.seq;
  const latestFirst = latest.messages[0]?.seq;
  const latestLast = latest.messages.at(-1)?.seq;
  if (pastFirst === undefined || pastLast === undefined) return null;
  if (latestFirst === undefined || latestLast === undefined) return null;
  if (pastLast + 1 < latestFirst || pastFirst > latestLast + 1) return null;
  return {
    messages: merge(past, latest.messages).messages,
    hasOlder: pastFirst <= latestFirst ? past.hasOlder : latest.hasOlder,
  };
}

/** Whether a window shows a message. */
export function holds(timeline: Timeline, seq: number): boolean {
  return timeline.messages.some((message) => message.seq === seq);
}

/** Adds messages; one that is there already is brought up to date. */
export function merge(timeline: Timeline, incoming: readonly Message[]): Timeline {
  if (incoming.length === 0) return timeline;
  const { messages } = timeline;
  const last = messages.at(-1)?.seq ?? 0;
  // By far the most frequent: the next message, or a page of next ones.
  if (isAscending(incoming) && (incoming[0]?.seq ?? 0) > last) {
    return { ...timeline, messages: [...messages, ...incoming] };
  }
  const bySeq = new Map(messages.map((message) => [message.seq, message]));
  for (const message of incoming) bySeq.set(message.seq, newest(bySeq.get(message.seq), message));
  return { ...timeline, messages: [...bySeq.values()].sort((one, other) => one.seq - other.seq) };
}

/**
 * The newest of two states of a message. Pushes about one may overtake each other: its text is of the latest edit, its
 * reactions of the highest version, and what is deleted stays so.
 */
function newest(known: Message | undefined, incoming: Message): Message {
  if (!known) return incoming;
  if (known.deleted) return known;
  const edited = (known.edited_at ?? "") > (incoming.edited_at ?? "") ? known : incoming;
  const reacted = known.reactions_version > incoming.reactions_version ? known : incoming;
  return {
    ...incoming,
    ...(!incoming.deleted && {
      body: edited.body,
      edited_at: edited.edited_at,
      mentions: edited.mentions,
      mentions_room: edited.mentions_room,
    }),
    reactions: reacted.reactions.map((reaction) => knowingMine(reaction, known)),
    reactions_version: reacted.reactions_version,
  };
}

/** A push says not whether a reaction is one's own; where it does not list all people either, what was known holds. */
function knowingMine(reaction: Reaction, known: Message): Reaction {
  if (reaction.me !== undefined || reaction.count <= reaction.user_ids.length) return reaction;
  const me = known.reactions.find(({ emoji }) => emoji === reaction.emoji)?.me;
  return me === undefined ? reaction : { ...reaction, me };
}

function isAscending(messages: readonly Message[]): boolean {
  return messages.every((message, index) => index === 0 || message.seq > (messages[index - 1]?.seq ?? 0));
}

/** The holes inside the window, oldest first. */
export function gaps({ messages }: Timeline): Gap[] {
  const found: Gap[] = [];
  for (let index = 1; index < messages.length; index++) {
    const after = messages[index - 1]?.seq ?? 0;
    const before = messages[index]?.seq ?? 0;
    if (before > after + 1) found.push({ after, before });
  }
  return found;
}

/** The last seq up to which nothing is missing since the window's start; 0 for an empty window. */
export function contiguousTop(timeline: Timeline): number {
  return gaps(timeline)[0]?.after ?? timeline.messages.at(-1)?.seq ?? 0;
}

/** Keeps the latest `most` messages: what a room that nobody looks at is worth remembering. */
export function trim(timeline: Timeline, most: number): Timeline {
  if (timeline.messages.length <= most) return timeline;
  return { messages: timeline.messages.slice(-most), hasOlder: true };
}
