"""Unread badges of people who do not follow a room: a push of its newest seq, at most one a second a room (and a process).

It goes to the one Socket.IO room of all connections of all members, so a message costs the same whatever the number of
members; each client knows its own read pointer and does the subtraction. The author of a message has read it: all of their
devices are told so in the same beat.
"""

import threading

from bson import ObjectId

from services.coalescing import Pulse
from services.platform import current
from services.push import member_room, push, user_room

INTERVAL_SECONDS = 1.0


class Badges:
    """The newest seq of each room that waits to be pushed."""

    def __init__(self, interval_seconds: float = INTERVAL_SECONDS) -> None:
        self._waiting: dict[ObjectId, int] = {}
        self._read: dict[tuple[ObjectId, ObjectId], int] = {}
        self._lock = threading.Lock()
        self._pulse = Pulse(self.push, interval_seconds, "unread-badges")

    def offer(self, room_id: ObjectId, last_seq: int, read_by: ObjectId | None = None) -> None:
        """Have the members of a room told that its newest message is `last_seq`, and one of them that they have read it."""
        if not push().is_watched(member_room(room_id)):
            return
        with self._lock:
            self._waiting[room_id] = max(last_seq, self._waiting.get(room_id, 0))
            if read_by is not None:
                self._read[room_id, read_by] = max(last_seq, self._read.get((room_id, read_by), 0))
        self._pulse.wake()

    def push(self) -> None:
        """Push what waits."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
            read, self._read = self._read, {}
        # First, so that no device of an author shows a badge for their own words.
        for (room_id, user_id), seq in read.items():
            pointer = {"room_id": str(room_id), "last_seq": seq, "last_read_seq": seq}
            push().publish(user_room(user_id), "unread", pointer)
        for room_id, last_seq in waiting.items():
            push().publish(member_room(room_id), "unread", {"room_id": str(room_id), "last_seq": last_seq})


def offer(room_id: ObjectId, last_seq: int, read_by: ObjectId | None = None) -> None:
    """Have the members of a room told that its newest message is `last_seq`, and one of them that they have read it."""
    current().part(Badges).offer(room_id, last_seq, read_by)
