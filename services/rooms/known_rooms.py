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
from utils.errors import NotFound

_MOST = 4096
_rooms: OrderedDict[ObjectId, Room] = OrderedDict()
_lock = threading.Lock()


def room(room_id: ObjectId) -> Room:
    """A room, fit to write in: remembered or read. Raises NotFound where there is none."""
    known = _rooms.get(room_id)
    if known is not None and known.kind != "direct":
        return known
    found = Room.get(room_id)
    if found is None:
        raise NotFound()
    remember(found)
    return found


def last_seq(room_id: ObjectId) -> int | None:
    """What a remembered room says of its newest message, None where it is not remembered; there may be newer ones."""
    known = _rooms.get(room_id)
    return None if known is None else known.last_seq


def remember(room: Room) -> None:
    """Keep a room that was just read or written."""
    with _lock:
        _rooms[room.id] = room
        _rooms.move_to_end(room.id)
        if len(_rooms) > _MOST:
            _rooms.popitem(last=False)


def forget(room_id: ObjectId) -> None:
    """Have the room read again: something of it was changed here."""
    with _lock:
        _rooms.pop(room_id, None)


def forget_all() -> None:
    """For when the database under this process is another one."""
    with _lock:
        _rooms.clear()
