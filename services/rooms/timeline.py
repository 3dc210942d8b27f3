"""What was said and what happened in a room, in one order: where every message of any kind is stored.

A message claims its `seq` by being inserted: the index (room_id, seq) is unique, so two processes that claim the same number
make one of them try the next, and a number that was never stored is never skipped. Why so, and not a counter: docs/messages.md.
"""

import threading
from collections.abc import Sequence

from bson import ObjectId

from models.accounts import User
from models.messages import Message, MessageKind
from models.odm import DuplicateKey
from models.rooms import Room
from schemas.messages import message_view
from services.platform import current
from services.push import chat_room, push, user_room
from services.rooms import known_rooms, unread
from services.rooms.newest import newest
from utils.errors import Unavailable

_ATTEMPTS = 50


class _Turns:
    """Those who store in one room do so one after the other."""

    def __init__(self) -> None:
        self._locks = tuple(threading.Lock() for _ in range(64))

    def of(self, room_id: ObjectId) -> threading.Lock:
        return self._locks[hash(room_id) % len(self._locks)]


def audience(room: Room) -> list[str]:
    """The Socket.IO rooms that a push about a message of `room` goes to: both people of a private pair, else who follows it."""
    return [user_room(person) for person in room.pair()] if room.kind == "direct" else [chat_room(room.id)]


def append(draft: Message, to: Sequence[str] = (), *, read_to: int | None = None) -> tuple[Message, bool]:
    """Give `draft` the next seq of its room, whatever it has, store it and push it; returns what is stored and whether it is new.

    to: where it is pushed (see `audience`), those who follow the room if left out. read_to: the author's read pointer, where
    it was read just now.
    """
    room_id = draft.room_id
    with current().part(_Turns).of(room_id):
        # Pushed under the lock too: whoever listens to this process sees the numbers in order.
        message, created = _claim(draft)
        if created:
            read_by_author = newest().stored(message, read_to)
            push().publish(to or chat_room(room_id), "new_message", {"message": message_view(message)})
            unread.offer(room_id, message.seq, read_by=message.author_id if read_by_author else None)
    return message, created


def _claim(draft: Message) -> tuple[Message, bool]:
    last = newest().seq(draft.room_id) or known_rooms.last_seq(draft.room_id)
    if last is None:
        last = last_seq(draft.room_id)
    for _ in range(_ATTEMPTS):
        if draft.seq != last + 1:
            draft.seq = last + 1
        try:
            draft.insert()
        except DuplicateKey as taken:
            # An engine that does not say which index it was leaves both to be looked at.
            if draft.client_id is not None and "client_id" in (taken.index_fields or ("client_id",)):
                first = Message.find_one({"room_id": draft.room_id, "author_id": draft.author_id, "client_id": draft.client_id})
                if first is not None:
                    return first, False
            last = last_seq(draft.room_id)
        else:
            return draft, True
    raise Unavailable("The room is too busy. Send it again.")


def last_seq(room_id: ObjectId) -> int:
    """The seq of the newest message that is stored, 0 where there is none."""
    return newest().look(room_id)


def post_notice(room_id: ObjectId, kind: MessageKind, user: User, nickname: str, body: str) -> Message:
    """Say in the history that something happened: a join or a leave."""
    notice = Message(
        room_id=room_id, seq=0, author_id=user.id, author_username=user.username, nickname=nickname, kind=kind, body=body
    )
    return append(notice)[0]
