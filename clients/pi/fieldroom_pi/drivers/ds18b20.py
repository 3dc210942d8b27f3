"""DS18B20 and its relatives on the 1-Wire bus, through the kernel's w1_therm driver.

Sources: Documentation/w1/slaves/w1_therm.rst for the files; the DS18B20 data sheet for the scratchpad, its CRC
(x^8 + x^5 + x^4 + 1) and the power-on temperature of 85 °C.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from fieldroom_pi.drivers.base import Driver
from fieldroom_pi.drivers.options import Options
from fieldroom_pi.drivers.sysfs import read_number, read_text
from fieldroom_pi.errors import DriverError
from fieldroom_pi.model import Sensor

# Family codes of w1_therm: DS18S20, DS1822, DS18B20, DS1825/MAX31850, DS28EA00.
_DEVICE = re.compile(r"(10|22|28|3b|42)-[0-9a-f]{12}")
_SCRATCHPAD = re.compile(r"^((?:[0-9a-f]{2} ){9}): crc=[0-9a-f]{2} (YES|NO)$", re.MULTILINE)
_TEMPERATURE = re.compile(r"t=(-?\d+)\s*$")

_RANGE = (-55.0, 125.0)
_POWER_ON = 85.0
# A sensor that was this warm a moment ago may well be at 85 °C now; one that was not has lost its supply.
_NEAR_POWER_ON = 80.0


class Ds18b20Driver(Driver):
    """Every thermometer on the 1-Wire bus; each is a sensor whose key is its ROM code, such as ``28-0316a2795aff``.

    names: what people read, by key; sysfs: where the kernel's sysfs is.
    """

    name = "ds18b20"
    # A conversion with 12 bits takes 750 ms, and the kernel makes the conversions one after another.
    min_interval_ms = 1_000

    def __init__(self, names: Mapping[str, str] | None = None, sysfs: Path = Path("/sys")) -> None:
        self._names = dict(names or {})
        self._devices = sysfs / "bus/w1/devices"
        self._last: dict[str, float] = {}

    @classmethod
    def from_options(cls, options: Mapping[str, object]) -> Ds18b20Driver:
        """Options: ``names`` (a table from ROM code to name) and ``sysfs`` (a path)."""
        read = Options("ds18b20", options, ("names", "sysfs"))
        return cls(read.names("names"), read.path("sysfs", "/sys"))

    def sensors(self) -> Sequence[Sensor]:
        """The thermometers that the bus master has found."""
        try:
            found = sorted(path.name for path in self._devices.iterdir() if _DEVICE.fullmatch(path.name))
        except FileNotFoundError as error:
            raise DriverError(
                f"{self._devices} is missing: switch the 1-Wire bus on (dtoverlay=w1-gpio) and restart"
            ) from error
        return [Sensor(key, self._names.get(key, f"Thermometer {key}"), "°C", "temperature") for key in found]

    def read(self) -> Mapping[str, float | DriverError]:
        """Each thermometer by itself; one with a loose wire leaves the others their values."""
        return {sensor.key: self._one(sensor.key) for sensor in self.sensors()}

    def _one(self, key: str) -> float | DriverError:
        try:
            celsius = read_thermometer(self._devices / key)
        except DriverError as error:
            return error
        if celsius == _POWER_ON and self._last.get(key, 0.0) < _NEAR_POWER_ON:
            return DriverError("85 °C, the value after power-on: the conversion failed, check the sensor's supply")
        self._last[key] = celsius
        return celsius


def read_thermometer(device: Path) -> float:
    """Degrees Celsius of one device's folder. Raises DriverError for a failed CRC and for what cannot be.

    ``w1_slave`` comes first as it has the bytes that the sensor sent, with their CRC; ``temperature`` is where that is
    missing.
    """
    slave = device / "w1_slave"
    celsius = _from_scratchpad(slave) if slave.exists() else read_number(device / "temperature") / 1000
    if not _RANGE[0] <= celsius <= _RANGE[1]:
        raise DriverError(f"{celsius} °C is outside of what the sensor can measure")
    return celsius


def _from_scratchpad(slave: Path) -> float:
    text = read_text(slave)
    scratchpad, temperature = _SCRATCHPAD.search(text), _TEMPERATURE.search(text)
    if not scratchpad or not temperature:
        raise DriverError(f"{slave}: is not as w1_therm writes it")
    sent = bytes.fromhex(scratchpad.group(1))
    if scratchpad.group(2) != "YES" or crc8(sent) != 0:
        raise DriverError("CRC of the sensor's answer is wrong: check the wiring and the pull-up resistor")
    if not any(sent):
        # Nine zeros have a right CRC, and would be 0 °C.
        raise DriverError("the sensor's answer is all zeros: its data line is shorted to ground")
    return int(temperature.group(1)) / 1000


def crc8(data: bytes) -> int:
    """The CRC of the 1-Wire bus; zero over data that ends with its own CRC."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x8C if crc & 1 else crc >> 1
    return crc
