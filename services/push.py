"""The port through which services tell connected people something. Only the Socket.IO side implements it."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from bson import ObjectId

from services.platform import current

Skip = str | Sequence[str] | None
"""One connection, or several, or none."""


class Push(Protocol):
    """Reaches everyone in a Socket.IO room, whichever process holds their connection."""

    def publish(
        self, room: str | Sequence[str], event: str, payload: Mapping[str, Any], *, skip: Skip = None, namespace: str = "/"
    ) -> None:
        """Send `event` to everyone in `room` (or in any of several, once each), but not to the connections `skip`."""

    def enter(self, sid: str, room: str) -> None:
        """Put a connection, of any process, into a room."""

    def leave(self, sid: str, room: str) -> None:
        """Take a connection, of any process, out of a room."""

    def empty(self, room: str) -> None:
        """Take every connection, of any process, out of a room."""

    def here(self, room: str) -> list[str]:
        """The connections of this process that are in a room."""

    def is_watched(self, room: str) -> bool:
        """Whether anyone may be in a room. False only where that is certain: other processes are not asked."""

    def watched_among(self, rooms: Sequence[str]) -> set[str]:
        """Those of several sensors' rooms that anyone is in, on whichever process."""

    def disconnect(self, sid: str, namespace: str = "/") -> None:
        """End a connection, of any process."""


def push() -> Push:
    """Whoever implements the port here."""
    return current().part(Push)


def user_room(user_id: ObjectId) -> str:
    """All connections of one person."""
    return f"user_{user_id}"


def chat_room(room_id: ObjectId) -> str:
    """Everyone who follows a conversation."""
    return f"chat_room_{room_id}"


def member_room(room_id: ObjectId) -> str:
    """Every connection of every member of a room, following it or not: where presence goes."""
    return f"member_{room_id}"


SENSOR_ROOM = "sensor_"


def sensor_room(sensor_id: ObjectId) -> str:
    """Everyone who watches a sensor."""
    return f"{SENSOR_ROOM}{sensor_id}"
