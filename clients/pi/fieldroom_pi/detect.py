"""Which sensors are attached: what ``init`` writes into a first configuration."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fieldroom_pi.drivers.bme280 import ADDRESSES, BME280_ID, BMP280_IDS, I2cBus, open_bus
from fieldroom_pi.drivers.ds18b20 import Ds18b20Driver
from fieldroom_pi.drivers.iio import CHANNELS, find_device
from fieldroom_pi.drivers.sysfs import read_optional
from fieldroom_pi.errors import DriverError

_CHIP_ID = 0xD0


@dataclass(frozen=True)
class Found:
    """A ``[[drivers]]`` table for the configuration, and what it is for people."""

    what: str
    toml: str


def detect(
    sysfs: Path = Path("/sys"), dev: Path = Path("/dev"), opener: Callable[[int], I2cBus] = open_bus
) -> tuple[list[Found], list[str]]:
    """What is attached, and hints at what would make more of it visible.

    Only reads: of an I2C device nothing but the chip's number, at the two addresses that are looked at. A host table
    is not among it.
    """
    hints: list[str] = []
    found = [*_one_wire(sysfs), *_kernel(sysfs), *_i2c(dev, opener, hints)]
    return found, hints


def _one_wire(sysfs: Path) -> list[Found]:
    try:
        keys = [sensor.key for sensor in Ds18b20Driver(sysfs=sysfs).sensors()]
    except DriverError:
        return []
    if not keys:
        return []
    names = "".join(f'# "{key}" = "Thermometer {n}"\n' for n, key in enumerate(keys, 1))
    text = f'[[drivers]]\ntype = "ds18b20"\n# [drivers.names]\n{names}'
    return [Found(f"{len(keys)} thermometer(s) on the 1-Wire bus", text)]


def _kernel(sysfs: Path) -> list[Found]:
    found = []
    if find_device(sysfs, r"dht(11|22)(@.*)?"):
        found.append(Found("a DHT sensor", '[[drivers]]\ntype = "dht22"\n'))
    if find_device(sysfs, r"mcp300[48]"):
        text = (
            '[[drivers]]\ntype = "mcp3008"\n[[drivers.channels]]    # one for each pin that is wired\nchannel = 0\n'
            '# key = "soil"\n# unit = "%"\n# scale = 30.3         # value = scale * volts + offset\n'
        )
        found.append(Found("an analogue-to-digital converter, with channel 0", text))
    for folder in sorted((sysfs / "bus/iio/devices").glob("iio:device*")):
        name = read_optional(folder / "name")
        known = re.fullmatch(r"dht(11|22)(@.*)?|mcp300[48]", name)
        if name and not known and any((folder / channel.file).exists() for channel in CHANNELS):
            found.append(Found(f"{name}, which the kernel serves", f'[[drivers]]\ntype = "iio"\ndevice = "{name}"\n'))
    return found


def _i2c(dev: Path, opener: Callable[[int], I2cBus], hints: list[str]) -> list[Found]:
    found: list[Found] = []
    # Buses from 10 on are the graphics', for the identification of screens.
    numbers = sorted(int(path.name[4:]) for path in dev.glob("i2c-*") if re.fullmatch(r"i2c-\d", path.name))
    for number in numbers:
        try:
            bus = opener(number)
        except DriverError as error:
            hints.append(str(error))
            continue
        try:
            for address in ADDRESSES:
                chip = _chip_id(bus, address)
                if chip == BME280_ID or chip in BMP280_IDS:
                    name = "bme280" if chip == BME280_ID else "bmp280"
                    taken = any(f'"{name}"' in other.toml for other in found)
                    key = f'key = "{name}_{address:x}"\n' if taken else ""
                    text = f'[[drivers]]\ntype = "{name}"\nbus = {number}\naddress = {address:#x}\n{key}'
                    found.append(Found(f"{name.upper()} at {address:#x} of I2C bus {number}", text))
        finally:
            bus.close()
    return found


def _chip_id(bus: I2cBus, address: int) -> int:
    try:
        return bus.read_i2c_block_data(address, _CHIP_ID, 1)[0]
    except OSError:
        return -1
