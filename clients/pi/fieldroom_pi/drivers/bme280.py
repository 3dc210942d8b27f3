"""Bosch BME280 (temperature, humidity, pressure) and BMP280 (without humidity) on I2C.

The bus is smbus2's (maintained, MIT, pure Python). The chips' own arithmetic is here and not in a library: of those
that exist one needs a whole GPIO stack and waits for ever on a stuck bus, one has had no release since 2021, and
none takes both chips. Sources: data sheets BST-BME280-DS002 (registers 5.3, compensation in floating point 8.1,
conversion time 9.1) and BST-BMP280-DS001 (3.11, 3.12).
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from fieldroom_pi.drivers.base import Driver
from fieldroom_pi.drivers.options import Options
from fieldroom_pi.errors import DriverError
from fieldroom_pi.model import Sensor

ADDRESSES = (0x76, 0x77)
BME280_ID = 0x60
BMP280_IDS = (0x58, 0x57, 0x56)

_ID, _RESET, _CTRL_HUM, _STATUS, _CTRL_MEAS, _CONFIG, _DATA = 0xD0, 0xE0, 0xF2, 0xF3, 0xF4, 0xF5, 0xF7
_MEASURING, _UPDATING = 0x08, 0x01
# Oversampling x1 of everything, one conversion and then sleep: the data sheet's setting for weather.
_FORCED = 0b001_001_01
_SKIPPED_20, _SKIPPED_16 = 0x80000, 0x8000
# 9.3 ms at most at x1; ten times that is a chip that does not work.
_READY_WITHIN_S = 0.1
_LIMITS = {"temperature": (-40.0, 85.0), "humidity": (0.0, 100.0), "pressure": (300.0, 1100.0)}
_UNITS = {"temperature": "°C", "humidity": "%", "pressure": "hPa"}


class I2cBus(Protocol):
    """What is needed of smbus2.SMBus."""

    def read_i2c_block_data(self, i2c_addr: int, register: int, length: int) -> list[int]: ...

    def write_byte_data(self, i2c_addr: int, register: int, value: int) -> None: ...

    def close(self) -> None: ...


def open_bus(number: int) -> I2cBus:
    """The bus /dev/i2c-<number>. Raises DriverError."""
    try:
        from smbus2 import SMBus
    except ImportError as error:
        raise DriverError("the package smbus2 is missing: pip install 'fieldroom-pi[i2c]'") from error
    try:
        bus: I2cBus = SMBus(number)
    except OSError as error:
        raise DriverError(f"/dev/i2c-{number}: {error.strerror}: is I2C switched on (raspi-config)?") from error
    return bus


@dataclass(frozen=True)
class Trimming:
    """The constants that each chip was given when it was made, in the data sheet's order and numbering."""

    t: tuple[int, ...]
    p: tuple[int, ...]
    h: tuple[int, ...]

    def fine(self, adc: int) -> float:
        """The temperature in 1/5120 °C, which the other two compensations need."""
        t1, t2, t3 = self.t
        return (adc / 16384 - t1 / 1024) * t2 + (adc / 131072 - t1 / 8192) ** 2 * t3

    def pressure(self, adc: int, fine: float) -> float:
        """Pressure in hPa."""
        p1, p2, p3, p4, p5, p6, p7, p8, p9 = self.p
        x = fine / 2 - 64000
        offset = (x * x * p6 / 32768 + x * p5 * 2) / 4 + p4 * 65536
        gain = (1 + (p3 * x * x / 524288 + p2 * x) / 524288 / 32768) * p1
        if gain == 0:
            raise DriverError("the chip's trimming constants are empty")
        pascal = (1048576 - adc - offset / 4096) * 6250 / gain
        return (pascal + (p9 * pascal * pascal / 2147483648 + pascal * p8 / 32768 + p7) / 16) / 100

    def humidity(self, adc: int, fine: float) -> float:
        """Relative humidity in percent, within 0 to 100 as the data sheet cuts it."""
        h1, h2, h3, h4, h5, h6 = self.h
        x = fine - 76800
        bent = 1 + h3 / 67108864 * x
        raw = (adc - (h4 * 64 + h5 / 16384 * x)) * (h2 / 65536 * (1 + h6 / 67108864 * x * bent) * bent)
        return min(max(raw * (1 - h1 * raw / 524288), 0.0), 100.0)


