"""Who is typing where. A sign of it goes out by itself: after a pause, with the message, with the connection."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from models.accounts import User
from services.platform import current, spawn
from services.push import push
from utils import concurrency
from utils.logs import get_logger

log = get_logger(__name__)
# Twice the time in which a client repeats typing_start.
LAPSE_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class _Sign:
    sid: str
    lapses: float
    to: Sequence[str]
    payload: Mapping[str, Any]


class Typists:
    """The signs that connections of this process have given. `clock` counts seconds and never goes back."""

    def __init__(self, lapse_seconds: float = LAPSE_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._lapse = lapse_seconds
        self._clock = clock
        self._signs: dict[tuple[ObjectId, ObjectId], _Sign] = {}
        self._lock = threading.Lock()
        self._sweeping = False

    def started(self, room_id: ObjectId, user: User, nickname: str, sid: str, to: Sequence[str]) -> None:
        """Show that a person types: pushed to `to` but not to the connection `sid`; it lapses unless it is repeated."""
        payload = {
            "room_id": str(room_id), "user": {"id": str(user.id), "username": user.username}, "nickname": nickname, "typing": True,
        }  # fmt: skip
        with self._lock:
            self._signs[room_id, user.id] = _Sign(sid, self._clock() + self._lapse, to, payload)
            sweep, self._sweeping = not self._sweeping, True
        push().publish(to, "user_typing", payload, skip=sid)
        if sweep:
            spawn(self._sweep, name="typing")

    def stopped(self, room_id: ObjectId, user_id: ObjectId) -> None:
        """Take a sign back, if there is one."""
        if (room_id, user_id) not in self._signs:  # as of whoever sends without typing
            return
        with self._lock:
            sign = self._signs.pop((room_id, user_id), None)
        if sign is not None:
            _take_back(sign)

    def connection_ended(self, sid: str) -> None:
        """Take back all signs of a connection."""
        with self._lock:
            gone = [key for key, sign in self._signs.items() if sign.sid == sid]
            signs = [self._signs.pop(key) for key in gone]
        for sign in signs:
            _take_back(sign)

    def lapse(self) -> float | None:
        """Take back what has lapsed; the seconds until the next will have, None where nobody types."""
        with self._lock:
            now = self._clock()
            over = [key for key, sign in self._signs.items() if sign.lapses <= now]
            signs = [self._signs.pop(key) for key in over]
            left = min((sign.lapses for sign in self._signs.values()), default=None)
        for sign in signs:
            _take_back(sign)
        return None if left is None else max(left - now, 0.0)

    def _sweep(self) -> None:
        while True:
            wait = self._lapse
            try:
                left = self.lapse()
                wait = wait if left is None else left
            except Exception:  # the message queue is away, say
                log.exception("typing not taken back")
            with self._lock:
                if not self._signs:
                    self._sweeping = False
                    return
            concurrency.sleep(wait)


def _take_back(sign: _Sign) -> None:
    push().publish(sign.to, "user_typing", {**sign.payload, "typing": False}, skip=sign.sid)


def started(room_id: ObjectId, user: User, nickname: str, sid: str, to: Sequence[str]) -> None:
    """See Typists.started."""
    current().part(Typists).started(room_id, user, nickname, sid, to)


def stopped(room_id: ObjectId, user_id: ObjectId) -> None:
    """See Typists.stopped."""
    current().part(Typists).stopped(room_id, user_id)


def connection_ended(sid: str) -> None:
    """See Typists.connection_ended."""
    current().part(Typists).connection_ended(sid)
