"""Reading readings back: raw or rolled up, in a range of time, page by page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from models.devices import Sensor
from models.readings import MAX_TS, TS_BITS, Reading, between
from schemas.readings import RawReading, Resolution, RolledUp
from services.telemetry import retention
from services.telemetry.rollups import DAY, HOUR, MINUTE, Width, mean
from utils import concurrency
from utils.pagination import decode_cursor, encode_cursor, invalid_cursor

# What somebody who begins to watch gets: so much before the sensor's newest reading, and of one that sends seldom so many readings,
# none of them older than that by more than a day.
RECENT_MS = 15 * 60_000
FEWEST_RECENT = 30
LONGEST_RECENT_MS = 24 * 60 * 60_000
MAX_RECENT = 1000
_PART = 500
_BY_NAME: dict[str, Width] = {width.name: width for width in (MINUTE, HOUR, DAY)}


@dataclass(frozen=True, slots=True)
class Page:
    """Readings in order of time; next: the cursor of the following page."""

    items: list[RawReading] | list[RolledUp]
    resolution: Resolution
    next: str | None


def page(sensor: Sensor, *, start: int | None, end: int | None, resolution: str, limit: int, cursor: str | None) -> Page:
    """The sensor's readings from `start` to `end`, both included, in ms since the epoch; None: without a bound.

    resolution "auto" is raw where all of the range fits into `limit`, else the finest rollup that does; where readings are gone
    as their retention wants it, the finest of which something is left. cursor: of the page before. Raises ValidationFailed for
    a cursor that is none.
    """
    first, last = start or 0, MAX_TS if end is None else end
    if cursor is not None:
        resolution, first = _read_cursor(cursor)
    elif resolution == "auto":
        resolution = _finest(sensor, first, last, limit)
    width = _BY_NAME.get(resolution)
    if width is None:
        readings = raw(sensor.number, first, last, limit + 1)
        items: list[Any] = [{"ts": ts, "value": value} for ts, value in readings]
    else:
        items = rolled_up(width, sensor.number, first, last, limit + 1)
    following = f"{resolution}:{items[limit]['ts']}" if len(items) > limit else None
    return Page(items[:limit], resolution, encode_cursor(following))  # type: ignore[arg-type]  # one of the four by now


def raw(number: int, start: int, end: int, limit: int, *, newest: bool = False) -> list[tuple[int, float]]:
    """Up to `limit` readings as (ts, value) in order of time: the first ones of the range, or its newest."""
    rows = Reading.find_raw(between(number, start, end), sort=[("_id", -1 if newest else 1)], limit=limit)
    if newest:
        rows.reverse()
    return [(row["_id"] & MAX_TS, row["v"]) for row in rows]


def rolled_up(width: Width, number: int, start: int, end: int, limit: int = 0) -> list[RolledUp]:
    """Up to `limit` (0: all) buckets in order of time, from the one that `start` lies in; of many, everyone else in the
    process has a turn between two parts."""
    found: list[RolledUp] = []
    start -= start % width.ms
    while True:
        wanted = min(_PART, limit - len(found)) if limit else _PART
        rows = width.document.find_raw(between(number, start, end), sort=[("_id", 1)], limit=wanted)
        found += [
            {
                "ts": row["_id"] & MAX_TS, "count": row["count"], "min": row["min"], "max": row["max"], "mean": mean(row),
                "first": row["first"], "last": row["last"],
            }
            for row in rows
        ]  # fmt: skip
        if len(rows) < wanted or len(found) == limit:
            return found
        start = found[-1]["ts"] + 1
        concurrency.give_way()


def recent(sensor: Sensor, since: int | None) -> list[tuple[int, float]]:
    """What somebody who begins to watch gets: the readings after `since`; without, the last ones that the sensor has sent.

    Those are its last 15 minutes, counted from its newest reading, or its last 30 readings of a day where that is more. Never more
    than the newest 1,000.
    """
    if since is not None:
        return raw(sensor.number, since + 1, MAX_TS, MAX_RECENT, newest=True)
    found = raw(sensor.number, 0, MAX_TS, FEWEST_RECENT, newest=True)
    if not found:
        return []
    newest = found[-1][0]
    if len(found) == FEWEST_RECENT and found[0][0] > newest - RECENT_MS:
        return raw(sensor.number, newest - RECENT_MS, MAX_TS, MAX_RECENT, newest=True)
    return [(ts, value) for ts, value in found if ts >= newest - LONGEST_RECENT_MS]


def parts(number: int, start: int, end: int) -> Iterator[list[tuple[int, float]]]:
    """All readings of a range, in parts; between two of them everyone else in the process has a turn."""
    while readings := raw(number, start, end, _PART):
        yield readings
        if len(readings) < _PART:
            return
        start = readings[-1][0] + 1
        concurrency.give_way()


def _finest(sensor: Sensor, start: int, end: int, limit: int) -> str:
    number = sensor.number
    if retention.may_be_gone(sensor, start, 0) and not raw(number, start, end, 1):
        counts = {name: _buckets(width, number, start, end, limit + 1) for name, width in _BY_NAME.items()}
        left = [name for name, count in counts.items() if count]
        return next((name for name in left if counts[name] <= limit), left[-1] if left else "raw")
    if len(Reading.find_raw(between(number, start, end), projection=("_id",), sort=[("_id", 1)], limit=limit + 1)) <= limit:
        return "raw"
    return next((name for name, width in _BY_NAME.items() if 0 < _buckets(width, number, start, end, limit + 1) <= limit), DAY.name)


def _buckets(width: Width, number: int, start: int, end: int, most: int) -> int:
    """How many buckets a range has, counted up to `most`."""
    wanted = between(number, start - start % width.ms, end)
    return len(width.document.find_raw(wanted, projection=("_id",), sort=[("_id", 1)], limit=most))


def _read_cursor(cursor: str) -> tuple[str, int]:
    resolution, _, ts = (decode_cursor(cursor) or "").partition(":")
    if (resolution != "raw" and resolution not in _BY_NAME) or not (ts.isascii() and ts.isdigit() and len(ts) <= TS_BITS // 3):
        raise invalid_cursor()
    return resolution, int(ts)
