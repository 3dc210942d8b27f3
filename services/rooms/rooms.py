"""Rooms and who is in them. A room's limit holds whoever races for the last place, in whichever process.

Who may do what: services/rooms/roles.py and docs/rooms.md. Against someone's will: services/rooms/moderation.py.
"""

from contextlib import suppress
from typing import Any, Literal

from bson import ObjectId

from models.accounts import User
from models.moderation import Invitation
from models.odm import DuplicateKey
from models.rooms import LOBBY, Member, Room
from schemas.rooms import DEFAULT_CAPACITY, MemberEvent, RoomView, Visibility, membership_view, room_view
from services import filtering
from services.people import presence
from services.push import chat_room, push, user_room
from services.rooms import directory, known_rooms, ownership, removal, timeline
from services.rooms.newest import newest
from services.rooms.roles import Rank, is_banned, managing, rank_of, role_of, standing
from utils.errors import Conflict, FieldroomError, Forbidden, NotFound, RoomFull, ValidationFailed
from utils.prefix_terms import name_terms
from utils.validators import fold

_NICKNAME_TRIES = 50
Reason = Literal["left", "removed", "banned"]
_FAREWELLS: dict[Reason, str] = {
    "left": "{} left the room.",
    "removed": "{} was removed from the room.",
    "banned": "{} was banned from the room.",
}


class NicknameTaken(Conflict):
    default_message = "Somebody in this room uses this nickname."


class Banned(Forbidden):
    default_message = "You are banned from this room."


def ensure_lobby() -> Room:
    """The room that every installation starts with."""
    lobby = Room.find_one({"slug": LOBBY})
    if lobby is None:
        with suppress(DuplicateKey):  # another process was first
            Room(slug=LOBBY, capacity=DEFAULT_CAPACITY, **named("Lobby")).insert()
        lobby = Room.find_one({"slug": LOBBY})
    if lobby is None:
        raise NotFound("The Lobby could not be created.")
    return lobby


def named(name: str) -> dict[str, Any]:
    """The fields of a room that go with its name."""
    key = fold(name)
    return {"name": name, "name_key": key, "name_terms": name_terms(key)}


def create(owner: User, name: str, *, capacity: int = DEFAULT_CAPACITY, visibility: Visibility = "public") -> Room:
    """Open a room; `owner` is its first member."""
    filtering.name(name, "room_name", "name", owner)
    room = Room(owner_id=owner.id, capacity=capacity, member_count=1, visibility=visibility, **named(name)).insert()
    Member(room_id=room.id, user_id=owner.id, nickname=owner.nickname, nickname_key=fold(owner.nickname), role="owner").insert()
    _announce_join(room.id, owner, owner.nickname)
    return Room.get(room.id) or room


def visible(room_id: ObjectId, user: User) -> tuple[Room, Member | None]:
    """A room whose messages and members `user` may see, with their membership if they have one.

    Raises NotFound for what they may not know of, Forbidden where they are banned or only invited so far.
    """
    found = standing(room_id, user)
    if found.rank == Rank.BANNED:
        raise Banned()
    if found.room.visibility == "private":
        found.require(Rank.MEMBER)
    return found.room, found.member


def known(room_id: ObjectId, user: User) -> tuple[Room, Member | None]:
    """A room that `user` may know of, though perhaps not read: they may be invited, or banned from a public one."""
    found = standing(room_id, user)
    return found.room, found.member


def update(room_id: ObjectId, user: User, changes: dict[str, Any]) -> tuple[Room, Member | None]:
    """Change a room's settings, by the names that they have in the contract; everyone in the room is told.

    Returns the room, and the user's membership: an administrator need not have one.

    Raises Forbidden (moderators may change name, topic and slow mode, the owner all), ValidationFailed where the capacity
    is below the number of members.
    """
    found = managing(room_id, user, Rank.MODERATOR if changes.keys() <= {"name", "topic", "slow_mode_seconds"} else Rank.OWNER)
    if found.room.is_lobby and changes.get("visibility") == "private":
        raise Forbidden("This room stays public.")
    if not changes:
        return found.room, found.member
    stored = {**changes, **(named(changes["name"]) if "name" in changes else {})}
    if "name" in changes:
        filtering.name(changes["name"], "room_name", "name", user, room_id)
    if "topic" in changes:
        stored["topic"] = filtering.name(changes["topic"], "room_topic", "topic", user, room_id) or None
    which: dict[str, Any] = {"_id": room_id}
    if "capacity" in changes:
        # Part of the same step: nobody can take the place that is being taken away.
        which["member_count"] = {"$lte": changes["capacity"]}
    updated = Room.find_one_and_update(which, {"$set": stored})
    if updated is None:
        if Room.exists({"_id": room_id}):
            raise ValidationFailed({"capacity": "The room has more members than that."})
        raise NotFound()
    known_rooms.forget(room_id)
    ownership.announce(updated)
    return updated, found.member


