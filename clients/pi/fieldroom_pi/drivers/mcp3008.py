"""MCP3008 and MCP3004: voltages at the pins of an analogue-to-digital converter on SPI.

Through the kernel's mcp320x driver (``dtoverlay=mcp3008:spi0-0-present``) where it is loaded, which needs no library,
or else through spidev. Sources: data sheet DS21295 (figure 6-1: three bytes for one conversion; equation 4-2:
code = 1024 Vin/Vref); Documentation/ABI/testing/sysfs-bus-iio: millivolts = (raw + offset) * scale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from fieldroom_pi.drivers.base import Driver
from fieldroom_pi.drivers.iio import find_device
from fieldroom_pi.drivers.numbers import Calibration
from fieldroom_pi.drivers.options import SENSOR_KEYS, Options
from fieldroom_pi.drivers.sysfs import read_number
from fieldroom_pi.errors import DriverError
from fieldroom_pi.model import Sensor

_CODES = 1024
_MAX_SPEED_HZ = 1_000_000
_IIO_NAME = r"mcp300[48]"


class Spi(Protocol):
    """What is needed of spidev.SpiDev."""

    def xfer2(self, values: list[int]) -> list[int]: ...

    def close(self) -> None: ...


def open_spi(bus: int, device: int) -> Spi:
    """The device /dev/spidev<bus>.<device>. Raises DriverError."""
    try:
        from spidev import SpiDev
    except ImportError as error:
        raise DriverError(
            "neither the kernel's mcp3008 (dtoverlay=mcp3008:spi0-0-present) nor the package spidev is there: "
            "pip install 'fieldroom-pi[spi]'"
        ) from error
    spi = SpiDev()
    try:
        spi.open(bus, device)
        spi.max_speed_hz = _MAX_SPEED_HZ
        spi.mode = 0
    except OSError as error:
        spi.close()
        raise DriverError(f"/dev/spidev{bus}.{device}: {error.strerror}: is SPI switched on (raspi-config)?") from error
    opened: Spi = spi
    return opened


@dataclass(frozen=True)
class Channel:
    """One pin: its number, what it measures, and how volts become that."""

    number: int
    sensor: Sensor
    calibration: Calibration


class Mcp3008Driver(Driver):
    """The channels that are wired.

    vref: volts at the reference pin, for spidev (the kernel has its own); bus, device: of SPI; backend: ``auto`` takes
    the kernel's driver where it is loaded; sysfs: where the kernel's sysfs is.
    """

    name = "mcp3008"

    def __init__(
        self,
        channels: Sequence[Channel],
        vref: float = 3.3,
        bus: int = 0,
        device: int = 0,
        backend: str = "auto",
        sysfs: Path = Path("/sys"),
        opener: Callable[[int, int], Spi] = open_spi,
    ) -> None:
        self._channels = list(channels)
        self._vref = vref
        self._where = (bus, device)
        self._backend = backend
        self._sysfs = sysfs
        self._opener = opener
        self._folder: Path | None = None
        self._spi: Spi | None = None

    @classmethod
    def from_options(cls, options: Mapping[str, object]) -> Mcp3008Driver:
        """Options: ``channels`` (tables with ``channel`` 0-7, ``key``, ``name``, ``unit``, ``kind``, ``scale`` and
        ``offset``: value = scale * volts + offset), ``vref``, ``bus``, ``device``, ``backend``, ``sysfs``.
        """
        read = Options("mcp3008", options, ("channels", "vref", "bus", "device", "backend", "sysfs"))
        vref = read.number("vref", 3.3)
        if not 0 < vref <= 5.5:
            raise read.wrong("vref", "the volts at the reference pin, up to 5.5")
        return cls(
            [_channel(table) for table in read.tables("channels")],
            vref,
            read.integer("bus", 0, 0, 9),
            read.integer("device", 0, 0, 9),
            read.choice("backend", ("auto", "iio", "spidev")),
            read.path("sysfs", "/sys"),
        )

    def open(self) -> None:
        """Find the kernel's driver, or open the SPI device."""
        if self._backend != "spidev":
            self._folder = find_device(self._sysfs, _IIO_NAME)
            if self._folder is not None:
                return
            if self._backend == "iio":
                raise DriverError("no mcp3008 in /sys/bus/iio/devices: dtoverlay=mcp3008:spi0-0-present")
        self._spi = self._opener(*self._where)

    def sensors(self) -> Sequence[Sensor]:
        """The sensors on the channels of the configuration."""
        return [channel.sensor for channel in self._channels]

    def read(self) -> Mapping[str, float | DriverError]:
        """Each channel by itself, after calibration."""
        return {channel.sensor.key: self._value(channel) for channel in self._channels}

    def close(self) -> None:
        """Let go of the SPI device."""
        spi, self._spi, self._folder = self._spi, None, None
        if spi is not None:
            spi.close()

    def _value(self, channel: Channel) -> float | DriverError:
        try:
            volts = self._volts(channel.number)
        except DriverError as error:
            return error
        return round(channel.calibration.apply(volts), 6)

    def _volts(self, number: int) -> float:
        if self._folder is not None:
            raw = read_number(self._folder / f"in_voltage{number}_raw")
            offset, scale = (self._attribute(number, name) for name in ("offset", "scale"))
            return (raw + (offset or 0.0)) * (1.0 if scale is None else scale) / 1000
        if self._spi is None:
            raise DriverError("not open")
        try:
            answer = self._spi.xfer2([0x01, (0x08 | number) << 4, 0x00])
        except OSError as error:
            raise DriverError(f"SPI: {error.strerror}") from error
        if answer[1] & 0x04:
            # The chip sends a null bit before the ten bits; a line that nobody drives stays high.
            raise DriverError("no answer from the converter: check the wiring")
        return ((answer[1] & 0x03) << 8 | answer[2]) * self._vref / _CODES

    def _attribute(self, number: int, name: str) -> float | None:
        # A channel's own attribute comes before the one that all share.
        assert self._folder is not None
        for file in (f"in_voltage{number}_{name}", f"in_voltage_{name}"):
            if (self._folder / file).exists():
                return read_number(self._folder / file)
        return None


def _channel(table: Mapping[str, object]) -> Channel:
    read = Options("mcp3008's channels", table, ("channel", "scale", "offset", *SENSOR_KEYS))
    number = read.integer("channel", None, 0, 7)
    described = {"key": f"mcp3008_{number}", "name": f"Channel {number}", "unit": "V", "kind": "voltage", **table}
    return Channel(number, Options("mcp3008's channels", described, list(described)).sensor(), Calibration.of(read))
