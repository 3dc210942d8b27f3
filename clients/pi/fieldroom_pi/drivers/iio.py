"""Sensors that the kernel serves itself, as devices of its Industrial I/O subsystem.

Source: Documentation/ABI/testing/sysfs-bus-iio: ``name``; processed channels ``in_<type>_input`` in milli degrees
Celsius, milli percent, kilopascal and lux; raw channels ``in_voltage<N>_raw`` with ``_offset`` and ``_scale``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from fieldroom_pi.drivers.base import Driver
from fieldroom_pi.drivers.options import Options
from fieldroom_pi.drivers.sysfs import read_number, read_optional
from fieldroom_pi.errors import DriverError
from fieldroom_pi.model import Sensor


class Channel(NamedTuple):
    """A processed channel: its file, what it measures, and the factor from the kernel's unit to ours."""

    file: str
    kind: str
    name: str
    unit: str
    factor: float
    low: float
    high: float


CHANNELS = (
    Channel("in_temp_input", "temperature", "temperature", "°C", 0.001, -100.0, 200.0),
    Channel("in_humidityrelative_input", "humidity", "humidity", "%", 0.001, 0.0, 100.0),
    Channel("in_pressure_input", "pressure", "pressure", "hPa", 10.0, 100.0, 1300.0),
    Channel("in_illuminance_input", "illuminance", "illuminance", "lx", 1.0, 0.0, 1_000_000.0),
)


def find_device(sysfs: Path, pattern: str) -> Path | None:
    """The folder of the first device whose name or folder matches the whole pattern, or None."""
    for folder in sorted((sysfs / "bus/iio/devices").glob("iio:device*"), key=_number):
        if re.fullmatch(pattern, read_optional(folder / "name")) or re.fullmatch(pattern, folder.name):
            return folder
    return None


def _number(folder: Path) -> int:
    digits = re.search(r"\d+$", folder.name)
    return int(digits.group()) if digits else 0


class IioDriver(Driver):
    """The temperature, humidity, pressure and illuminance of one device.

    device: its name (``bme280``) or folder (``iio:device0``), as a regular expression; key: begins the sensors' keys;
    label: what people read; sysfs: where the kernel's sysfs is.
    """

    def __init__(self, device: str, key: str, label: str = "", sysfs: Path = Path("/sys")) -> None:
        self._device = device
        self._key = key
        self._label = label or key
        self._sysfs = sysfs
        self.name = f"iio {key}"

    @classmethod
    def from_options(cls, options: Mapping[str, object]) -> IioDriver:
        """Options: ``device`` (needed), ``key`` (else the device), ``name`` and ``sysfs``."""
        read = Options("iio", options, ("device", "key", "name", "sysfs"))
        device = read.text("device")
        if not device:
            raise read.wrong("device", "the name of an IIO device, as in /sys/bus/iio/devices/*/name")
        key = read.text("key") or re.sub(r"[^a-z0-9_.-]", "-", device.lower())
        return cls(re.escape(device), key, read.text("name"), read.path("sysfs", "/sys"))

    def sensors(self) -> Sequence[Sensor]:
        """The channels that the device has."""
        return [
            Sensor(f"{self._key}_{channel.kind}", f"{self._label} {channel.name}", channel.unit, channel.kind)
            for channel in self._channels()
        ]

    def read(self) -> Mapping[str, float | DriverError]:
        """Each channel by itself."""
        folder = self._folder()
        return {f"{self._key}_{channel.kind}": self._value(folder, channel) for channel in self._channels()}

    def read_file(self, path: Path) -> float:
        """The number in a channel's file; a subclass may insist."""
        return read_number(path)

    def _value(self, folder: Path, channel: Channel) -> float | DriverError:
        try:
            value = round(self.read_file(folder / channel.file) * channel.factor, 6)
        except DriverError as error:
            return error
        if not channel.low <= value <= channel.high:
            return DriverError(f"{value:g} {channel.unit} cannot be")
        return value

    def _channels(self) -> list[Channel]:
        folder = self._folder()
        return [channel for channel in CHANNELS if (folder / channel.file).exists()]

    def _folder(self) -> Path:
        # Looked for each time: the numbers change when an overlay is loaded again.
        folder = find_device(self._sysfs, self._device)
        if folder is None:
            raise DriverError(self.missing())
        return folder

    def missing(self) -> str:
        """What to say where there is no such device."""
        return f"no IIO device {self._device} in {self._sysfs / 'bus/iio/devices'}: is its overlay or module loaded?"