def join(room_id: ObjectId, user: User, nickname: str | None = None) -> Member:
    """Make `user` a member of a public room, or of one that they are invited to; joining again only changes the nickname.

    Raises NotFound (no such room, or a private one), Banned, RoomFull, or NicknameTaken where the nickname was asked for.
    """
    room = Room.get(room_id)
    if room is None:
        raise NotFound()
    member = Member.find_one({"room_id": room_id, "user_id": user.id})
    if member is not None:
        return member if nickname is None else rename(room, member, user, nickname)
    rank = rank_of(room, user, None)
    if room.kind == "direct" or (room.visibility == "private" and rank == Rank.OUTSIDER):
        raise NotFound()
    if rank == Rank.BANNED:
        raise Banned()
    if nickname is not None:
        filtering.name(nickname, "nickname", "nickname", user, room_id)
    newest().catch_up([room])
    _claim_place(room)
    try:
        member = _insert_member(room, user, nickname)
    except BaseException:
        _release_place(room_id)
        raise
    if member is None:
        # The same person, joining from two devices at once: the other device was first.
        _release_place(room_id)
        return membership(room_id, user.id)
    if rank < Rank.ADMIN and is_banned(room_id, user.id):
        # Banned while joining. A ban is stored before it ends the membership, so one of the two sees the other.
        if Member.delete_one({"_id": member.id}):
            _release_place(room_id)
        raise Banned()
    if rank == Rank.INVITED:
        Invitation.delete_one({"room_id": room_id, "user_id": user.id})
    member.last_read_seq = _announce_join(room_id, user, member.nickname)
    tell_oneself(room, member)
    return Member.get(member.id) or member if ownership.adopt(room_id) else member


def follow(
    room_id: ObjectId, user: User, sid: str, nickname: str | None = None, *, follow_only: bool = False
) -> tuple[Room, Member]:
    """As `join`, and from now on the connection `sid` gets what happens in the room.

    follow_only: whoever is no member does not become one: raises NotFound, Banned or Forbidden instead.
    """
    if follow_only:
        room, member = _own(room_id, user)
        if nickname is not None:
            rename(room, member, user, nickname)
    else:
        join(room_id, user, nickname)
    push().enter(sid, chat_room(room_id))
    # Looked at after entering: whose membership ends while they enter would otherwise be left listening.
    try:
        return _own(room_id, user)
    except FieldroomError:
        push().leave(sid, chat_room(room_id))
        raise


def _own(room_id: ObjectId, user: User) -> tuple[Room, Member]:
    """A room that `user` is a member of, with the membership. Raises as `visible`, and Forbidden where there is none."""
    room, member = visible(room_id, user)
    if member is None:
        raise Forbidden("Join the room first.")
    return room, member


def _claim_place(room: Room) -> None:
    """Count one member more, if there is room; one conditional update, so no race can pass the limit."""
    while True:
        free = {"_id": room.id, "capacity": room.capacity, "member_count": {"$lt": room.capacity}}
        if Room.update_one(free, {"$inc": {"member_count": 1}}):
            return
        now = Room.get(room.id)
        if now is None:
            raise NotFound()
        if now.capacity == room.capacity:
            raise RoomFull()
        room = now


def _release_place(room_id: ObjectId) -> None:
    Room.update_one({"_id": room_id}, {"$inc": {"member_count": -1}})


def _insert_member(room: Room, user: User, nickname: str | None) -> Member | None:
    """The new membership, or None where the user has one already. Without a wish, a taken nickname gets a number."""
    for number in range(1, _NICKNAME_TRIES):
        name = nickname or (user.nickname if number == 1 else f"{user.nickname} {number}")
        member = Member(room_id=room.id, user_id=user.id, nickname=name, nickname_key=fold(name), last_read_seq=room.last_seq)
        try:
            member.insert()
        except DuplicateKey:
            if Member.exists({"room_id": room.id, "user_id": user.id}):
                return None
            if nickname is not None:
                raise NicknameTaken() from None
        else:
            return member
    raise NicknameTaken()


def rename(room: Room, member: Member, user: User, nickname: str) -> Member:
    """Change a member's nickname in a room and tell the others. Raises NicknameTaken."""
    if nickname == member.nickname:
        return member
    filtering.name(nickname, "nickname", "nickname", user, room.id)
    try:
        renamed = Member.find_one_and_update({"_id": member.id}, {"$set": {"nickname": nickname, "nickname_key": fold(nickname)}})
    except DuplicateKey:
        raise NicknameTaken() from None
    if renamed is None:
        raise NotFound()
    announce_member(room, renamed, user)
    return renamed


