import { describe, expect, it } from "vitest";
import { alice, bob, room } from "@/test/things";
import { memberActions, ownRank, Rank, roomRights } from "./rank";

const person = { id: alice.id, role: "user" } as const;
const admin = { id: alice.id, role: "admin" } as const;
const as = (role: "owner" | "moderator" | "member", owner: string | null = bob.id) =>
  room({
    owner_id: role === "owner" ? alice.id : owner,
    membership: { nickname: "Alice", role, last_read_seq: 0, muted: false },
    members_can_invite: false,
  });
const other = (role: "owner" | "moderator" | "member") => ({ user: bob, role });

describe("what one may do in a room", () => {
  it("grows with the rank", () => {
    expect(roomRights(as("member"), person)).toMatchObject({ moderate: false, own: false, invite: true });
    expect(roomRights(as("moderator"), person)).toMatchObject({ moderate: true, own: false, remove: false });
    expect(roomRights(as("owner"), person)).toMatchObject({ moderate: true, own: true, remove: true });
  });

  it("does not let members of a private room invite unless the room says so", () => {
    const closed = { ...as("member"), visibility: "private" as const };
    expect(roomRights(closed, person).invite).toBe(false);
    expect(roomRights({ ...closed, members_can_invite: true }, person).invite).toBe(true);
    expect(roomRights({ ...as("moderator"), visibility: "private" }, person).invite).toBe(true);
  });

  it("is everything for an administrator of the site, but only in public rooms", () => {
    expect(roomRights({ ...as("member"), membership: null }, admin)).toMatchObject({
      own: true,
      remove: true,
    });
    expect(roomRights({ ...as("member"), visibility: "private" }, admin).moderate).toBe(false);
  });

  it("never deletes or hides the Lobby", () => {
    expect(roomRights({ ...as("member", null), lobby: true }, admin)).toMatchObject({
      own: true,
      remove: false,
      becomePrivate: false,
    });
  });

  it("goes by the room where a transfer left two owners", () => {
    expect(ownRank(as("owner"), { ...person, id: bob.id })).toBe(Rank.moderator);
  });
});

describe("what one may do to a member", () => {
  it.each([
    ["member", "member", []],
    ["moderator", "member", ["kick", "ban"]],
    ["moderator", "moderator", []],
    ["moderator", "owner", []],
    ["owner", "member", ["promote", "transfer", "kick", "ban"]],
    ["owner", "moderator", ["demote", "transfer", "kick", "ban"]],
  ] as const)("as %s to a %s", (mine, theirs, actions) => {
    expect(memberActions(as(mine, theirs === "owner" ? bob.id : null), person, other(theirs))).toEqual(
      actions,
    );
  });

  it("includes the owner for an administrator of the site", () => {
    expect(memberActions(as("member"), admin, other("owner"))).toEqual(["kick", "ban"]);
  });

  it("is nothing to oneself, nor in a private conversation", () => {
    expect(memberActions(as("owner"), person, { user: alice, role: "owner" })).toEqual([]);
    expect(memberActions({ ...as("owner"), kind: "direct" }, person, other("member"))).toEqual([]);
  });
});
