"""What the tests of this client share. A module of its own: ``conftest`` is a name that other suites have as well."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from fieldroom_pi.clock import Clock
from fieldroom_pi.drivers.base import Driver
from fieldroom_pi.errors import DriverError
from fieldroom_pi.model import Reading, Sample, Sensor
from fieldroom_pi.uplink import Timing

HERE = Path(__file__).parent

QUICK = Timing(
    connect=2.0,
    announce=1.0,
    ack=0.4,
    reconnect_first=0.05,
    reconnect_max=0.2,
    refused_first=0.2,
    refused_max=0.3,
    linger=0.01,
    flush=2.0,
    idle=0.2,
)


def eventually(condition: Callable[[], object], what: str, within_s: float = 10.0) -> None:
    """Wait until the condition holds; fail with ``what`` otherwise."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}"
        time.sleep(0.01)


class CountingDriver(Driver):
    """A sensor that counts its readings, so that every one is told from every other; or whatever a test makes of it."""

    def __init__(
        self, key: str = "count", extra: Mapping[str, Callable[[], float | DriverError]] | None = None
    ) -> None:
        self.name = key
        self.keys = [key]
        self.extra = dict(extra or {})
        self.made: list[float] = []
        self.opened = 0
        self.closed = 0
        self.broken: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()
        self._next = itertools.count()

    @classmethod
    def from_options(cls, options: Mapping[str, object]) -> CountingDriver:
        return cls()

    def open(self) -> None:
        self.opened += 1

    def close(self) -> None:
        self.closed += 1

    def sensors(self) -> list[Sensor]:
        return [Sensor(key, key.title(), "", "number") for key in [*self.keys, *self.extra]]

    def read(self) -> Mapping[str, float | DriverError]:
        self.gate.wait()
        if self.broken is not None:
            raise self.broken
        values: dict[str, float | DriverError] = {key: float(next(self._next)) for key in self.keys}
        self.made.extend(value for value in values.values() if isinstance(value, float))
        values.update((key, make()) for key, make in self.extra.items())
        return values


class FakeClock(Clock):
    """A machine whose clocks a test sets: wall time, time since boot, and who keeps it right."""

    def __init__(self, wall_ms: int = 1_790_000_000_000, boot_ms: int = 5_000, ntp: bool = False) -> None:
        self.wall = wall_ms
        self.boot = boot_ms
        self.ntp = ntp
        self.rtc = False
        self.name = "first-boot"

    def pass_ms(self, ms: int) -> None:
        """Let time pass."""
        self.wall += ms
        self.boot += ms

    def step_ms(self, ms: int) -> None:
        """Set the wall clock, which no time service has looked at since."""
        self.wall += ms
        self.ntp = False

    def now_ms(self) -> int:
        return self.wall

    def boot_ms(self) -> int:
        return self.boot

    def boot_id(self) -> str:
        return self.name

    def ntp_synchronised(self) -> bool:
        return self.ntp

    def set_by_rtc(self) -> bool:
        return self.rtc


def sample(key: str, n: int) -> Sample:
    """The n-th reading of a sensor as a driver gives it, n ms after the machine's start."""
    return Sample(key, n, float(n))


def reading(key: str, n: int) -> Reading:
    """The n-th reading of a sensor, with a timestamp of its own."""
    return Reading(key, 1_700_000_000_000 + n, float(n))