def announce_member(room: Room, member: Member, user: User) -> None:
    """Push a member's nickname and role, one of which changed, to those in the room and to all of the member's devices."""
    event = {**_member_event(room.id, user, member.nickname), "role": role_of(room, member)}
    push().publish(chat_room(room.id), "member_updated", event)
    tell_oneself(room, member)


def tell_oneself(room: Room, member: Member) -> None:
    """Push a membership that began or changed to all devices of the member."""
    newest().catch_up([room], [member])
    told = {"room_id": str(room.id), "deleted": False, "membership": membership_view(member)}
    push().publish(user_room(member.user_id), "room_updated", told)


def set_muted(room_id: ObjectId, user: User, *, muted: bool) -> tuple[Room, Member]:
    """Have a room's messages notify one or not. Raises Forbidden or NotFound where one is no member."""
    found = standing(room_id, user)
    member = Member.find_one_and_update({"room_id": room_id, "user_id": user.id}, {"$set": {"muted": muted}})
    if member is None:
        raise Forbidden("Join the room first.")
    tell_oneself(found.room, member)
    return found.room, member


def _announce_join(room_id: ObjectId, user: User, nickname: str) -> int:
    """Tell the room of a new member; returns the seq of the notice. Nothing up to it is unread: they were not there."""
    presence.follow_membership(user.id, room_id, member=True)
    notice = timeline.post_notice(room_id, "join", user, nickname, f"{nickname} joined the room.")
    Member.update_one({"room_id": room_id, "user_id": user.id}, {"$max": {"last_read_seq": notice.seq}})
    push().publish(chat_room(room_id), "user_joined", _member_event(room_id, user, nickname))
    return notice.seq


def leave(room_id: ObjectId, user: User) -> None:
    """End one's own membership. Raises NotFound where there is none, Forbidden in a private conversation."""
    if Room.exists({"_id": room_id, "kind": "direct"}) and Member.exists({"room_id": room_id, "user_id": user.id}):
        raise Forbidden("A private conversation cannot be left. Block the person instead.")
    if not end_membership(room_id, user, "left"):
        raise NotFound()


def end_membership(room_id: ObjectId, user: User, reason: Reason) -> bool:
    """End a membership, and with it all pushes to that person's connections; whether there was one.

    An owner's room passes to its longest-standing moderator, or else member. A private room that nobody is left in, and that
    nobody is invited to, is removed.
    """
    member = Member.find_one_and_delete({"room_id": room_id, "user_id": user.id})
    if member is None:
        return False
    _release_place(room_id)
    presence.follow_membership(user.id, room_id, member=False)
    if Room.exists({"_id": room_id, "owner_id": user.id}):
        ownership.inherit(room_id, user.id)
    timeline.post_notice(room_id, "leave", user, member.nickname, _FAREWELLS[reason].format(member.nickname))
    event = {**_member_event(room_id, user, member.nickname), "reason": reason}
    push().publish([chat_room(room_id), user_room(user.id)], "user_left", event)
    over = {"room_id": str(room_id), "deleted": False, "membership": None}
    push().publish(user_room(user.id), "room_updated", over)
    _remove_where_abandoned(room_id)
    return True


def _remove_where_abandoned(room_id: ObjectId) -> None:
    empty = Room.exists({"_id": room_id, "visibility": "private", "kind": "group", "member_count": 0})
    if empty and not Invitation.exists({"room_id": room_id}):
        removal.begin(room_id, if_empty=True)


def _member_event(room_id: ObjectId, user: User, nickname: str) -> MemberEvent:
    return {"room_id": str(room_id), "user": {"id": str(user.id), "username": user.username}, "nickname": nickname}


def view(room: Room, member: Member | None) -> RoomView:
    """A room as the wire has it, with how many of its members are online."""
    newest().catch_up([room], [] if member is None else [member])
    return room_view(room, member, directory.online_counts([room.id]).get(room.id, 0))


def membership(room_id: ObjectId, user_id: ObjectId) -> Member:
    """The membership that writing in a room needs. Raises Forbidden in a public room, NotFound otherwise."""
    member = Member.find_one({"room_id": room_id, "user_id": user_id})
    if member is None:
        raise not_let_in(room_id)
    return member


def not_let_in(room_id: ObjectId) -> Forbidden | NotFound:
    """What somebody who is no member is told: that they may join, or, of a room that is not for everyone, that there is none."""
    if Room.exists({"_id": room_id, "visibility": "public", "kind": {"$ne": "direct"}}):
        return Forbidden("Join the room first.")
    return NotFound()
