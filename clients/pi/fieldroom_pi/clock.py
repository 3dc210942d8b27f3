"""Time and randomness, in one place so that a test can hold them still."""

from __future__ import annotations

import random
import time


class Clock:
    """The two clocks: wall time for what is recorded, monotonic time for what is waited for."""

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds on a clock that is never set."""
        return time.monotonic()


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
