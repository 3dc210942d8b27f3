"""A Push port that keeps what it was told, for tests of services without a Socket.IO server."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.push import Skip


class Recorder:
    """published: (room, event, payload); watched: the rooms that somebody is in, None for all of them; inside: whose
    connections are."""

    def __init__(self) -> None:
        self.published: list[tuple[str, str, dict[str, Any]]] = []
        self.left: list[tuple[str, str]] = []
        self.emptied: list[str] = []
        self.disconnected: list[tuple[str, str]] = []
        self.watched: set[str] | None = None
        self.inside: dict[str, list[str]] = {}

    def publish(
        self, room: str | Sequence[str], event: str, payload: Mapping[str, Any], *, skip: Skip = None, namespace: str = "/"
    ) -> None:
        for each in [room] if isinstance(room, str) else room:
            self.published.append((each, event, dict(payload)))

    def enter(self, sid: str, room: str) -> None:
        return

    def leave(self, sid: str, room: str) -> None:
        self.left.append((sid, room))

    def empty(self, room: str) -> None:
        self.emptied.append(room)

    def here(self, room: str) -> list[str]:
        return self.inside.get(room, [])

    def is_watched(self, room: str) -> bool:
        return self.watched is None or room in self.watched

    def watched_among(self, rooms: Sequence[str]) -> set[str]:
        return {room for room in rooms if self.is_watched(room)}

    def disconnect(self, sid: str, namespace: str = "/") -> None:
        self.disconnected.append((sid, namespace))

    def payloads(self, event: str) -> list[dict[str, Any]]:
        return [payload for _, name, payload in self.published if name == event]
