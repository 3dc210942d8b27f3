"""The machine itself: processor temperature and use, load, memory, disk."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from fieldroom_pi.drivers.base import Driver, refuse_unknown
from fieldroom_pi.drivers.cpu_temperature import find_cpu_temperature, read_temperature
from fieldroom_pi.errors import ConfigError, DriverError
from fieldroom_pi.model import Sensor

METRICS: dict[str, Sensor] = {
    sensor.key: sensor
    for sensor in (
        Sensor("cpu_temperature", "CPU temperature", "°C", "temperature"),
        Sensor("cpu_percent", "CPU use", "%", "percent"),
        Sensor("load_1m", "Load (1 min)", "", "load"),
        Sensor("memory_percent", "Memory use", "%", "percent"),
        Sensor("disk_percent", "Disk use", "%", "percent"),
        Sensor("uptime", "Uptime", "s", "duration"),
    )
}
# Uptime is a straight line until the machine restarts; those who want it ask for it.
DEFAULT_METRICS = tuple(key for key in METRICS if key != "uptime")

# Time over which the first processor use is taken, when there is no earlier reading to compare with.
_FIRST_CPU_WINDOW_S = 0.2


class HostDriver(Driver):
    """Reads the machine that it runs on.

    metrics: which of METRICS; sysfs: where the kernel's sysfs is; disk: a path on the file system to report.
    A processor temperature is listed only where the machine has a sensor for it.
    """

    name = "host"

    def __init__(self, metrics: Sequence[str] = DEFAULT_METRICS, sysfs: Path = Path("/sys"), disk: str = "/") -> None:
        self._metrics = tuple(metrics)
        self._sysfs = sysfs
        self._disk = disk
        self._temperature_file: Path | None = None
        self._cpu_seen = False
        self._readers: dict[str, Callable[[], float]] = {
            "cpu_temperature": self._cpu_temperature,
            "cpu_percent": self._cpu_percent,
            "load_1m": lambda: os.getloadavg()[0],
            "memory_percent": lambda: psutil.virtual_memory().percent,
            "disk_percent": lambda: psutil.disk_usage(self._disk).percent,
            "uptime": lambda: round(time.time() - psutil.boot_time()),
        }

    @classmethod
    def from_options(cls, options: Mapping[str, object]) -> HostDriver:
        """Options: ``metrics`` (list of keys), ``sysfs`` and ``disk`` (paths)."""
        refuse_unknown("host", options, ("metrics", "sysfs", "disk"))
        metrics = options.get("metrics", list(DEFAULT_METRICS))
        if not isinstance(metrics, list) or not metrics or not all(metric in METRICS for metric in metrics):
            raise ConfigError(f"drivers: metrics of host must be a list out of {', '.join(METRICS)}")
        paths = {key: options.get(key, default) for key, default in (("sysfs", "/sys"), ("disk", "/"))}
        for key, value in paths.items():
            if not isinstance(value, str) or not value.startswith("/"):
                raise ConfigError(f"drivers: {key} of host must be an absolute path")
        return cls(metrics=metrics, sysfs=Path(str(paths["sysfs"])), disk=str(paths["disk"]))

    def sensors(self) -> Sequence[Sensor]:
        """The metrics asked for, without the temperature where there is no sensor."""
        if "cpu_temperature" in self._metrics and self._temperature_file is None:
            self._temperature_file = find_cpu_temperature(self._sysfs)
        return [METRICS[key] for key in self._metrics if key != "cpu_temperature" or self._temperature_file is not None]

    def read(self) -> Mapping[str, float | DriverError]:
        """Each metric by itself: one that fails leaves the others their values."""
        return {sensor.key: self._value(sensor.key) for sensor in self.sensors()}

    def _value(self, key: str) -> float | DriverError:
        try:
            return self._readers[key]()
        except DriverError as error:
            return error
        except (OSError, psutil.Error) as error:
            return DriverError(str(error))

    def _cpu_temperature(self) -> float:
        assert self._temperature_file is not None
        try:
            return read_temperature(self._temperature_file)
        except DriverError:
            # hwmon numbers move when a module is loaded again; the sensor may be under another name now.
            self._temperature_file = find_cpu_temperature(self._sysfs) or self._temperature_file
            return read_temperature(self._temperature_file)

    def _cpu_percent(self) -> float:
        # Without an earlier call psutil answers with a meaningless 0.0; afterwards it gives the mean since that call.
        window = None if self._cpu_seen else _FIRST_CPU_WINDOW_S
        self._cpu_seen = True
        return float(psutil.cpu_percent(interval=window))
