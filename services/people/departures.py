"""Connections that ended a moment ago and count until a grace period has passed."""

import threading
import time
from collections import deque
from collections.abc import Callable

from bson import ObjectId

from models.odm import DatabaseUnavailable
from services.platform import spawn
from utils import concurrency
from utils.logs import get_logger

log = get_logger(__name__)


class Departures:
    """Calls `depart(sid, owner)` for each connection `delay_seconds` after it ended; at once where that is 0.

    One thread serves them all, in the order in which they came: a network that goes away takes thousands with it. Where the
    database is away too, they are tried again: a connection that was never forgotten would keep its owner online for ever.
    """

    def __init__(self, depart: Callable[[str, ObjectId], None], delay_seconds: float = 0.0, retry_seconds: float = 5.0) -> None:
        self.delay_seconds = delay_seconds
        self._retry_seconds = retry_seconds
        self._depart = depart
        self._waiting: deque[tuple[float, str, ObjectId]] = deque()
        self._some = threading.Event()
        self._lock = threading.Lock()
        self._started = False

    def add(self, sid: str, owner: ObjectId) -> None:
        """A connection of `owner` ended now."""
        if self.delay_seconds <= 0:
            self._depart(sid, owner)
            return
        with self._lock:
            self._waiting.append((time.monotonic() + self.delay_seconds, sid, owner))
            if not self._started:
                self._started = True
                spawn(self._run, name="departures")
        self._some.set()

    def _run(self) -> None:
        while True:
            self._some.wait()
            self._some.clear()
            while self._waiting:
                due, sid, owner = self._waiting[0]
                if (left := due - time.monotonic()) > 0:
                    concurrency.sleep(left)
                self._waiting.popleft()
                try:
                    self._depart(sid, owner)
                except DatabaseUnavailable as error:
                    log.error("presence not updated", reason=str(error))
                    self._waiting.append((time.monotonic() + self._retry_seconds, sid, owner))
                except Exception:  # a defect must not keep everyone else online
                    log.exception("presence not updated")
