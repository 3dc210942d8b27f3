"""The one path by which readings are stored, whether they come over Socket.IO or HTTP.

A reading is stored once whatever happens: its id is its sensor and its time, and what is there already stays. A batch is
acknowledged when its readings are stored and the rollups that they change are marked; see services.telemetry.rollups for the marks.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bson import ObjectId

from models.devices import Device, Sensor
from models.readings import DAY_MS, MAX_TS, TS_BITS
from schemas.readings import MAX_BATCH, ReadingsAnswer, Rejection
from services.metrics import accepted, metrics
from services.telemetry import device_limits, live, recent, retention, storing
from utils import concurrency
from utils.clock import now_ms
from utils.errors import AuthenticationRequired, NotFound

FUTURE_MS = 10 * 60_000
_MAX_INT = int(sys.float_info.max)


class DeviceGone(AuthenticationRequired):
    default_message = "This device's token is no longer valid."


@dataclass(slots=True)
class Source:
    """What a process remembers of a device that sends readings: its sensors by their keys."""

    device_id: ObjectId
    token_hash: str
    version: int = -1
    sensors: dict[str, tuple[ObjectId, int]] = field(default_factory=dict)
    # Of each sensor: how many days readings are kept, and from when on they surely all are.
    _kept: dict[str, tuple[int, int]] = field(default_factory=dict)
    _oldest: dict[str, int] = field(default_factory=dict)
    _oldest_until: int = 0

    @classmethod
    def of(cls, device: Device) -> "Source":
        return cls(device.id, device.token_hash)

    def renew(self) -> None:
        """Learn of changes since the last batch. Raises DeviceGone where the device or its token is no more."""
        rows = Device.find_raw({"_id": self.device_id}, projection=("token_hash", "sensors_version"))
        if not rows or rows[0]["token_hash"] != self.token_hash:
            raise DeviceGone()
        if rows[0]["sensors_version"] != self.version:
            fields = ("key", "number", "retention", "kept_from")
            found = Sensor.find_raw({"device_id": self.device_id}, projection=fields)
            self.sensors = {row["key"]: (row["_id"], row["number"]) for row in found}
            self._kept = {row["key"]: (retention.of(row.get("retention")).raw_days, row.get("kept_from", 0)) for row in found}
            self._oldest_until = 0
            self.version = rows[0]["sensors_version"]

    def oldest(self) -> dict[str, int]:
        """The time, in ms, before which readings are too old, by key. It moves at midnight UTC."""
        moment = now_ms()
        if moment >= self._oldest_until:
            self._oldest = {key: retention.accepted_from(days, kept, moment) for key, (days, kept) in self._kept.items()}
            self._oldest_until = moment // DAY_MS * DAY_MS + DAY_MS
        return self._oldest


@dataclass(slots=True)
class Batch:
    """The readings of a batch that were found good, each (id, value), and what was found wrong."""

    rows: list[tuple[int, float]] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)


def ingest(source: Source, rows: Sequence[Any]) -> ReadingsAnswer:
    """Store a device's readings, each [key, ts_ms, value] as it came from outside; returns when they are stored.

    Raises DeviceGone, or RateLimited where the device sends too much; what is wrong with a row rejects that row alone.
    """
    with device_limits.limits().admit(source.device_id, len(rows)):
        source.renew()
        numbers = {key: number for key, (_, number) in source.sensors.items()}
        ids = {number: sensor_id for sensor_id, number in source.sensors.values()}
        return _store(source, check(rows, numbers, source.oldest()), ids)


def ingest_for(source: Source, sensor_id: ObjectId, rows: Sequence[Any]) -> ReadingsAnswer:
    """The same for readings, each [ts_ms, value], of one sensor. Raises NotFound where it is none of the device's."""
    with device_limits.limits().admit(source.device_id, len(rows)):
        return import_for(source, sensor_id, rows)


