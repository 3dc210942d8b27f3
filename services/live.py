"""Readings on their way to those who watch a sensor: at most ten pushes a second, each of a bounded size.

What comes within a tenth of a second is one push. Nothing is kept for a sensor that surely nobody watches.
"""

import threading
from collections.abc import Sequence

from bson import ObjectId

from schemas.sensors import SensorReadingEvent
from services.realtime import realtime, sensor_room
from utils import concurrency
from utils.logs import get_logger

log = get_logger(__name__)

INTERVAL_SECONDS = 0.1
MAX_PUSHED = 500

Timed = tuple[int, float]


class Coalescer:
    """The readings that wait to be pushed, by sensor."""

    def __init__(self) -> None:
        self._waiting: dict[ObjectId, list[Timed]] = {}
        self._skipped: dict[ObjectId, int] = {}
        self._lock = threading.Lock()
        self._some = threading.Event()
        self._started = False

    def offer(self, sensor_id: ObjectId, readings: Sequence[Timed]) -> None:
        """Have new readings of a sensor pushed; of a flood the newest are."""
        if not realtime().is_watched(sensor_room(sensor_id)):
            return
        with self._lock:
            waiting = self._waiting.setdefault(sensor_id, [])
            waiting.extend(readings)
            if len(waiting) > 2 * MAX_PUSHED:
                self._cut(sensor_id, waiting)
            if not self._started:
                self._started = True
                concurrency.spawn(self._run, name="live-readings")
        self._some.set()

    def push(self) -> None:
        """Push what waits."""
        with self._lock:
            for sensor_id, readings in self._waiting.items():
                self._cut(sensor_id, readings)
            waiting, self._waiting = self._waiting, {}
            skipped, self._skipped = self._skipped, {}
        for sensor_id, readings in waiting.items():
            payload: SensorReadingEvent = {"sensor_id": str(sensor_id), "readings": readings}
            if sensor_id in skipped:
                payload["skipped"] = skipped[sensor_id]
            realtime().publish(sensor_room(sensor_id), "sensor_reading", dict(payload))

    def _cut(self, sensor_id: ObjectId, readings: list[Timed]) -> None:
        readings.sort()
        excess = len(readings) - MAX_PUSHED
        if excess > 0:
            del readings[:excess]
            self._skipped[sensor_id] = self._skipped.get(sensor_id, 0) + excess

    def _run(self) -> None:
        while True:
            self._some.wait()
            self._some.clear()
            try:
                self.push()
            except Exception:  # the message queue is away, say: what was to be pushed is lost, what comes next is not
                log.exception("readings not pushed")
            concurrency.sleep(INTERVAL_SECONDS)


_coalescer = Coalescer()
offer = _coalescer.offer
