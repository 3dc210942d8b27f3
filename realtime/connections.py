"""The connections that this process holds, and the port by which services reach everyone's."""

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from socketio import PubSubManager, Server

from models.accounts import User
from services.realtime import Skip

C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Person:
    """What a connection of the people's namespace knows of who is at the other end."""

    sid: str
    user: User


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
    """The Realtime port over python-socketio: in process, or through the message queue that its manager speaks to."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def publish(
        self, room: str | Sequence[str], event: str, payload: Mapping[str, Any], *, skip: Skip = None, namespace: str = "/"
    ) -> None:
        if not room:
            return  # to python-socketio no room at all means everyone
        skipped = skip if skip is None or isinstance(skip, str) else list(skip)
        self._server.emit(event, payload, to=room if isinstance(room, str) else list(room), skip_sid=skipped, namespace=namespace)

    def enter(self, sid: str, room: str) -> None:
        with suppress(KeyError, ValueError):  # the connection ended meanwhile
            self._server.enter_room(sid, room, namespace="/")

    def leave(self, sid: str, room: str) -> None:
        self._server.leave_room(sid, room, namespace="/")

    def empty(self, room: str) -> None:
        self._server.close_room(room, namespace="/")

    def is_watched(self, room: str) -> bool:
        manager = self._server.manager
        return isinstance(manager, PubSubManager) or bool(manager.rooms.get("/", {}).get(room))

    def disconnect(self, sid: str, namespace: str = "/") -> None:
        # A connection of another process is asked for through the message queue.
        self._server.disconnect(sid, namespace=namespace)
