"""Readings on their way to those who watch a sensor: at most ten pushes a second, each of a bounded size.

What comes within a tenth of a second is one push. Nothing is kept for a sensor that surely nobody watches. Where people of other
processes may, it is asked for all sensors at once, ten times a second at most.
"""

import threading
from collections.abc import Sequence

from bson import ObjectId

from schemas.readings import SensorReadingEvent
from services.coalescing import Pulse
from services.platform import current
from services.push import push, sensor_room

INTERVAL_SECONDS = 0.1
MAX_PUSHED = 500

Timed = tuple[int, float]


def is_watched(sensor_id: ObjectId) -> bool:
    """Whether anybody may be watching a sensor; where there is no telling, somebody may."""
    return push().is_watched(sensor_room(sensor_id))


class Coalescer:
    """The readings that wait to be pushed, by sensor."""

    def __init__(self) -> None:
        self._waiting: dict[ObjectId, list[Timed]] = {}
        self._skipped: dict[ObjectId, int] = {}
        self._lock = threading.Lock()
        self._pulse = Pulse(self.push, INTERVAL_SECONDS, "live-readings")

    def offer(self, sensor_id: ObjectId, readings: Sequence[Timed]) -> None:
        """Have new readings of a sensor pushed; of a flood the newest are."""
        if not is_watched(sensor_id):
            return
        with self._lock:
            waiting = self._waiting.setdefault(sensor_id, [])
            waiting.extend(readings)
            if len(waiting) > 2 * MAX_PUSHED:
                self._cut(sensor_id, waiting)
        self._pulse.wake()

    def push(self) -> None:
        """Push what waits."""
        with self._lock:
            for sensor_id, readings in self._waiting.items():
                self._cut(sensor_id, readings)
            waiting, self._waiting = self._waiting, {}
            skipped, self._skipped = self._skipped, {}
        # Asked once for all, and after they were stored: see realtime.watching.
        watched = push().watched_among([sensor_room(sensor_id) for sensor_id in waiting]) if waiting else set()
        for sensor_id, readings in waiting.items():
            if sensor_room(sensor_id) not in watched:
                continue
            payload: SensorReadingEvent = {"sensor_id": str(sensor_id), "readings": readings}
            if sensor_id in skipped:
                payload["skipped"] = skipped[sensor_id]
            push().publish(sensor_room(sensor_id), "sensor_reading", dict(payload))

    def _cut(self, sensor_id: ObjectId, readings: list[Timed]) -> None:
        readings.sort()
        excess = len(readings) - MAX_PUSHED
        if excess > 0:
            del readings[:excess]
            self._skipped[sensor_id] = self._skipped.get(sensor_id, 0) + excess


def offer(sensor_id: ObjectId, readings: Sequence[Timed]) -> None:
    """Have new readings of a sensor pushed; of a flood the newest are."""
    current().part(Coalescer).offer(sensor_id, readings)
