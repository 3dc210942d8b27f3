"""The sensors that this device has at the moment, out of all its drivers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from fieldroom_pi.faults import FaultLog
from fieldroom_pi.model import MAX_SENSORS, Sensor

_log = logging.getLogger(__name__)


class Catalogue:
    """Which driver serves which sensor. Any thread may call it.

    on_change: called with all sensors, by key order of arrival, whenever one is new or described differently.
    """

    def __init__(self, on_change: Callable[[list[Sensor]], None]) -> None:
        self._on_change = on_change
        self._sensors: dict[str, Sensor] = {}
        self._owners: dict[str, object] = {}
        self._version = 0
        self._faults = FaultLog(_log)
        self._lock = threading.RLock()

    @property
    def version(self) -> int:
        """Grows with every change; what was announced at this version need not be announced again."""
        with self._lock:
            return self._version

    def sensors(self) -> list[Sensor]:
        """All sensors."""
        with self._lock:
            return list(self._sensors.values())

    def register(self, owner: object, owner_name: str, sensors: Sequence[Sensor]) -> frozenset[str]:
        """Enter the sensors of one driver; gives the keys it may report.

        A key that another driver has, and every sensor after the server's limit of 64, is left out and logged.
        """
        with self._lock:
            before = dict(self._sensors)
            accepted = {sensor.key for sensor in sensors if self._enter(owner, owner_name, sensor)}
            if self._sensors != before:
                # Under the lock, so that a sensor is known to the queue before anybody can see or report it.
                try:
                    self._on_change(list(self._sensors.values()))
                except BaseException:
                    self._sensors = before
                    raise
                self._version += 1
            return frozenset(accepted)

    def _enter(self, owner: object, owner_name: str, sensor: Sensor) -> bool:
        taken_by_another = self._owners.setdefault(sensor.key, owner) is not owner
        if taken_by_another:
            self._faults.failed(f"{owner_name}, sensor {sensor.key}", "left out: another driver has this key")
            return False
        if sensor.key not in self._sensors and len(self._sensors) >= MAX_SENSORS:
            del self._owners[sensor.key]
            self._faults.failed(f"{owner_name}, sensor {sensor.key}", f"left out: a device has {MAX_SENSORS} sensors")
            return False
        self._sensors[sensor.key] = sensor
        return True
