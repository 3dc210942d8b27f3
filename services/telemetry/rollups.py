"""Rollups: count, sum, min, max, first and last of each minute, ten minutes, hour, six hours and day (UTC) of each sensor.

A bucket is never added to. It is computed anew from what lies below it (a minute from its readings, ten minutes from their
minutes, and so on) whenever a mark says that something changed there, so neither the order, nor the repetition,
nor the lateness of readings can leave a trace in it, and work that was interrupted is simply done again. One of which nothing is
left below is removed.

Minutes, hours and days are what clients ask for. The widths between them are for charts: whatever the range, one width has
at least a point for every second pixel and at most ten times as many.
"""

import math
import sys
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any, TypedDict

from models.odm import DuplicateKey
from models.readings import (
    DAY_MS,
    HOUR_MS,
    MAX_TS,
    MINUTE_MS,
    SIX_HOURS_MS,
    TEN_MINUTES_MS,
    DayRollup,
    HourRollup,
    MinuteRollup,
    Reading,
    Rollup,
    SixHourRollup,
    TenMinuteRollup,
    number_of,
    ts_of,
)
from services.leases import LeaseLost
from services.metrics import metrics


@dataclass(frozen=True, slots=True)
class Width:
    """A width of buckets: its name, its length, where its rollups are."""

    name: str
    ms: int
    document: type[Rollup]

    def bucket(self, id: int) -> int:
        """The id of the bucket that a reading or a narrower bucket lies in."""
        return id - (id & MAX_TS) % self.ms


MINUTE = Width("minute", MINUTE_MS, MinuteRollup)
TEN_MINUTES = Width("ten minutes", TEN_MINUTES_MS, TenMinuteRollup)
HOUR = Width("hour", HOUR_MS, HourRollup)
SIX_HOURS = Width("six hours", SIX_HOURS_MS, SixHourRollup)
DAY = Width("day", DAY_MS, DayRollup)
WIDTHS = (MINUTE, TEN_MINUTES, HOUR, SIX_HOURS, DAY)

# How much one slice of work reads and writes: some 3 ms on a small machine.
_READ = 500
_WRITE = 50
_REMOVE = 500
_SCALE = 2.0**64


class Fenced(LeaseLost):
    """Another worker has written a bucket under a newer lease: this one's is over."""


class Summary(TypedDict):
    """What the values of a bucket come to; rest: what rounding left out of sum."""

    count: int
    sum: float
    rest: float
    min: float
    max: float
    first: float
    last: float


def summarize(values: Sequence[float]) -> Summary:
    """The summary of one or more values in order of time."""
    whole = total(values)
    return {
        "count": len(values), "sum": whole, "rest": _rest(values, whole), "min": min(values), "max": max(values),
        "first": values[0], "last": values[-1],
    }  # fmt: skip


def merge(parts: Sequence[Summary]) -> Summary:
    """The summary of what one or more summaries, in order of time, are of."""
    # Of a rollup from before there were rests, none is known.
    sums = [each for part in parts for each in (part["sum"], part.get("rest", 0.0))]
    whole = total(sums)
    return {
        "count": sum(part["count"] for part in parts), "sum": whole, "rest": _rest(sums, whole),
        "min": min(part["min"] for part in parts), "max": max(part["max"] for part in parts),
        "first": parts[0]["first"], "last": parts[-1]["last"],
    }  # fmt: skip


def total(values: Iterable[float]) -> float:
    """The sum, correctly rounded whatever the order; the largest float where it would be larger."""
    values = list(values)
    try:
        return math.fsum(values)
    except OverflowError:  # of a sum on the way to it, perhaps
        scaled = math.fsum(value / _SCALE for value in values)
        return min(max(scaled * _SCALE, -sys.float_info.max), sys.float_info.max)


def _rest(values: Sequence[float], whole: float) -> float:
    """What rounding left out of the sum `whole`: the two together have twice a float's digits (a double-double)."""
    try:
        return math.fsum([*values, -whole])
    except OverflowError:
        return 0.0


def mean(summary: Mapping[str, Any]) -> float:
    """The mean of a bucket, a Summary or its document; kept within its extremes, which a rounded or cut sum could leave."""
    middle: float = min(max(summary["sum"] / summary["count"], summary["min"]), summary["max"])
    return middle


