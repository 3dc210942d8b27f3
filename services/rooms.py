"""Rooms and who is in them. A room's limit holds whoever races for the last place, in whichever process."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from bson import ObjectId

from models.accounts import User
from models.odm import DuplicateKey
from models.rooms import Member, Room
from schemas.rooms import DEFAULT_CAPACITY, RoomView, Visibility, room_view
from services import messages, presence
from services.realtime import chat_room, realtime
from utils.errors import Conflict, NotFound, RoomFull
from utils.validators import fold

LOBBY = "lobby"
_NICKNAME_TRIES = 50


class NicknameTaken(Conflict):
    default_message = "Somebody in this room uses this nickname."


def ensure_lobby() -> Room:
    """The room that every installation starts with."""
    lobby = Room.find_one({"slug": LOBBY})
    if lobby is None:
        with suppress(DuplicateKey):  # another process was first
            Room(name="Lobby", name_key="lobby", slug=LOBBY, capacity=DEFAULT_CAPACITY).insert()
        lobby = Room.find_one({"slug": LOBBY})
    if lobby is None:
        raise NotFound("The Lobby could not be created.")
    return lobby


def create(owner: User, name: str, *, capacity: int = DEFAULT_CAPACITY, visibility: Visibility = "public") -> Room:
    """Open a room; `owner` is its first member."""
    room = Room(name=name, name_key=fold(name), owner_id=owner.id, capacity=capacity, member_count=1, visibility=visibility)
    room.insert()
    Member(room_id=room.id, user_id=owner.id, nickname=owner.nickname, nickname_key=fold(owner.nickname), role="owner").insert()
    _announce_join(room.id, owner, owner.nickname)
    return Room.get(room.id) or room


def visible(room_id: ObjectId, user: User) -> tuple[Room, Member | None]:
    """A room that `user` may see, with their membership if they have one. Raises NotFound for what they may not see."""
    room = Room.get(room_id)
    if room is None:
        raise NotFound()
    member = Member.find_one({"room_id": room_id, "user_id": user.id})
    if member is None and (room.visibility == "private" or room.kind == "direct"):
        raise NotFound()
    return room, member


def join(room_id: ObjectId, user: User, nickname: str | None = None) -> Member:
    """Make `user` a member of a public room; joining again only changes the nickname.

    Raises NotFound (no such room, or a private one), RoomFull, or NicknameTaken where the nickname was asked for.
    """
    room, member = visible(room_id, user)
    if member is not None:
        return member if nickname is None else _rename(member, nickname)
    _claim_place(room)
    try:
        member = _insert_member(room_id, user, nickname)
    except BaseException:
        _release_place(room_id)
        raise
    if member is None:
        # The same person, joining from two devices at once: the other device was first.
        _release_place(room_id)
        return messages.membership(room_id, user.id)
    _announce_join(room_id, user, member.nickname)
    return member


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


def _insert_member(room_id: ObjectId, user: User, nickname: str | None) -> Member | None:
    """The new membership, or None where the user has one already. Without a wish, a taken nickname gets a number."""
    for number in range(1, _NICKNAME_TRIES):
        name = nickname or (user.nickname if number == 1 else f"{user.nickname} {number}")
        member = Member(room_id=room_id, user_id=user.id, nickname=name, nickname_key=fold(name))
        try:
            member.insert()
        except DuplicateKey:
            if Member.exists({"room_id": room_id, "user_id": user.id}):
                return None
            if nickname is not None:
                raise NicknameTaken() from None
        else:
            return member
    raise NicknameTaken()


def _rename(member: Member, nickname: str) -> Member:
    try:
        renamed = Member.find_one_and_update({"_id": member.id}, {"$set": {"nickname": nickname, "nickname_key": fold(nickname)}})
    except DuplicateKey:
        raise NicknameTaken() from None
    if renamed is None:
        raise NotFound()
    return renamed


def _announce_join(room_id: ObjectId, user: User, nickname: str) -> None:
    presence.follow_membership(user.id, room_id, member=True)
    messages.post_notice(room_id, "join", user, nickname, f"{nickname} joined the room.")
    realtime().publish(chat_room(room_id), "user_joined", _member_event(room_id, user, nickname))


def leave(room_id: ObjectId, user: User) -> None:
    """End a membership. Raises NotFound where there is none. An owner's room passes to its longest-standing member."""
    member = Member.find_one_and_delete({"room_id": room_id, "user_id": user.id})
    if member is None:
        raise NotFound()
    _release_place(room_id)
    if member.role == "owner":
        _pass_on(room_id)
    messages.post_notice(room_id, "leave", user, member.nickname, f"{member.nickname} left the room.")
    presence.follow_membership(user.id, room_id, member=False)
    realtime().publish(chat_room(room_id), "user_left", _member_event(room_id, user, member.nickname))


