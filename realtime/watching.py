"""Which sensors somebody watches, on whichever process: so that readings go where somebody looks and nowhere else.

A process notes each sensor that its people watch as a key in Redis that expires, and renews it while they do. So the keys of a
process that dies are gone within EXPIRES_SECONDS, and whoever publishes asks for many sensors at a time with one MGET. The key is
there before a watcher is given what is stored: what is stored afterwards is asked about after the key was set.
"""

import threading
from collections.abc import Callable, Iterable, Sequence

from redis.exceptions import RedisError

from utils import concurrency, redis_client
from utils.logs import get_logger

log = get_logger(__name__)

EXPIRES_SECONDS = 12
RENEW_SECONDS = 4.0
_KEY = "fieldroom:watched:"
_MOST = 1_000


class Watching:
    """The rooms in which this process has somebody, told to the Redis at `url`, and those in which others have.

    is_local: whether this process has anybody in a room.
    """

    def __init__(self, url: str, is_local: Callable[[str], bool]) -> None:
        self._redis = redis_client.client(url)
        self._is_local = is_local
        self._rooms: set[str] = set()
        self._lock = threading.Lock()
        self._started = False
        self._reached = True

    def began(self, room: str) -> None:
        """Somebody has entered a room of this process."""
        with self._lock:
            self._rooms.add(room)
            start, self._started = not self._started, True
        if start:
            concurrency.spawn(self._keep, name="watched-sensors")
        self._renew([room])

    def among(self, rooms: Sequence[str]) -> set[str]:
        """Those of `rooms` that somebody is in. While Redis cannot be asked: on this process."""
        found = {room for room in rooms if self._is_local(room)}
        others = [room for room in rooms if room not in found]
        try:
            for start in range(0, len(others), _MOST):
                some = others[start : start + _MOST]
                noted = self._redis.mget([_KEY + room for room in some])
                found.update(room for room, value in zip(some, noted, strict=True) if value is not None)
            self._heard()
        except (RedisError, OSError) as error:
            self._lost(error)
        return found

    def renew(self) -> None:
        """Say again which rooms of this process have somebody; of the others nothing more is said."""
        with self._lock:
            rooms = self._rooms = {room for room in self._rooms if self._is_local(room)}
            rooms = set(rooms)
        self._renew(rooms)

    def _keep(self) -> None:
        while True:
            concurrency.sleep(RENEW_SECONDS)
            try:
                self.renew()
            except Exception:
                log.exception("watched sensors not renewed")

    def _renew(self, rooms: Iterable[str]) -> None:
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                for room in rooms:
                    pipeline.set(_KEY + room, 1, ex=EXPIRES_SECONDS)
                pipeline.execute()
            self._heard()
        except (RedisError, OSError) as error:
            self._lost(error)

    def _heard(self) -> None:
        self._reached = True

    def _lost(self, error: Exception) -> None:
        if self._reached:
            log.error("watched sensors not known", reason=str(error))
        self._reached = False
