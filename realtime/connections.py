"""The connections that this process holds, and the port by which services reach everyone's."""

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bson import ObjectId
from socketio import PubSubManager, Server

from models.accounts import User
from realtime import between
from realtime.watching import Watching
from services.people import known_people
from services.realtime import SENSOR_ROOM, Skip

C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Person:
    """What a connection of the people's namespace knows of who is at the other end.

    epoch: that of the session in which it was begun; one of another epoch stands for nobody any more.
    """

    sid: str
    user_id: ObjectId
    epoch: int

    @property
    def user(self) -> User:
        """Who that is now. Raises AuthenticationRequired where the session is over."""
        return known_people.signed_in(self.user_id, self.epoch)


class Connections(Generic[C]):
    """Connections by their Socket.IO session id."""

    def __init__(self) -> None:
        self._by_sid: dict[str, C] = {}
        self._lock = threading.Lock()

    def add(self, sid: str, connection: C) -> None:
        with self._lock:
            self._by_sid[sid] = connection

    def get(self, sid: str) -> C | None:
        return self._by_sid.get(sid)

    def pop(self, sid: str) -> C | None:
        with self._lock:
            return self._by_sid.pop(sid, None)

    def __len__(self) -> int:
        return len(self._by_sid)


class SocketIORealtime:
    """The Realtime port over python-socketio: in process, or through the message queue that its manager speaks to.

    redis_url: where processes that share a message queue say which sensors their people watch; without it all may be.
    """

    def __init__(self, server: Server, redis_url: str | None = None) -> None:
        self._server = server
        shared = isinstance(server.manager, PubSubManager)
        self._watching = Watching(redis_url, self._is_local) if shared and redis_url is not None else None
        self._shared = shared
        between.join(server.manager)

    def publish(self, room: str | Sequence[str], event: str, payload: Mapping[str, Any], *, skip: Skip = None) -> None:
        if not room:
            return  # to python-socketio no room at all means everyone
        skipped = skip if skip is None or isinstance(skip, str) else list(skip)
        self._server.emit(event, payload, to=room if isinstance(room, str) else list(room), skip_sid=skipped, namespace="/")

    def enter(self, sid: str, room: str) -> None:
        with suppress(KeyError, ValueError):  # the connection ended meanwhile
            self._server.enter_room(sid, room, namespace="/")
            if self._watching is not None and room.startswith(SENSOR_ROOM):
                self._watching.began(room)

    def leave(self, sid: str, room: str) -> None:
        self._server.leave_room(sid, room, namespace="/")

    def empty(self, room: str) -> None:
        self._server.close_room(room, namespace="/")

    def is_watched(self, room: str) -> bool:
        return self._shared or self._is_local(room)

    def watched_among(self, rooms: Sequence[str]) -> set[str]:
        if not self._shared:
            return {room for room in rooms if self._is_local(room)}
        return set(rooms) if self._watching is None else self._watching.among(rooms)

    def disconnect(self, sid: str, namespace: str = "/") -> None:
        # A connection of another process is asked for through the message queue.
        self._server.disconnect(sid, namespace=namespace)

    def _is_local(self, room: str) -> bool:
        return bool(self._server.manager.rooms.get("/", {}).get(room))
