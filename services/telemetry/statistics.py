"""What a range of a sensor's readings comes to: count, least, greatest, mean, first and last, however long the range is.

A range is taken apart into whole buckets of the rollups, the widest in its middle and ever narrower ones towards its ends, and
readings at the very ends. So a year costs some 365 days and at each end at most three quarter-days, five hours, and so on, not
thirty million readings. The rollups lag behind the readings by a second or two, and so do these numbers, but for the last minutes.
"""

from collections.abc import Iterator, Sequence

from models.devices import Sensor
from models.readings import between
from schemas.statistics import Statistics
from services.telemetry import readings
from services.telemetry.rollups import WIDTHS, Summary, Width, mean, merge, summarize


def of_range(sensor: Sensor, start: int, end: int) -> Statistics | None:
    """The statistics of the readings from `start` until before `end`, in ms since the epoch; None where there are none."""
    parts = list(_parts(sensor.number, start, end, WIDTHS))
    if not parts:
        return None
    whole = merge(parts)
    return {
        "count": whole["count"], "min": whole["min"], "max": whole["max"], "mean": mean(whole), "first": whole["first"],
        "last": whole["last"],
    }  # fmt: skip


def _parts(number: int, start: int, end: int, widths: Sequence[Width]) -> Iterator[Summary]:
    """The summaries of all that lies in [start, end), in order of time, out of the widest of `widths` that fit."""
    if start >= end:
        return
    if not widths:
        for part in readings.parts(number, start, end - 1):
            yield summarize([value for _, value in part])
        return
    *narrower, width = widths
    first, last = -(-start // width.ms) * width.ms, end // width.ms * width.ms
    if first >= last:
        yield from _parts(number, start, end, narrower)
        return
    yield from _parts(number, start, first, narrower)
    yield from _buckets(width, number, first, last)
    yield from _parts(number, last, end, narrower)


def _buckets(width: Width, number: int, start: int, end: int) -> Iterator[Summary]:
    for row in width.document.find_raw(between(number, start, end - 1), sort=[("_id", 1)]):
        yield {
            "count": row["count"], "sum": row["sum"], "rest": row.get("rest", 0.0), "min": row["min"], "max": row["max"],
            "first": row["first"], "last": row["last"],
        }  # fmt: skip
