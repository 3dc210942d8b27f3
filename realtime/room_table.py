"""Which connection is in which Socket.IO room, for many connections that end together.

python-socketio copies and searches its table of all rooms for each connection that ends: with a room or two per connection, a
network that takes thousands away costs their number squared. And it keeps each room as two dictionaries, of which only the list of
all connections needs the second. Here each connection knows its rooms, and a room is one dictionary.
"""

import threading
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from bidict import bidict

from utils import concurrency

_EVERYONE = None


class Room(dict[str, str]):
    """Engine.IO ids by Socket.IO ids, as python-socketio reads them."""

    __slots__ = ()

    @property
    def _fwdm(self) -> "Room":
        return self


class RoomTable:
    """Goes before one of python-socketio's managers among the bases of a class."""

    rooms: dict[str, dict[Hashable, Any]]
    callbacks: dict[str, Any]
    pending_connect: dict[str, list[str]]
    pending_disconnect: dict[str, list[str]]
    is_sid_room: Callable[[str, Hashable], bool]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._rooms_of: dict[tuple[str, str], set[Hashable]] = {}
        # Among threads a room may become empty, and with that be forgotten, while somebody enters it. Nothing here yields.
        self._changing: AbstractContextManager[Any] = threading.RLock() if concurrency.mode() == "threading" else nullcontext()

    def basic_enter_room(self, sid: str, namespace: str, room: Hashable, eio_sid: str | None = None) -> None:
        """Put a connection into a room. Raises ValueError or KeyError where it is none, or the room is another's own."""
        if sid != room and self.is_sid_room(namespace, room):
            raise ValueError("cannot enter the room of another connection")
        with self._changing:
            rooms = self.rooms.get(namespace)
            if rooms is None:
                if eio_sid is None:
                    raise ValueError("the connection is not in that namespace")
                rooms = self.rooms[namespace] = {}
            if eio_sid is None:
                eio_sid = rooms[_EVERYONE][sid]
            members = rooms.get(room)
            if members is None:
                members = rooms[room] = bidict() if room is _EVERYONE else Room()
            members[sid] = eio_sid
            self._rooms_of.setdefault((namespace, sid), set()).add(room)

    def basic_leave_room(self, sid: str, namespace: str, room: Hashable) -> None:
        """Take a connection out of a room that it may be in."""
        with self._changing:
            mine = self._rooms_of.get((namespace, sid))
            if mine is None or room not in mine:
                return
            mine.discard(room)
            if not mine:
                del self._rooms_of[namespace, sid]
            rooms = self.rooms[namespace]
            del rooms[room][sid]
            if not rooms[room]:
                del rooms[room]
                if not rooms:
                    del self.rooms[namespace]

    def basic_disconnect(self, sid: str, namespace: str, **_options: Any) -> None:
        """Forget a connection."""
        with self._changing:
            for room in self.get_rooms(sid, namespace):
                self.basic_leave_room(sid, namespace, room)
            self.basic_leave_room(sid, namespace, _EVERYONE)  # last: who is in it is connected
            self.callbacks.pop(sid, None)
            for pending in (self.pending_connect, self.pending_disconnect):
                some = pending.get(namespace, [])
                if sid in some:
                    some.remove(sid)
                    if not some:
                        pending.pop(namespace, None)

    def get_rooms(self, sid: str, namespace: str) -> list[Hashable]:
        """The rooms that a connection is in."""
        return [room for room in tuple(self._rooms_of.get((namespace, sid), ())) if room is not _EVERYONE]
