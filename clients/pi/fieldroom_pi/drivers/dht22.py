"""DHT22 (AM2302), DHT21 and DHT11 through the kernel's dht11 driver.

The sensor answers with pulses whose lengths are the bits. A program that is interrupted in between misreads them, so
the timing is left to the kernel, which takes it from interrupts and checks the checksum: ``dtoverlay=dht11,gpiopin=4``.
Source: drivers/iio/humidity/dht11.c: an answer is kept for 2 s; EIO stands for a wrong checksum or edges that were
missed, ETIMEDOUT for no answer at all.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from fieldroom_pi.drivers.iio import IioDriver
from fieldroom_pi.drivers.options import Options
from fieldroom_pi.drivers.sysfs import read_number
from fieldroom_pi.errors import DriverError

_TRANSIENT = frozenset({errno.EIO, errno.ETIMEDOUT, errno.EAGAIN, errno.EBUSY})
_ATTEMPTS = 4
_REST_S = 2.1


class Dht22Driver(IioDriver):
    """Temperature and humidity of one sensor.

    device: the IIO device, as a regular expression; key, label: as for IioDriver; rest: waits between two attempts.
    """

    # The sensor itself needs this rest between two answers.
    min_interval_ms = 2_000

    def __init__(
        self,
        device: str = r"dht(11|22)(@.*)?",
        key: str = "dht22",
        label: str = "DHT22",
        sysfs: Path = Path("/sys"),
        rest: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(device, key, label, sysfs)
        self.name = key
        self._rest = rest

    @classmethod
    def from_options(cls, options: Mapping[str, object]) -> Dht22Driver:
        """Options: ``device`` (such as ``iio:device1``, where there are several), ``key``, ``name`` and ``sysfs``."""
        read = Options("dht22", options, ("device", "key", "name", "sysfs"))
        return cls(
            read.text("device") or r"dht(11|22)(@.*)?",
            read.text("key") or "dht22",
            read.text("name") or "DHT22",
            read.path("sysfs", "/sys"),
        )

    def read_file(self, path: Path) -> float:
        """One channel. Every few answers of this sensor are spoilt: it is asked up to four times, 2.1 s apart."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return read_number(path)
            except DriverError as error:  # noqa: PERF203 - four rounds at most
                cause = error.__cause__
                if not isinstance(cause, OSError) or cause.errno not in _TRANSIENT or attempt == _ATTEMPTS:
                    raise
                self._rest(_REST_S)
        raise AssertionError("the last attempt returns or raises")

    def missing(self) -> str:
        """What to say where the overlay is not loaded."""
        return "no DHT sensor in sysfs: put dtoverlay=dht11,gpiopin=4 (your pin) into config.txt and restart"
