"""Notices of what concerns a person: kept for 90 days, pushed to all of their devices, read once for all of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from bson import ObjectId

from models.accounts import User
from models.friends import Block
from models.messages import Message, Notification, NotificationKind
from models.rooms import Member, Room
from schemas.messages import NotificationView, excerpt, notification_view
from services.push import push, user_room
from utils.errors import NotFound
from utils.ids import new_id

COUNTED_UNREAD = 1000
# Notices that say which room they are about before one is a member of it.
_OPEN_KINDS = ("invitation",)


def notify(
    kinds: Mapping[ObjectId, NotificationKind],
    *,
    actor: User | None,
    event_id: ObjectId | None = None,
    room: Room | None = None,
    message: Message | None = None,
) -> None:
    """Tell people that something happened: one write, whatever their number.

    kinds: who is told, and as what. actor: who did it. event_id: what happened, by default the message or else a new id;
    nobody is told twice of one. room, message: what it is about. The push shows both, so whoever is told may read them. Those
    who block the actor hear nothing: their notice is stored, and hidden while they do.
    """
    if not kinds:
        return
    event_id = event_id or (new_id() if message is None else message.id)
    notices = [
        Notification(
            user_id=user_id, event_id=event_id, kind=kind,
            **({} if actor is None else _named(actor, message)),
            room_id=None if room is None else room.id, message_id=None if message is None else message.id,
        )
        for user_id, kind in kinds.items()
    ]  # fmt: skip
    known = set(Notification.insert_many(notices).duplicates)
    deaf = _deaf_to(None if actor is None else actor.id, kinds)
    told: dict[NotificationKind, list[Notification]] = {}
    for position, notice in enumerate(notices):
        if position not in known and notice.user_id not in deaf:
            told.setdefault(notice.kind, []).append(notice)
    for alike in told.values():
        # All copies look the same, so one push serves everyone of a kind.
        view = notification_view(
            alike[0], room_name=None if room is None else room.name,
            seq=None if message is None else message.seq, text=None if message is None else excerpt(message.body),
        )  # fmt: skip
        push().publish([user_room(notice.user_id) for notice in alike], "new_notification", {"notification": view})


def _named(actor: User, message: Message | None) -> dict[str, Any]:
    """Who did it, under the name that a room knows them by where it is about what they said."""
    nickname = message.nickname if message is not None and message.author_id == actor.id else actor.nickname
    return {"actor_id": actor.id, "actor_username": actor.username, "actor_nickname": nickname}


def _deaf_to(actor_id: ObjectId | None, people: Iterable[ObjectId]) -> set[ObjectId]:
    """Those of some people who block whoever it was."""
    return set() if actor_id is None else Block.blockers_of(actor_id, people)


def withdraw(event_id: ObjectId) -> None:
    """Take back all notices of something: the message was deleted, the request was cancelled. Whoever had one is told."""
    had: dict[bool, list[str]] = {}
    rows = Notification.find_raw({"event_id": event_id}, projection=("user_id", "actor_id", "read"))
    if not rows:
        return
    deaf = _deaf_to(rows[0].get("actor_id"), [row["user_id"] for row in rows])
    for row in rows:
        if row["user_id"] not in deaf:
            had.setdefault(row["read"], []).append(user_room(row["user_id"]))
    Notification.delete_many({"event_id": event_id})
    for read, rooms in had.items():
        # No count: it would be a query for each of perhaps a thousand people, and is one less than what they know.
        push().publish(rooms, "notification_withdrawn", {"id": str(event_id), "read": read})


def listing(
    user: User, *, unread_only: bool, limit: int, before: ObjectId | None
) -> tuple[list[NotificationView], ObjectId | None]:
    """A page of a person's notices, newest first, and where the next page starts. What blocked people did is left out."""
    which: dict[str, object] = {"user_id": user.id}
    if unread_only:
        which["read"] = False
    if before is not None:
        which["event_id"] = {"$lt": before}
    found = Notification.find(which, sort=[("event_id", -1)], limit=limit + 1)
    page = found[:limit]
    blocked = Block.blocked_among(user.id, {notice.actor_id for notice in page if notice.actor_id is not None})
    return _views([notice for notice in page if notice.actor_id not in blocked], user), page[-1].event_id if len(
        found
    ) > limit else None


def _views(notices: list[Notification], user: User) -> list[NotificationView]:
    """Notices with what their reader may see now of the rooms and messages: one query each, whatever their number."""
    room_ids = list({notice.room_id for notice in notices if notice.room_id is not None})
    if not room_ids:
        return [notification_view(notice) for notice in notices]
    # Of a room that is deleted the memberships and messages go later than the room.
    names = {row["_id"]: row["name"] for row in Room.find_raw({"_id": {"$in": room_ids}}, projection=("name",))}
    member = {"room_id": {"$in": list(names)}, "user_id": user.id}
    mine = {row["room_id"] for row in Member.find_raw(member, projection=("room_id",))}
    about = [notice.message_id for notice in notices if notice.message_id is not None and notice.room_id in mine]
    rows = Message.find_raw({"_id": {"$in": about}}, projection=("seq", "body")) if about else []
    messages = {row["_id"]: row for row in rows}
    views = []
    for notice in notices:
        row = messages.get(notice.message_id)
        shown = notice.room_id in mine or notice.kind in _OPEN_KINDS
        room_name = names.get(notice.room_id) if shown else None
        seq, text = (None, None) if row is None else (row["seq"], excerpt(row["body"]))
        views.append(notification_view(notice, room_name=room_name, seq=seq, text=text))
    return views


def unread_count(user_id: ObjectId) -> int:
    """How many of a person's notices are unread, but for what blocked people did; counts no further than COUNTED_UNREAD."""
    which: dict[str, object] = {"user_id": user_id, "read": False}
    if not Block.exists({"user_id": user_id}):
        return Notification.count(which, limit=COUNTED_UNREAD)
    count = 0
    while count < COUNTED_UNREAD:
        rows = Notification.find_raw(which, projection=("event_id", "actor_id"), sort=[("event_id", -1)], limit=COUNTED_UNREAD)
        actors = {row["actor_id"] for row in rows if row.get("actor_id") is not None}
        blocked = Block.blocked_among(user_id, actors)
        count += sum(row.get("actor_id") not in blocked for row in rows)
        if len(rows) < COUNTED_UNREAD:
            break
        which["event_id"] = {"$lt": rows[-1]["event_id"]}
    return min(count, COUNTED_UNREAD)


def mark_read(user: User, event_id: ObjectId) -> None:
    """Mark one notice as read on all of a person's devices. Raises NotFound."""
    if not Notification.update_one({"user_id": user.id, "event_id": event_id}, {"$set": {"read": True}}):
        raise NotFound()
    _announce_read(user.id, event_id)


def mark_all_read(user: User) -> None:
    """Mark all of a person's notices as read."""
    Notification.update_many({"user_id": user.id, "read": False}, {"$set": {"read": True}})
    _announce_read(user.id, None)


def _announce_read(user_id: ObjectId, event_id: ObjectId | None) -> None:
    payload = {"id": None if event_id is None else str(event_id), "unread": unread_count(user_id)}
    push().publish(user_room(user_id), "notifications_read", payload)
