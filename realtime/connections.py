"""The connections that this process holds, and the port by which services reach everyone's."""

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bson import ObjectId
from socketio import Manager, PubSubManager

from models.accounts import User
from models.devices import Device
from realtime.watching import Watching
from services.people import known_people
from services.push import SENSOR_ROOM, Skip
from services.telemetry import devices
from services.telemetry.ingest import Source

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


@dataclass(slots=True)
class DeviceLine:
    """What a connection of the devices' namespace knows of the device at the other end.

    configured: whether this connection was told what the device is to do.
    """

    sid: str
    source: Source
    configured: bool = False

    @property
    def device_id(self) -> ObjectId:
        return self.source.device_id

    @property
    def device(self) -> Device:
        """The device as it is now. Raises AuthenticationRequired where it, or the token it signed in with, is no more."""
        return devices.signed_in(self.source.device_id, self.source.token_hash)


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


class SocketIOPush:
    """The Push port over python-socketio: in process, or through the message queue that its manager speaks to.

    manager: of the process's Socket.IO server, or of none: then it reaches the connections of other processes only. redis_url:
    where processes that share a message queue say which sensors their people watch; without it all may be.
    """

    def __init__(self, manager: Manager, redis_url: str | None = None) -> None:
        self.manager = manager
        self._shared = isinstance(manager, PubSubManager)
        self._watching = Watching(redis_url, self._is_local) if self._shared and redis_url is not None else None

    def publish(
        self, room: str | Sequence[str], event: str, payload: Mapping[str, Any], *, skip: Skip = None, namespace: str = "/"
    ) -> None:
        if not room:
            return  # to python-socketio no room at all means everyone
        skipped = skip if skip is None or isinstance(skip, str) else list(skip)
        to = room if isinstance(room, str) else list(room)
        self.manager.emit(event, payload, namespace=namespace, room=to, skip_sid=skipped)

    def enter(self, sid: str, room: str) -> None:
        with suppress(KeyError, ValueError):  # the connection ended meanwhile
            self.manager.enter_room(sid, "/", room)
            if self._watching is not None and room.startswith(SENSOR_ROOM):
                self._watching.began(room)

    def leave(self, sid: str, room: str) -> None:
        self.manager.leave_room(sid, "/", room)

    def empty(self, room: str) -> None:
        self.manager.close_room(room, "/")

    def here(self, room: str) -> list[str]:
        # Copied in one step: others enter and leave meanwhile.
        return list(self.manager.rooms.get("/", {}).get(room, {}))

    def is_watched(self, room: str) -> bool:
        return self._shared or self._is_local(room)

    def watched_among(self, rooms: Sequence[str]) -> set[str]:
        if not self._shared:
            return {room for room in rooms if self._is_local(room)}
        return set(rooms) if self._watching is None else self._watching.among(rooms)

    def disconnect(self, sid: str, namespace: str = "/") -> None:
        # A connection of another process is asked for through the message queue.
        if self.manager.server is not None:
            self.manager.server.disconnect(sid, namespace=namespace)
        elif isinstance(self.manager, PubSubManager):
            wanted = {"method": "disconnect", "sid": sid, "namespace": namespace, "host_id": self.manager.host_id}
            self.manager._publish(wanted)

    def _is_local(self, room: str) -> bool:
        return bool(self.manager.rooms.get("/", {}).get(room))
