"""Readings, their rollups, and the marks that say which rollups are out of date.

A reading's id is its sensor's number and its time in one integer. So (sensor, time) is unique without a second index, one
sensor's readings lie side by side in the order of time, and a range of time is a range of ids: on SQLite with half the
bytes, and less than half the time to insert and to read, of a document with an ObjectId and an index on (sensor, time).
"""

from datetime import datetime

from models.odm import Document, Index

TS_BITS = 42
"""Bits of a time in ms: enough until the year 2109. 21 more, for over two million sensors, fill a signed 64-bit integer."""

MAX_TS = (1 << TS_BITS) - 1
MAX_NUMBER = (1 << 63 - TS_BITS) - 1

MINUTE_MS = 60_000
TEN_MINUTES_MS = 10 * MINUTE_MS
HOUR_MS = 60 * MINUTE_MS
SIX_HOURS_MS = 6 * HOUR_MS
DAY_MS = 24 * HOUR_MS


def timed_id(number: int, ts: int) -> int:
    """The id of what the sensor of that number has at `ts` (ms since the epoch, 0 to MAX_TS)."""
    return number << TS_BITS | ts


def number_of(timed_id: int) -> int:
    """The sensor's number in an id."""
    return timed_id >> TS_BITS


def ts_of(timed_id: int) -> int:
    """The time in an id, in ms since the epoch."""
    return timed_id & MAX_TS


def between(number: int, start: int, end: int) -> dict[str, dict[str, int]]:
    """The filter for what the sensor of that number has from `start` to `end`, both included, in ms since the epoch.

    Times that no reading can have are taken for the nearest that one can.
    """
    first, last = max(0, min(start, MAX_TS)), min(end, MAX_TS)
    if last < first or start > MAX_TS:
        return {"_id": {"$gt": timed_id(number, 0), "$lt": timed_id(number, 0)}}
    return {"_id": {"$gte": timed_id(number, first), "$lte": timed_id(number, last)}}


class Reading(Document):
    """One value, in its sensor's unit. The name of the field is short because it is stored with each of them."""

    class Settings:
        collection = "readings"
        indexes = ()
        clustered = True

    id: int  # type: ignore[assignment]  # not every id is an ObjectId
    v: float


class Rollup(Document):
    """What the readings of one bucket of time come to; its id holds the sensor and the start of the bucket.

    rest is what rounding left out of sum: what wider buckets add up is both.

    fence is the number of the lease under which it was written: a worker that lost its lease without noticing cannot
    overwrite what its successor wrote.
    """

    id: int  # type: ignore[assignment]  # not every id is an ObjectId
    count: int  # type: ignore[assignment]  # the field hides the class method, see Document
    sum: float
    rest: float = 0.0
    min: float
    max: float
    first: float
    last: float
    fence: int


class MinuteRollup(Rollup):
    class Settings:
        collection = "rollups_minute"
        indexes = ()
        clustered = True


class TenMinuteRollup(Rollup):
    class Settings:
        collection = "rollups_ten_minutes"
        indexes = ()
        clustered = True


class HourRollup(Rollup):
    class Settings:
        collection = "rollups_hour"
        indexes = ()
        clustered = True


class SixHourRollup(Rollup):
    class Settings:
        collection = "rollups_six_hours"
        indexes = ()
        clustered = True


class DayRollup(Rollup):
    class Settings:
        collection = "rollups_day"
        indexes = ()
        clustered = True


class RollupMark(Document):
    """Says that minutes of sensors got readings and have to be aggregated (again), from `due_at` on.

    minutes: the ids of the minute rollups, as packed 64-bit integers (array type "q", little-endian).
    """

    class Settings:
        collection = "rollup_marks"
        indexes = [Index("due_at")]

    minutes: bytes
    due_at: datetime


class Discard(Document):
    """The readings and rollups of a deleted sensor, which the worker removes bit by bit; its id is the sensor's number."""

    class Settings:
        collection = "discards"
        indexes = ()

    id: int  # type: ignore[assignment]  # not every id is an ObjectId
