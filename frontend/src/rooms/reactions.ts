/** What becomes of a message's reactions when one takes part, before the server says so. */
import type { Reaction } from "@/api/types";

/** How many people of a reaction the server names. */
const LISTED = 20;

export function isMine(reaction: Reaction, ownId: string): boolean {
  return reaction.me ?? reaction.user_ids.includes(ownId);
}

/** The reactions once one's own of `emoji` is there, or (`on` false) is not. */
export function withOwn(
  reactions: readonly Reaction[],
  emoji: string,
  on: boolean,
  ownId: string,
): Reaction[] {
  const known = reactions.find((reaction) => reaction.emoji === emoji);
  if (!known) return on ? [...reactions, { emoji, count: 1, user_ids: [ownId], me: true }] : [...reactions];
  if (isMine(known, ownId) === on) return [...reactions];
  const others = known.user_ids.filter((id) => id !== ownId);
  const changed: Reaction = {
    emoji,
    count: known.count + (on ? 1 : -1),
    user_ids: on && others.length < LISTED ? [...others, ownId] : others,
    me: on,
  };
  return reactions.flatMap((reaction) =>
    reaction !== known ? [reaction] : changed.count > 0 ? [changed] : [],
  );
}
