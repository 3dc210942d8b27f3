"""What time it is, in the two forms the platform stores: one place, so that tests can hold it still."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Clock = Callable[[], int]
"""Says how many milliseconds have passed since 1970-01-01T00:00:00Z."""


def system_clock() -> int:
    """The machine's own clock."""
    return time.time_ns() // 1_000_000


_clock: ContextVar[Clock] = ContextVar("clock", default=system_clock)


@contextmanager
def told_by(clock: Clock) -> Iterator[None]:
    """Run the block by another clock."""
    before = _clock.set(clock)
    try:
        yield
    finally:
        _clock.reset(before)


def now_ms() -> int:
    """Milliseconds since 1970-01-01T00:00:00Z."""
    return _clock.get()()


def now() -> datetime:
    """The time in UTC, cut to milliseconds: what BSON can hold, so that a round trip is exact."""
    return from_ms(now_ms())


def from_ms(ms: int) -> datetime:
    """The UTC datetime of `ms` milliseconds since the epoch."""
    return _EPOCH + timedelta(milliseconds=ms)


def rfc3339(moment: datetime) -> str:
    """`moment` (aware) as RFC 3339 in UTC with milliseconds and Z: 2026-11-20T09:30:00.000Z."""
    # Each message is told its time twice, and strftime takes several times as long.
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
