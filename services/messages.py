"""The one path by which anything is said in a room, and the ways to read it back.

A message claims its `seq` by being inserted: the index (room_id, seq) is unique, so two processes that claim the same number
make one of them try the next, and a number that was never stored is never skipped. Why so, and not a counter: docs/messages.md.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence

from bson import ObjectId

from models.accounts import User
from models.odm import DuplicateKey
from models.rooms import Member, Message, MessageKind, Room
from schemas.rooms import message_view
from services import unread
from services.realtime import chat_room, realtime, user_room
from utils.errors import Forbidden, NotFound, Unavailable, ValidationFailed

_ATTEMPTS = 50
# Rooms whose last seq this process remembers, so that a send needs no read for it; a wrong memory costs one retry.
_REMEMBERED_ROOMS = 4096
_last_seqs: OrderedDict[ObjectId, int] = OrderedDict()
_stripes = tuple(threading.Lock() for _ in range(64))


class NotWelcome(Forbidden):
    """One sentence for whoever may not write to a person, so that nobody learns from it that they are blocked."""

    default_message = "This person takes no messages from you."


def send(
    room_id: ObjectId, author: User, body: str, *, client_id: str | None = None, reply_to: ObjectId | None = None
) -> tuple[Message, bool]:
    """Store a member's text message and push it to the room; returns it and whether it is new.

    A repeated `client_id` returns the first message and pushes nothing. Raises Forbidden or NotFound where the author
    is no member, ValidationFailed where `reply_to` names no message of the room.
    """
    member = membership(room_id, author.id)
    room = Room.get(room_id)
    if room is None:
        raise NotFound()
    if not room.takes_messages_from(author.id, is_admin=author.role == "admin"):
        raise NotWelcome()
    if reply_to is not None and not Message.exists({"_id": reply_to, "room_id": room_id}):
        raise ValidationFailed({"reply_to": "There is no such message in this room."})
    draft = Message(
        room_id=room_id, seq=0, author_id=author.id, author_username=author.username, nickname=member.nickname,
        body=body, client_id=client_id, reply_to=reply_to,
    )  # fmt: skip
    return append(draft, audience(room))


def audience(room: Room) -> list[str]:
    """The Socket.IO rooms that a push about a message of `room` goes to: both people of a private pair, else who follows it."""
    return [user_room(person) for person in room.pair()] if room.kind == "direct" else [chat_room(room.id)]


def append(draft: Message, to: Sequence[str] = ()) -> tuple[Message, bool]:
    """Give `draft` the next seq of its room, store it and push it; returns what is stored and whether it is new.

    to: where it is pushed (see `audience`), those who follow the room if left out.
    """
    room_id = draft.room_id
    with _stripes[hash(room_id) % len(_stripes)]:
        # Pushed under the lock too: whoever listens to this process sees the numbers in order.
        message, created = _claim(draft)
        if created:
            Room.update_one({"_id": room_id}, {"$max": {"last_seq": message.seq, "active_at": message.created_at}})
            realtime().publish(to or chat_room(room_id), "new_message", {"message": message_view(message)})
            unread.offer(room_id, message.seq)
    return message, created


def _claim(draft: Message) -> tuple[Message, bool]:
    last = _last_seqs.get(draft.room_id)
    if last is None:
        last = last_seq(draft.room_id)
    for _ in range(_ATTEMPTS):
        draft.seq = last + 1
        try:
            draft.insert()
        except DuplicateKey:
            if draft.client_id is not None:
                first = Message.find_one({"room_id": draft.room_id, "author_id": draft.author_id, "client_id": draft.client_id})
                if first is not None:
                    return first, False
            last = last_seq(draft.room_id)
        else:
            _remember(draft.room_id, draft.seq)
            return draft, True
    raise Unavailable("The room is too busy. Send it again.")


def last_seq(room_id: ObjectId) -> int:
    """The seq of the newest message that is stored, 0 where there is none."""
    newest = Message.find_raw({"room_id": room_id}, projection=("seq",), sort=[("seq", -1)], limit=1)
    return newest[0]["seq"] if newest else 0


def _remember(room_id: ObjectId, seq: int) -> None:
    _last_seqs[room_id] = seq
    _last_seqs.move_to_end(room_id)
    if len(_last_seqs) > _REMEMBERED_ROOMS:
        _last_seqs.popitem(last=False)


def forget_seqs() -> None:
    """Drop what this process remembers: for when the database under it is another one."""
    _last_seqs.clear()


def post_notice(room_id: ObjectId, kind: MessageKind, user: User, nickname: str, body: str) -> Message:
    """Say in the history that something happened: a join or a leave."""
    notice = Message(
        room_id=room_id, seq=0, author_id=user.id, author_username=user.username, nickname=nickname, kind=kind, body=body
    )
    return append(notice)[0]


def membership(room_id: ObjectId, user_id: ObjectId) -> Member:
    """The membership that writing in a room needs. Raises Forbidden in a public room, NotFound otherwise."""
    member = Member.find_one({"room_id": room_id, "user_id": user_id})
    if member is None:
        if Room.exists({"_id": room_id, "visibility": "public", "kind": {"$ne": "direct"}}):
            raise Forbidden("Join the room first.")
        raise NotFound()
    return member


def history(
    room_id: ObjectId, *, before_seq: int | None = None, after_seq: int | None = None, limit: int = 50
) -> tuple[list[Message], bool]:
    """Up to `limit` messages in ascending seq, and whether there are more in the direction of reading.

    after_seq: those that follow it. before_seq: the last ones before it. Neither: the newest.
    """
    if after_seq is not None:
        found = Message.find(
            {"room_id": room_id, "seq": {"$gt": after_seq} if before_seq is None else {"$gt": after_seq, "$lt": before_seq}},
            sort=[("seq", 1)], limit=limit + 1,
        )  # fmt: skip
        return found[:limit], len(found) > limit
    older = {"room_id": room_id} if before_seq is None else {"room_id": room_id, "seq": {"$lt": before_seq}}
    found = Message.find(older, sort=[("seq", -1)], limit=limit + 1)
    return found[:limit][::-1], len(found) > limit


def mark_read(room_id: ObjectId, user: User, seq: int) -> Member:
    """Move a member's read pointer forward to `seq` (never back, never past the end) and tell all their devices."""
    membership(room_id, user.id)
    newest = last_seq(room_id)
    member = Member.find_one_and_update({"room_id": room_id, "user_id": user.id}, {"$max": {"last_read_seq": min(seq, newest)}})
    if member is None:
        raise NotFound()
    realtime().publish(
        user_room(user.id), "unread", {"room_id": str(room_id), "last_seq": newest, "last_read_seq": member.last_read_seq}
    )
    return member


def typing(room_id: ObjectId, user: User, sid: str, *, on: bool) -> None:
    """Tell the others in the room that a member types, or no longer does."""
    member = membership(room_id, user.id)
    realtime().publish(
        chat_room(room_id),
        "user_typing",
        {
            "room_id": str(room_id), "user": {"id": str(user.id), "username": user.username},
            "nickname": member.nickname, "typing": on,
        },
        skip=sid,
    )  # fmt: skip