class Bme280Driver(Driver):
    """One chip; which of the two it is, it says itself.

    bus: the number of the I2C bus; address: 0x76 or 0x77; key: begins the sensors' keys; label: what people read.
    """

    name = "bme280"

    def __init__(
        self,
        bus: int = 1,
        address: int = 0x76,
        key: str = "bme280",
        label: str = "",
        opener: Callable[[int], I2cBus] = open_bus,
    ) -> None:
        self._number = bus
        self._address = address
        self._key = key
        self._label = label or key.upper()
        self._opener = opener
        self._bus: I2cBus | None = None
        self._trimming: Trimming | None = None
        self.name = key

    @classmethod
    def from_options(cls, options: Mapping[str, object]) -> Bme280Driver:
        """Options: ``bus`` (1), ``address`` (0x76), ``key`` and ``name``."""
        read = Options(cls.name, options, ("bus", "address", "key", "name"))
        return cls(
            read.integer("bus", 1, 0, 255),
            read.integer("address", ADDRESSES[0], ADDRESSES[0], ADDRESSES[1]),
            read.text("key") or cls.name,
            read.text("name"),
        )

    def open(self) -> None:
        """Find the chip, reset it and read its trimming constants."""
        self._bus = self._opener(self._number)
        chip = self._read(_ID, 1)[0]
        if chip != BME280_ID and chip not in BMP280_IDS:
            raise DriverError(f"the chip at {self._address:#x} says {chip:#x}: neither a BME280 nor a BMP280")
        self._write(_RESET, 0xB6)
        time.sleep(0.003)
        self._wait_while(_UPDATING)
        self._write(_CONFIG, 0)
        self._trimming = self._read_trimming(has_humidity=chip == BME280_ID)

    def sensors(self) -> Sequence[Sensor]:
        """Temperature and pressure, and humidity if the chip measures it."""
        return [
            Sensor(f"{self._key}_{kind}", f"{self._label} {kind}", _UNITS[kind], kind)
            for kind in ("temperature", "humidity", "pressure")
            if kind != "humidity" or self._opened().h
        ]

    def read(self) -> Mapping[str, float | DriverError]:
        """One conversion: all values are of the same moment."""
        trimming = self._opened()
        if trimming.h:
            # Takes effect with the write to ctrl_meas that follows.
            self._write(_CTRL_HUM, 1)
        self._write(_CTRL_MEAS, _FORCED)
        time.sleep(0.01)
        self._wait_while(_MEASURING)
        data = self._read(_DATA, 8 if trimming.h else 6)
        adc_p, adc_t = (data[i] << 12 | data[i + 1] << 4 | data[i + 2] >> 4 for i in (0, 3))
        if _SKIPPED_20 in (adc_p, adc_t):
            raise DriverError("the chip did not measure: it has lost its settings, perhaps its supply")
        fine = trimming.fine(adc_t)
        values = {"temperature": fine / 5120, "pressure": trimming.pressure(adc_p, fine)}
        if trimming.h:
            adc_h = data[6] << 8 | data[7]
            if adc_h == _SKIPPED_16:
                raise DriverError("the chip did not measure humidity")
            values["humidity"] = trimming.humidity(adc_h, fine)
        return {f"{self._key}_{kind}": _within(kind, value) for kind, value in values.items()}

    def close(self) -> None:
        """Let go of the bus."""
        bus, self._bus, self._trimming = self._bus, None, None
        if bus is not None:
            bus.close()

    def _opened(self) -> Trimming:
        if self._trimming is None:
            raise DriverError("not open")
        return self._trimming

    def _read_trimming(self, has_humidity: bool) -> Trimming:
        words = struct.unpack("<HhhHhhhhhhhh", bytes(self._read(0x88, 24)))
        if not any(words[1:]) or words[0] in (0, 0xFFFF):
            raise DriverError("the chip's trimming constants are empty: it is damaged or the bus is")
        humidity: tuple[int, ...] = ()
        if has_humidity:
            h1 = self._read(0xA1, 1)[0]
            h2, h3, e4, e5, e6, h6 = struct.unpack("<hBbBbb", bytes(self._read(0xE1, 7)))
            # H4 and H5 are 12 bits each and share the byte at 0xE5.
            humidity = (h1, h2, h3, e4 << 4 | e5 & 0x0F, e6 << 4 | e5 >> 4, h6)
        return Trimming(words[:3], words[3:], humidity)

    def _wait_while(self, bit: int) -> None:
        deadline = time.monotonic() + _READY_WITHIN_S
        while self._read(_STATUS, 1)[0] & bit:
            if time.monotonic() > deadline:
                raise DriverError("the chip does not finish measuring")
            time.sleep(0.002)

    def _read(self, register: int, length: int) -> list[int]:
        assert self._bus is not None
        try:
            return self._bus.read_i2c_block_data(self._address, register, length)
        except OSError as error:
            raise DriverError(self._no_answer(error)) from error

    def _write(self, register: int, value: int) -> None:
        assert self._bus is not None
        try:
            self._bus.write_byte_data(self._address, register, value)
        except OSError as error:
            raise DriverError(self._no_answer(error)) from error

    def _no_answer(self, error: OSError) -> str:
        return f"no answer at address {self._address:#x} of I2C bus {self._number} ({error.strerror}): check the wiring"


class Bmp280Driver(Bme280Driver):
    """The same under the other chip's name, so that its sensors are called what is printed on it."""

    name = "bmp280"


def _within(kind: str, value: float) -> float | DriverError:
    low, high = _LIMITS[kind]
    if not low <= value <= high:
        return DriverError(f"{value:.2f} {_UNITS[kind]} is outside of what the chip can measure")
    return round(value, 3)
