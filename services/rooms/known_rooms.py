"""Rooms as this process last saw them, so that a message needs no query for its room.

Whatever the process stores in a room brings the room along half a second later, with what is written behind it (newest.py). So
what is remembered of a room can be out of date for that long after the next message, where another process has changed it, and no
longer. What must hold at once is not taken from here: a membership is read for every message, and so is the room of a private pair,
for it says who is blocked.
"""

import threading
from collections import OrderedDict

from bson import ObjectId

from models.rooms import Room
from services.platform import current
from utils.errors import NotFound

_MOST = 4096


class KnownRooms:
    """Rooms by their id, the one that was used longest ago first."""

    def __init__(self) -> None:
        self._rooms: OrderedDict[ObjectId, Room] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, room_id: ObjectId) -> Room | None:
        return self._rooms.get(room_id)

    def keep(self, room: Room) -> None:
        with self._lock:
            self._rooms[room.id] = room
            self._rooms.move_to_end(room.id)
            if len(self._rooms) > _MOST:
                self._rooms.popitem(last=False)

    def drop(self, room_id: ObjectId) -> None:
        with self._lock:
            self._rooms.pop(room_id, None)


def room(room_id: ObjectId) -> Room:
    """A room, fit to write in: remembered or read. Raises NotFound where there is none."""
    known = current().part(KnownRooms).get(room_id)
    if known is not None and known.kind != "direct":
        return known
    found = Room.get(room_id)
    if found is None:
        raise NotFound()
    remember(found)
    return found


def last_seq(room_id: ObjectId) -> int | None:
    """What a remembered room says of its newest message, None where it is not remembered; there may be newer ones."""
    known = current().part(KnownRooms).get(room_id)
    return None if known is None else known.last_seq


def remember(room: Room) -> None:
    """Keep a room that was just read or written."""
    current().part(KnownRooms).keep(room)


def forget(room_id: ObjectId) -> None:
    """Have the room read again: something of it was changed here."""
    current().part(KnownRooms).drop(room_id)
