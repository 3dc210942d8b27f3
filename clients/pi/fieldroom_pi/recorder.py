"""Between the drivers and the queue: gives readings their timestamps, and holds them while the disk refuses them."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence

from fieldroom_pi.faults import FaultLog
from fieldroom_pi.model import Reading, Sample
from fieldroom_pi.outbox import Outbox
from fieldroom_pi.timeline import Timeline

_log = logging.getLogger(__name__)
_HELD_AT_MOST = 10_000


class Recorder:
    """Writes readings to the queue: with their timestamps, or to wait there until the clock is known.

    boot: the name of this run of the machine; on_queued: called after each write, from the thread that wrote;
    on_damage: called with the error when the queue's file turns out to be damaged, which only a restart repairs.
    """

    def __init__(
        self,
        outbox: Outbox,
        timeline: Timeline,
        boot: str,
        on_queued: Callable[[], None],
        on_damage: Callable[[sqlite3.Error], None],
    ) -> None:
        self._outbox = outbox
        self._timeline = timeline
        self._boot = boot
        self._on_queued = on_queued
        self._on_damage = on_damage
        self._held: deque[Sample] = deque()
        self._lost = 0
        self._faults = FaultLog(_log)
        self._lock = threading.Lock()

    def record(self, samples: Sequence[Sample]) -> None:
        """Queue readings, or hold the latest 10,000 of them until the disk takes them again. Never raises for that."""
        with self._lock:
            self._held.extend(samples)
            while len(self._held) > _HELD_AT_MOST:
                self._held.popleft()
                self._lost += 1
            if not self._write():
                return
        self._faults.recovered("queue")
        self._on_queued()

    def tick(self) -> None:
        """Look at the clock, and date what waits for it as soon as it is known; called about once a second."""
        self._timeline.look()
        if not self._outbox.waiting or self._timeline.offset_ms is None:
            return
        with self._lock:
            if self._write():
                self._on_queued()

    def _write(self) -> bool:
        """Queue what is held; whether that went well."""
        try:
            self._timeline.look()
            offset_ms = self._timeline.offset_ms
            if offset_ms is None:
                self._outbox.append_undated(list(self._held), self._boot)
            else:
                # Before anything newer, so that readings leave in the order in which they were made.
                if dated := self._outbox.date(self._boot, offset_ms):
                    _log.info("the clock is known: %d readings that waited for it have their time", dated)
                stamp = self._timeline.stamp
                self._outbox.append([Reading(s.key, stamp(s.key, s.at_ms), s.value) for s in self._held])
            self._held.clear()
            if self._lost:
                self._outbox.add_dropped(self._lost)
                self._lost = 0
        except sqlite3.OperationalError as error:
            self._faults.failed("queue", f"cannot be written ({error}); readings are held in memory")
            return False
        except sqlite3.DatabaseError as error:
            self._on_damage(error)
            return False
        return True
