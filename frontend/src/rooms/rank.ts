/** Who may do what in a room, as docs/rooms.md has it: what is not allowed is not offered. The server decides all the same. */
import type { Me, Member, Room } from "@/api/types";

export const Rank = { outsider: 0, member: 1, moderator: 2, owner: 3, admin: 4 } as const;
export type RankValue = (typeof Rank)[keyof typeof Rank];

type RankedRoom = Pick<Room, "kind" | "owner_id" | "visibility" | "membership">;

/** One's own rank. An administrator of the site has theirs in public rooms only. */
export function ownRank(room: RankedRoom, me: Pick<Me, "id" | "role">): RankValue {
  if (room.kind === "direct") return room.membership ? Rank.member : Rank.outsider;
  if (me.role === "admin" && room.visibility === "public") return Rank.admin;
  if (!room.membership) return Rank.outsider;
  if (room.owner_id === me.id) return Rank.owner;
  return room.membership.role === "member" ? Rank.member : Rank.moderator;
}

/** A member's rank. The room says who owns it. */
function memberRank(room: RankedRoom, member: Pick<Member, "user" | "role">): RankValue {
  if (room.owner_id === member.user.id) return Rank.owner;
  return member.role === "member" ? Rank.member : Rank.moderator;
}

export interface RoomRights {
  /** Name, topic and slow mode; kick, ban and the lists of bans and invitations. */
  moderate: boolean;
  /** All other settings, roles and the transfer. */
  own: boolean;
  remove: boolean;
  becomePrivate: boolean;
  invite: boolean;
}

export function roomRights(
  room: RankedRoom & Pick<Room, "members_can_invite" | "lobby">,
  me: Pick<Me, "id" | "role">,
): RoomRights {
  const rank = ownRank(room, me);
  return {
    moderate: rank >= Rank.moderator,
    own: rank >= Rank.owner,
    remove: rank >= Rank.owner && !room.lobby,
    becomePrivate: rank >= Rank.owner && !room.lobby,
    invite:
      room.kind !== "direct" &&
      rank >= Rank.member &&
      (rank >= Rank.moderator || room.visibility === "public" || room.members_can_invite),
  };
}

export type MemberAction = "promote" | "demote" | "transfer" | "kick" | "ban";

/** What one may do to a member by rank; what any two people may do to each other (write, befriend, block) comes besides. */
export function memberActions(
  room: RankedRoom,
  me: Pick<Me, "id" | "role">,
  member: Pick<Member, "user" | "role">,
): MemberAction[] {
  if (room.kind === "direct") return [];
  const mine = ownRank(room, me);
  const theirs = memberRank(room, member);
  const actions: MemberAction[] = [];
  if (mine >= Rank.owner && theirs !== Rank.owner) {
    actions.push(theirs === Rank.moderator ? "demote" : "promote");
    actions.push("transfer");
  }
  // Nobody acts against themselves, nor against somebody of their own rank.
  if (member.user.id !== me.id && mine >= Rank.moderator && mine > theirs) actions.push("kick", "ban");
  return actions;
}
