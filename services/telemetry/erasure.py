"""Removing readings that are wrong, while devices go on sending and the worker goes on aggregating.

It goes as storing does (see services.telemetry.marks): the minutes are marked, the readings go, the mark is released. So the
worker computes each minute anew from what is left, and whoever dies in between leaves a mark that falls due by itself. A reading is
removed by its own id and not by a range: one that comes into the range meanwhile has a mark of its own, and stays.

What is too old to be accepted is not removed either: of such a time the readings are about to go, or gone, while what was made
of them stays, and a minute is never computed from the rest. See services.telemetry.retention.
"""

from collections.abc import Iterator

from bson import ObjectId

from models.devices import Sensor
from models.readings import MAX_TS, Reading, between, ts_of
from schemas.readings import ReadingsRemoved
from services.telemetry import marks, readings, retention
from utils import concurrency
from utils.clock import now_ms
from utils.logs import get_logger

log = get_logger(__name__)

MOST = 50_000
"""Readings that one call removes: a second or so."""

_MARKED = 2_000
_SLICE = 250
# A worker that lost its lease may be held up in the middle of a write. Where a bucket is there its fence keeps that write from
# changing it; where one was removed nothing does, so what was removed is looked at once more after this.
_LOOK_AGAIN_SECONDS = 60.0


def erase(sensor: Sensor, start: int, end: int, by: ObjectId) -> ReadingsRemoved:
    """Remove a sensor's readings from `start` to `end`, both included, in ms; at most MOST of them, the earliest first.

    Rollups, charts and statistics follow within a second or two. by: who wants it, for the log.
    """
    removed = 0
    for count in steps(sensor.id, start, end):
        removed += count
        concurrency.give_way()
        if removed >= MOST:
            break
    if removed:
        log.info("readings removed", sensor=str(sensor.id), user=str(by), removed=removed, start=start, end=end)
    return {"removed": removed, "more": removed >= MOST and bool(_found(sensor.id, start, end, 1))}


def steps(sensor_id: ObjectId, start: int, end: int) -> Iterator[int]:
    """Remove them all, a slice of some milliseconds at each step; gives how many each removed."""
    while found := _found(sensor_id, start, end, _MARKED):
        mark = marks.place(found)
        for at in range(0, len(found), _SLICE):
            yield Reading.delete_many({"_id": {"$in": found[at : at + _SLICE]}})
        # Before the mark is released: what the worker then finds is not undone by what this process read before.
        renew_last(sensor_id)
        marks.place_minutes(marks.minutes_of([mark]), _LOOK_AGAIN_SECONDS)
        marks.release(mark)
        start = ts_of(found[-1]) + 1


def renew_last(sensor_id: ObjectId) -> None:
    """Have the sensor's newest reading be the newest that there is, after some of its readings were removed."""
    sensor = Sensor.get(sensor_id)
    if sensor is None:
        return
    newest = readings.raw(sensor.number, 0, MAX_TS, 1, newest=True)
    last = {"ts": newest[0][0], "value": newest[0][1]} if newest else None
    known = None if sensor.last is None else sensor.last.model_dump()
    # Where the worker has written another meanwhile, that one is as new, or is looked at again when the mark is due.
    Sensor.update_one({"_id": sensor_id, "last": known}, {"$set": {"last": last}})
    Sensor.update_one({"_id": sensor_id}, {"$max": {"erased_ms": now_ms()}})


def _found(sensor_id: ObjectId, start: int, end: int, limit: int) -> list[int]:
    """The ids of the first of the readings that may be removed."""
    # Asked each time: what is kept may have been changed since.
    sensor = Sensor.get(sensor_id)
    if sensor is None:
        return []
    days = retention.of(None if sensor.retention is None else sensor.retention.model_dump()).raw_days
    start = max(start, retention.accepted_from(days, sensor.kept_from, now_ms()))
    rows = Reading.find_raw(between(sensor.number, start, end), projection=("_id",), sort=[("_id", 1)], limit=limit)
    return [row["_id"] for row in rows]