def _pass_on(room_id: ObjectId) -> None:
    for role in ("moderator", "member"):
        heir = Member.find_one({"room_id": room_id, "role": role}, sort=[("joined_at", 1)])
        if heir is not None:
            Member.update_one({"_id": heir.id}, {"$set": {"role": "owner"}})
            Room.update_one({"_id": room_id}, {"$set": {"owner_id": heir.user_id}})
            return
    Room.update_one({"_id": room_id}, {"$unset": {"owner_id": ""}})


def _member_event(room_id: ObjectId, user: User, nickname: str) -> dict[str, object]:
    return {"room_id": str(room_id), "user": {"id": str(user.id), "username": user.username}, "nickname": nickname}


def view(room: Room, member: Member | None) -> RoomView:
    """A room as the wire has it, with how many of its members are online."""
    return room_view(room, member, _online_counts([room.id]).get(room.id, 0))


def views(rooms: Sequence[Room], memberships: Mapping[ObjectId, Member]) -> list[RoomView]:
    """Rooms as one person sees them, by that person's memberships, in a constant number of queries."""
    counts = _online_counts([room.id for room in rooms])
    return [room_view(room, memberships.get(room.id), counts.get(room.id, 0)) for room in rooms]


def _online_counts(room_ids: list[ObjectId]) -> dict[ObjectId, int]:
    online = list(presence.online_users())
    return Member.count_by("room_id", {"room_id": {"$in": room_ids}, "user_id": {"$in": online}}) if online else {}


def listing(user: User, *, query: str | None, limit: int, offset_key: str | None) -> tuple[list[RoomView], str | None]:
    """The public rooms and the user's own private ones, by name: a page of views and the cursor of the next."""
    mine = {member.room_id: member for member in Member.find({"user_id": user.id})}
    seen: dict[str, object] = {
        "$or": [
            {"visibility": "public", "kind": "group"},
            {"_id": {"$in": list(mine)}, "kind": "group"},
        ]
    }
    if query:
        seen["name_key"] = {"$regex": _literal(fold(query))}
    if offset_key is not None:
        name_key, _, last_id = offset_key.rpartition(":")
        after = ObjectId(last_id)
        seen = {"$and": [seen, {"$or": [{"name_key": {"$gt": name_key}}, {"name_key": name_key, "_id": {"$gt": after}}]}]}
    rooms = Room.find(seen, sort=[("name_key", 1), ("_id", 1)], limit=limit + 1)
    page = rooms[:limit]
    counts = _online_counts([room.id for room in page])
    views = [room_view(room, mine.get(room.id), counts.get(room.id, 0)) for room in page]
    return views, f"{page[-1].name_key}:{page[-1].id}" if len(rooms) > limit else None


def _literal(text: str) -> str:
    return "".join(character if character.isalnum() or character == " " else f"\\{character}" for character in text)


def members(room_id: ObjectId, *, limit: int, after: ObjectId | None) -> tuple[list[tuple[Member, str, bool]], ObjectId | None]:
    """A page of a room's members with their user names and whether they are online, oldest membership first."""
    which: dict[str, object] = {"room_id": room_id}
    if after is not None:
        which["_id"] = {"$gt": after}
    found = Member.find(which, sort=[("_id", 1)], limit=limit + 1)
    page = found[:limit]
    ids = [member.user_id for member in page]
    names = {row["_id"]: row["username"] for row in User.find_raw({"_id": {"$in": ids}}, projection=("username",))}
    online = presence.online_among(ids)
    rows = [(member, names.get(member.user_id, "?"), member.user_id in online) for member in page]
    return rows, page[-1].id if len(found) > limit else None
