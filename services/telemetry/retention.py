"""How long readings and rollups are kept, and removing what is older.

The danger: a rollup is computed from what lies below it (see services.telemetry.rollups). Were a minute computed anew when some
of its readings are gone already, the right rollup would be replaced by one of what happens to be left. Three things rule that out:

- Everything is removed by whole UTC days, and no width of buckets is wider than that.
- A sensor's `kept_from` says from when on all its readings are there. It is written before the first one is removed and only
  rises, whatever becomes of settings and clocks. A reading from before is refused (too_old), and a minute from before is
  never computed again.
- Readings are removed a day later than they begin to be refused, and the days are counted from the worker's watermark: what
  was accepted in time is aggregated, however far behind the worker is, before it goes.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from models.devices import Device, Sensor
from models.odm import Document
from models.readings import (
    DAY_MS,
    HOUR_MS,
    DayRollup,
    HourRollup,
    MinuteRollup,
    Reading,
    SixHourRollup,
    TenMinuteRollup,
    between,
    number_of,
    ts_of,
)
from schemas.retention import MAX_DAYS, RetentionView
from services.metrics import metrics
from services.platform import current
from services.telemetry import marks
from utils.clock import now_ms
from utils.errors import ValidationFailed

_SLICE = 500
_SENSORS = 100
_NAMES = ("raw_days", "minute_days", "hour_days", "day_days")


@dataclass(frozen=True, slots=True)
class Retention:
    """Days that each is kept; 0: for ever."""

    raw_days: int = 0
    minute_days: int = 0
    hour_days: int = 0
    day_days: int = 0

    def is_ordered(self) -> bool:
        """Whether nothing is kept for longer than what is computed from it."""
        days = [getattr(self, name) or float("inf") for name in _NAMES]
        return days == sorted(days)

    def with_own(self, own: Mapping[str, Any] | None) -> "Retention":
        """This, with what a sensor has of its own; not checked."""
        if not own:
            return self
        return Retention(*(own[name] if own.get(name) is not None else getattr(self, name) for name in _NAMES))

    def ordered(self) -> "Retention":
        """This, with what is coarser kept for at least as long as what is finer: the installation's may have changed since."""
        if self.is_ordered():
            return self
        longest = list(accumulate((getattr(self, name) or MAX_DAYS + 1 for name in _NAMES), max))
        return Retention(*(0 if days > MAX_DAYS else days for days in longest))

    def view(self) -> RetentionView:
        """It as the wire has it."""
        return {"raw_days": self.raw_days, "minute_days": self.minute_days, "hour_days": self.hour_days, "day_days": self.day_days}


def _configured() -> Retention:
    return Retention(*current().config.retention_days)


def defaults() -> Retention:
    """What holds for sensors without a retention of their own."""
    return _configured().ordered()


def of(own: Mapping[str, Any] | None) -> Retention:
    """What holds for a sensor; own: its document's `retention`."""
    return _configured().with_own(own).ordered()


def check(own: Mapping[str, Any]) -> None:
    """Raises ValidationFailed where a sensor with this retention of its own would lose something before what is made of it."""
    wanted = _configured().with_own(own)
    if not wanted.is_ordered():
        shown = ", ".join(f"{name} {getattr(wanted, name) or 'for ever'}" for name in _NAMES)
        raise ValidationFailed(
            {"retention": f"What is finer cannot be kept for longer than what is coarser. This would be: {shown}."}
        )


def may_be_gone(sensor: Sensor, start: int, width_ms: int) -> bool:
    """Whether something of a sensor from `start` on, in ms, was removed: readings (width_ms 0), or buckets of that width in ms."""
    if width_ms == 0:
        return start < sensor.kept_from
    days = of(None if sensor.retention is None else sensor.retention.model_dump())
    kept = days.minute_days if width_ms < HOUR_MS else days.hour_days if width_ms < DAY_MS else days.day_days
    return start < _day_before(now_ms(), kept)


def accepted_from(raw_days: int, kept_from: int, moment: int) -> int:
    """The time, in ms, before which a sensor's readings are too old at `moment`."""
    return max(kept_from, _day_before(moment, raw_days))


def whole(minutes: Iterable[int]) -> set[int]:
    """Those of the minutes, ids of rollups, whose readings are all there still, if there were any."""
    minutes = set(minutes)
    # Of the last day nothing was ever removed, so that for what comes in time nobody has to be asked.
    doubtful = {number_of(id) for id in minutes if ts_of(id) < now_ms() - DAY_MS}
    kept: dict[int, int] = {}
    numbers = sorted(doubtful)
    for start in range(0, len(numbers), 1000):
        part = numbers[start : start + 1000]
        for row in Sensor.find_raw({"number": {"$in": part}, "kept_from": {"$gt": 0}}, projection=("number", "kept_from")):
            kept[row["number"]] = row["kept_from"]
    return {id for id in minutes if ts_of(id) >= kept.get(number_of(id), 0)} if kept else minutes


def remove() -> Iterator[None]:
    """Remove what every sensor has had for long enough, a slice of some milliseconds at each step."""
    moment = int(marks.watermark().timestamp() * 1000) - marks.GRACE_SECONDS * 1000
    after = 0
    while rows := Sensor.find_raw(
        {"number": {"$gt": after}},
        projection=("number", "device_id", "retention", "kept_from"),
        sort=[("number", 1)],
        limit=_SENSORS,
    ):
        for row in rows:
            yield from _remove_of(row, moment)
        after = rows[-1]["number"]
        yield


def _remove_of(sensor: Mapping[str, Any], moment: int) -> Iterator[None]:
    days, number = of(sensor.get("retention")), sensor["number"]
    gone_before = max(0, _day_before(moment, days.raw_days) - DAY_MS)
    if gone_before > sensor.get("kept_from", 0) and Reading.find_raw(
        between(number, 0, gone_before - 1), projection=("_id",), limit=1
    ):
        # The devices' processes learn of it, then the readings go.
        Sensor.update_one({"_id": sensor["_id"]}, {"$max": {"kept_from": gone_before}})
        Device.update_one({"_id": sensor["device_id"]}, {"$inc": {"sensors_version": 1}})
        yield
    collections: tuple[tuple[type[Document], int], ...] = (
        (Reading, days.raw_days), (MinuteRollup, days.minute_days), (TenMinuteRollup, days.minute_days),
        (HourRollup, days.hour_days), (SixHourRollup, days.hour_days), (DayRollup, days.day_days),
    )  # fmt: skip
    for document, kept_days in collections:
        end = _day_before(moment, kept_days) - DAY_MS
        if end <= 0:
            continue
        which = between(number, 0, end - 1)
        while found := document.find_raw(which, projection=("_id",), sort=[("_id", 1)], limit=_SLICE):
            removed = document.delete_many({"_id": {"$gte": found[0]["_id"], "$lte": found[-1]["_id"]}})
            metrics().expired.inc(removed)
            yield


def _day_before(moment: int, days: int) -> int:
    """The start of the UTC day in which `moment` was `days` ago; 0 where nothing is too old."""
    return max(0, (moment - days * DAY_MS) // DAY_MS * DAY_MS) if days else 0
