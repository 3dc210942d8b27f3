"""Between the drivers and the queue: holds readings in memory while the disk refuses them."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence

from fieldroom_pi.faults import FaultLog
from fieldroom_pi.model import Reading
from fieldroom_pi.outbox import Outbox

_log = logging.getLogger(__name__)
_HELD_AT_MOST = 10_000


class Recorder:
    """Writes readings to the queue.

    on_queued: called after each write, from the thread that wrote;
    on_damage: called with the error when the queue's file turns out to be damaged, which only a restart repairs.
    """

    def __init__(
        self, outbox: Outbox, on_queued: Callable[[], None], on_damage: Callable[[sqlite3.Error], None]
    ) -> None:
        self._outbox = outbox
        self._on_queued = on_queued
        self._on_damage = on_damage
        self._held: deque[Reading] = deque()
        self._lost = 0
        self._faults = FaultLog(_log)
        self._lock = threading.Lock()

    def record(self, readings: Sequence[Reading]) -> None:
        """Queue readings, or hold the latest 10,000 of them until the disk takes them again. Never raises for that."""
        with self._lock:
            self._held.extend(readings)
            while len(self._held) > _HELD_AT_MOST:
                self._held.popleft()
                self._lost += 1
            try:
                self._outbox.append(list(self._held))
                self._held.clear()
                if self._lost:
                    self._outbox.add_dropped(self._lost)
                    self._lost = 0
            except sqlite3.OperationalError as error:
                self._faults.failed("queue", f"cannot be written ({error}); readings are held in memory")
                return
            except sqlite3.DatabaseError as error:
                self._on_damage(error)
                return
        self._faults.recovered("queue")
        self._on_queued()