class Aggregation:
    """Minutes to compute anew, and the wider buckets above them.

    minutes: the ids of their rollups. fence: of the lease under which this is done.
    newest: the newest reading that was met, as (ts, value), by the number of its sensor.
    """

    def __init__(self, minutes: Iterable[int], fence: int) -> None:
        self.minutes = sorted(minutes)
        self.newest: dict[int, tuple[int, float]] = {}
        self._fence = fence

    def covers(self, id: int) -> bool:
        """Whether the minute of a reading is one of those."""
        minute = MINUTE.bucket(id)
        at = bisect_left(self.minutes, minute)
        return at < len(self.minutes) and self.minutes[at] == minute

    def slices(self) -> Iterator[None]:
        """Do it, some milliseconds' worth at each step. Raises Fenced."""
        yield from self._write(MINUTE, self.minutes, self._minutes())
        wanted = self.minutes
        for below, width in pairwise(WIDTHS):
            wanted = sorted({width.bucket(id) for id in wanted})
            yield from self._write(width, wanted, _merged(below, width, wanted))

    def _minutes(self) -> Iterator[list[tuple[int, Summary]]]:
        """The rollups of the minutes, in slices; a minute without readings has none."""
        for first, last in _runs(self.minutes, MINUTE_MS):
            values: list[float] = []
            bucket, after, more = first, first - 1, True
            while more:
                rows = Reading.find_raw({"_id": {"$gt": after, "$lt": last + MINUTE_MS}}, sort=[("_id", 1)], limit=_READ)
                more = len(rows) == _READ
                done: list[tuple[int, Summary]] = []
                for row in rows:
                    after = row["_id"]
                    if after >= bucket + MINUTE_MS:
                        if values:
                            done.append((bucket, summarize(values)))
                            values = []
                        bucket = MINUTE.bucket(after)
                    values.append(row["v"])
                if not more and values:
                    done.append((bucket, summarize(values)))
                if rows:
                    self._note_newest(after, rows[-1]["v"])
                yield done

    def _note_newest(self, id: int, value: float) -> None:
        number, ts = number_of(id), ts_of(id)
        known = self.newest.get(number)
        if known is None or ts > known[0]:
            self.newest[number] = (ts, value)

    def _write(self, width: Width, wanted: Sequence[int], slices: Iterator[list[tuple[int, Summary]]]) -> Iterator[None]:
        waiting: list[tuple[int, Summary]] = []
        full: set[int] = set()
        for rollups in slices:
            waiting += rollups
            full.update(id for id, _ in rollups)
            yield
            while len(waiting) >= _WRITE:
                self._store(width, waiting[:_WRITE])
                del waiting[:_WRITE]
                yield
        if waiting:
            self._store(width, waiting)
            yield
        empty = [id for id in wanted if id not in full]
        for start in range(0, len(empty), _REMOVE):
            self._remove(width, empty[start : start + _REMOVE])
            yield

    def _remove(self, width: Width, ids: Sequence[int]) -> None:
        width.document.delete_many({"_id": {"$in": list(ids)}, "fence": {"$lte": self._fence}})

    def _store(self, width: Width, rollups: Sequence[tuple[int, Summary]]) -> None:
        # An older fence matches nothing of what a newer one wrote, and then collides with it.
        writes = [
            ({"_id": id, "fence": {"$lte": self._fence}}, {"$set": {**summary, "fence": self._fence}}) for id, summary in rollups
        ]
        try:
            width.document.bulk_upsert(writes)
        except DuplicateKey:
            raise Fenced() from None
        metrics().rollups.inc(len(rollups))


def _merged(below: Width, width: Width, buckets: Sequence[int]) -> Iterator[list[tuple[int, Summary]]]:
    """The rollups of buckets from those of the next narrower width, in slices."""
    longest = max(1, _READ * below.ms // width.ms)
    for first, last in _runs(buckets, width.ms, longest):
        rows: list[Any] = below.document.find_raw({"_id": {"$gte": first, "$lt": last + width.ms}}, sort=[("_id", 1)])
        yield [(id, merge(list(parts))) for id, parts in groupby(rows, key=lambda row: width.bucket(row["_id"]))]


def _runs(ids: Sequence[int], step: int, longest: int = 1 << 30) -> Iterator[tuple[int, int]]:
    """The first and the last of each stretch of buckets that follow one another, at most `longest` at a time."""
    start = 0
    for at in range(1, len(ids) + 1):
        if at == len(ids) or ids[at] != ids[at - 1] + step or at - start == longest:
            yield ids[start], ids[at - 1]
            start = at
