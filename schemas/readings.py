"""Readings on the wire: how they come in, how they are asked for, and how they are pushed."""

from datetime import datetime
from typing import Annotated, Any, Literal, NotRequired

from pydantic import BeforeValidator, Field, WithJsonSchema
from typing_extensions import TypedDict

from models.readings import MAX_TS
from schemas.base import IdText, Payload, QueryParameters

MAX_BATCH = 5_000
MAX_PAGE = 10_000


def _parse_moment(value: object) -> object:
    """A time in a URL, as ms since the epoch: digits are ms already, anything else has to be RFC 3339."""
    if not isinstance(value, str):
        return value
    if value.isascii() and value.isdigit() and len(value) <= 16:
        return int(value)
    try:
        # A + in a URL is a space; whoever wrote 2026-11-20T09:30:00+08:00 without escaping it meant the +.
        moment = datetime.fromisoformat(value.replace(" ", "+"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError("Give ms since 1970, or a time with its zone such as 2026-11-20T09:30:00Z.")
    return int(moment.timestamp() * 1000)


Moment = Annotated[
    int,
    BeforeValidator(_parse_moment),
    Field(ge=0, le=MAX_TS),
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer", "minimum": 0, "maximum": MAX_TS}, {"type": "string", "format": "date-time"}],
            "description": "ms since 1970-01-01T00:00:00Z, or RFC 3339",
        }
    ),
]
Timestamp = Annotated[int, Field(ge=0, le=MAX_TS)]
Resolution = Literal["raw", "minute", "hour", "day"]
RejectionCode = Literal["bad_reading", "unknown_sensor", "bad_timestamp", "future_timestamp", "too_old", "bad_value"]


class DeviceReadings(Payload):
    """Each of `readings` is [key, ts_ms, value] and is looked at by itself, so that a bad one does not reject its neighbours."""

    batch_id: Annotated[str, Field(max_length=128)] | int | None = None
    readings: Annotated[list[Any], Field(max_length=MAX_BATCH)]


class PostReadings(Payload):
    """Each of `readings` is [ts_ms, value] and is looked at by itself."""

    readings: Annotated[list[Any], Field(max_length=MAX_BATCH)]


class ReadingsQuery(QueryParameters):
    start: Moment | None = None
    end: Moment | None = None
    resolution: Literal["auto", "raw", "minute", "hour", "day"] = "auto"
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 1000
    cursor: Annotated[str, Field(max_length=512)] | None = None


class ExportQuery(QueryParameters):
    start: Moment | None = None
    end: Moment | None = None


class EraseQuery(QueryParameters):
    start: Moment
    end: Moment


class RawReading(TypedDict):
    ts: int
    value: float


class RolledUp(TypedDict):
    """One bucket; `ts` is its start."""

    ts: int
    count: int
    min: float
    max: float
    mean: float
    first: float
    last: float


class ReadingPage(TypedDict):
    items: list[RawReading] | list[RolledUp]
    resolution: Resolution
    next: str | None


class Rejection(TypedDict):
    index: int
    code: RejectionCode


class ReadingsAnswer(TypedDict):
    accepted: int
    duplicates: int
    rejected: list[Rejection]


class ReadingsRemoved(TypedDict):
    """more: whether some are left, for the same to be asked once more."""

    removed: int
    more: bool


class SensorReadingEvent(TypedDict):
    """skipped: how many older readings were left out of the push, where more came than one takes."""

    sensor_id: IdText
    readings: list[tuple[int, float]]
    skipped: NotRequired[int]
