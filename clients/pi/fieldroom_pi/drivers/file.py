"""A file that holds a number: written by another program, or by the kernel for hardware that it drives itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from fieldroom_pi.drivers.base import Driver
from fieldroom_pi.drivers.numbers import Calibration, find_number
from fieldroom_pi.drivers.options import SENSOR_KEYS, Options
from fieldroom_pi.errors import DriverError
from fieldroom_pi.model import Sensor

_MAX_BYTES = 65_536


class FileDriver(Driver):
    """One sensor, whose value is in a file.

    pattern: finds the number, else the whole content is one; calibration: applied to it.
    """

    def __init__(self, path: Path, sensor: Sensor, pattern: re.Pattern[str] | None, calibration: Calibration) -> None:
        self._path = path
        self._sensor = sensor
        self._pattern = pattern
        self._calibration = calibration
        self.name = f"file {sensor.key}"

    @classmethod
    def from_options(cls, options: Mapping[str, object]) -> FileDriver:
        """Options: ``path`` and ``key`` (needed), ``name``, ``unit``, ``kind``, ``pattern``, ``scale``, ``offset``."""
        read = Options("file", options, ("path", "pattern", "scale", "offset", *SENSOR_KEYS))
        return cls(read.path("path"), read.sensor(), read.pattern("pattern"), Calibration.of(read))

    def sensors(self) -> Sequence[Sensor]:
        """The one sensor, whether or not the file is there yet."""
        return [self._sensor]

    def read(self) -> Mapping[str, float | DriverError]:
        """The number in the file, after calibration."""
        try:
            with self._path.open("rb") as stream:
                text = stream.read(_MAX_BYTES).decode("utf-8", "replace")
        except OSError as error:
            raise DriverError(f"{self._path}: {error.strerror}") from error
        return {self._sensor.key: self._calibration.apply(find_number(text, self._pattern))}
