"""Time and randomness, in one place so that a test can hold them still."""

from __future__ import annotations

import ctypes
import random
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

_CLOCK_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_RTC = Path("/sys/class/rtc")
_TIMESYNCD = Path("/run/systemd/timesync/synchronized")
_STA_UNSYNC = 0x0040
_TIME_ERROR = 5


class Clock:
    """The machine's clocks: wall time, time since boot for when something was measured, monotonic time for waiting."""

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch, as the machine believes; whoever is root may set it to anything."""
        return time.time_ns() // 1_000_000

    def boot_ms(self) -> int:
        """Milliseconds since the machine started, sleep included; never set by anybody."""
        return time.clock_gettime_ns(_CLOCK_BOOTTIME) // 1_000_000

    def monotonic(self) -> float:
        """Seconds on a clock that is never set."""
        return time.monotonic()

    def boot_id(self) -> str:
        """A name of the present run of the machine, from the kernel; without one, of the present hour of its start."""
        try:
            return _BOOT_ID.read_text(encoding="ascii").strip()
        except OSError:
            return f"started-{(self.now_ms() - self.boot_ms()) // 3_600_000}"

    def ntp_synchronised(self) -> bool:
        """Whether a time service keeps the wall clock right, as the kernel has it (adjtimex(2)).

        Setting the clock by hand clears the kernel's mark, until the service has compared it again.
        """
        state = _adjtimex()
        return _TIMESYNCD.exists() if state is None else state

    def set_by_rtc(self) -> bool:
        """Whether the kernel took the wall clock from a battery-backed clock at boot (sysfs, ``hctosys``)."""
        return any(_text(file) == "1" for file in _RTC.glob("rtc*/hctosys"))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except OSError:
        return ""


class _Timeval(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("fraction", ctypes.c_long))


class _Timex(ctypes.Structure):
    # struct timex of the C library; what follows tick is not of interest, but the kernel writes it.
    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("frequency", ctypes.c_long),
        ("max_error", ctypes.c_long),
        ("estimated_error", ctypes.c_long),
        ("status", ctypes.c_int),
        ("constant", ctypes.c_long),
        ("precision", ctypes.c_long),
        ("tolerance", ctypes.c_long),
        ("time", _Timeval),
        ("tick", ctypes.c_long),
        ("rest", ctypes.c_byte * 256),
    )


@lru_cache(maxsize=1)
def _function() -> Callable[[object], int] | None:
    found: Callable[[object], int] | None = getattr(ctypes.CDLL(None), "adjtimex", None)
    return found


def _adjtimex() -> bool | None:
    """Whether the kernel calls its clock synchronised; None where it cannot be asked."""
    function = _function()
    if function is None:
        return None
    timex = _Timex()
    state = function(ctypes.byref(timex))
    if state < 0:
        return None
    return bool(state != _TIME_ERROR and not timex.status & _STA_UNSYNC)


class Schedule:
    """Due times on a fixed grid of the monotonic clock.

    Each due time is computed from the origin, so neither the length of a reading nor a late wake-up adds up to drift.
    A due time that was missed altogether is left out: a machine that slept does not read its sensors in a burst.
    """

    def __init__(self, interval_ms: int, origin: float) -> None:
        self._interval = interval_ms / 1000
        self._origin = origin
        self._last = -1

    def next_due(self, now: float) -> float:
        """The first due time that is not before ``now`` and has not been given out (seconds, monotonic)."""
        behind = (now - self._origin) / self._interval
        self._last = max(self._last + 1, _ceil(behind))
        return self._origin + self._last * self._interval


def _ceil(x: float) -> int:
    # Waking a few microseconds late is still on time; without the tolerance such a tick would be skipped.
    return -int(-(x - 1e-3) // 1)


class Backoff:
    """Exponential delays with jitter (each between half and all of the doubled value), up to a maximum.

    The jitter keeps a hundred devices from returning to a restarted server in the same instant.
    """

    def __init__(self, first_s: float, maximum_s: float, rng: random.Random | None = None) -> None:
        self._first = first_s
        self._maximum = maximum_s
        self._rng = rng if rng is not None else random.Random()  # noqa: S311 - spreads load, protects nothing
        self._step = 0

    def next(self) -> float:
        """The next delay in seconds."""
        # The exponent is capped because 2.0**1024 overflows after months of an unreachable server.
        delay = min(self._first * 2.0 ** min(self._step, 30), self._maximum)
        self._step += 1
        return delay * self._rng.uniform(0.5, 1.0)

    def reset(self) -> None:
        """Start again from the first delay."""
        self._step = 0