def import_for(source: Source, sensor_id: ObjectId, rows: Sequence[Any]) -> ReadingsAnswer:
    """The same for readings that no device sends, but its owner: its limits do not hold for them."""
    source.renew()
    key, number = next(((key, number) for key, (known, number) in source.sensors.items() if known == sensor_id), ("", None))
    if number is None:
        raise NotFound()
    keyed = [["", *row] if type(row) is list else row for row in rows]
    return _store(source, check(keyed, {"": number}, {"": source.oldest()[key]}), {number: sensor_id})


def ingest_large(source: Source, rows: Sequence[Any]) -> ReadingsAnswer:
    """As `ingest`, for any number of rows: looked at and stored in parts, between which everyone else has a turn."""
    whole: ReadingsAnswer = {"accepted": 0, "duplicates": 0, "rejected": []}
    with device_limits.limits().admit(source.device_id, len(rows)):
        source.renew()
        numbers = {key: number for key, (_, number) in source.sensors.items()}
        ids = {number: sensor_id for sensor_id, number in source.sensors.values()}
        for start in range(0, len(rows), MAX_BATCH):
            answer = _store(source, check(rows[start : start + MAX_BATCH], numbers, source.oldest()), ids)
            whole["accepted"] += answer["accepted"]
            whole["duplicates"] += answer["duplicates"]
            whole["rejected"] += [{**each, "index": start + each["index"]} for each in answer["rejected"]]
            concurrency.give_way()
    return whole


def check(rows: Sequence[Any], numbers: dict[str, int], oldest: dict[str, int] | None = None) -> Batch:
    """Sort out which of `rows`, each meant to be [key, ts_ms, value], are readings.

    numbers: of the sensors, by key; oldest: the time before which their readings are too old.

    Written as one loop over plain values: a model for each reading would cost several times what storing it does.
    """
    batch = Batch()
    add = batch.rows.append
    oldest = oldest or {}
    # Most readings are young enough for any sensor.
    young = max(oldest.values(), default=0)
    horizon = min(now_ms() + FUTURE_MS, MAX_TS)
    for index, row in enumerate(rows):
        if type(row) is not list or len(row) != 3:
            batch.rejected.append({"index": index, "code": "bad_reading"})
            continue
        key, ts, value = row
        number = numbers.get(key) if type(key) is str else None
        if number is None:
            batch.rejected.append({"index": index, "code": "unknown_sensor"})
        elif type(ts) is not int or ts <= 0:
            batch.rejected.append({"index": index, "code": "bad_timestamp"})
        elif ts > horizon:
            batch.rejected.append({"index": index, "code": "future_timestamp"})
        elif ts < young and ts < oldest.get(key, 0):
            batch.rejected.append({"index": index, "code": "too_old"})
        # Of a number that is not finite, itself subtracted is not 0; NaN is not equal to anything.
        elif type(value) is float and value - value == 0:
            add((number << TS_BITS | ts, value))
        elif type(value) is int and -_MAX_INT <= value <= _MAX_INT:
            add((number << TS_BITS | ts, float(value)))
        else:
            batch.rejected.append({"index": index, "code": "bad_value"})
    return batch


def _store(source: Source, batch: Batch, sensor_ids: dict[int, ObjectId]) -> ReadingsAnswer:
    known: set[int] = set()
    if batch.rows:
        known = storing.store(batch.rows, source.device_id)
        _tell([row for at, row in enumerate(batch.rows) if at not in known] if known else batch.rows, sensor_ids)
    stored = len(batch.rows) - len(known)
    accepted().add(stored)
    metrics().count_readings(stored, len(known), len(batch.rejected))
    return {"accepted": stored, "duplicates": len(known), "rejected": batch.rejected}


def _tell(rows: Sequence[tuple[int, float]], sensor_ids: dict[int, ObjectId]) -> None:
    """Pass new readings on to those who watch."""
    by_number: dict[int, list[tuple[int, float]]] = {}
    for row in rows:
        by_number.setdefault(row[0] >> TS_BITS, []).append(row)
    for number, found in by_number.items():
        newest, value = max(found)
        recent.note(number, newest & MAX_TS, value)
        if live.is_watched(sensor_ids[number]):
            live.offer(sensor_ids[number], [(id & MAX_TS, value) for id, value in found])
