"""Devices, sensors, readings and charts on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal, NotRequired

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema
from typing_extensions import TypedDict

from models.devices import Device, Sensor
from models.readings import MAX_TS
from schemas.base import IdText, PageQuery, Payload, QueryParameters, ShortText, TimeText, WireId, time_text
from schemas.device_status import DeviceStatusReport, DeviceStatusView, Label, Labels, Location, Version, status_view
from schemas.retention import OwnRetention, RetentionView, UpdateRetention, own_retention_view
from utils.validators import clean_line

MAX_DEVICE_NAME = 80
MAX_SENSOR_NAME = 80
MAX_SENSORS = 64
MAX_BATCH = 5_000
MAX_PAGE = 10_000
MAX_CHARTED = 6


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
DeviceName = Annotated[str, Field(max_length=400), AfterValidator(lambda text: clean_line(text, MAX_DEVICE_NAME))]
SensorName = Annotated[str, Field(max_length=400), AfterValidator(lambda text: clean_line(text, MAX_SENSOR_NAME))]
SensorKey = Annotated[str, StringConstraints(pattern=r"^[^\s\x00-\x1f\x7f]{1,64}$")]
Unit = Annotated[ShortText, Field(max_length=24)]
Kind = Annotated[ShortText, Field(max_length=40)]
Visibility = Literal["public", "private"]
Resolution = Literal["raw", "minute", "hour", "day"]
ChartRange = Literal["1h", "24h", "7d", "30d", "1y"]
ChartKind = Literal["trend", "heatmap", "distribution"]
RejectionCode = Literal["bad_reading", "unknown_sensor", "bad_timestamp", "future_timestamp", "too_old", "bad_value"]
SensorIds = Annotated[
    list[WireId],
    BeforeValidator(lambda value: value.split(",") if isinstance(value, str) else value),
    Field(min_length=1, max_length=MAX_CHARTED),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9a-f]{24}(,[0-9a-f]{24})*$"}),
]


class CreateDevice(Payload):
    name: DeviceName


class UpdateDevice(Payload):
    name: DeviceName | None = None
    location: Location | None = None


class CreateSensor(Payload):
    device_id: WireId
    key: SensorKey
    name: SensorName
    unit: Unit = ""
    kind: Kind = ""
    visibility: Visibility = "public"


class UpdateSensor(Payload):
    name: SensorName | None = None
    unit: Unit | None = None
    kind: Kind | None = None
    visibility: Visibility | None = None
    labels: Labels | None = None
    location: Location | None = None
    retention: UpdateRetention | None = None


class AnnouncedSensor(Payload):
    key: SensorKey
    name: SensorName
    unit: Unit = ""
    kind: Kind = ""


class Announce(Payload):
    """version: what the device's program calls itself."""

    sensors: Annotated[list[AnnouncedSensor], Field(max_length=MAX_SENSORS)]
    version: Version | None = None
    status: DeviceStatusReport | None = None


class DeviceReadings(Payload):
    """Each of `readings` is [key, ts_ms, value] and is looked at by itself, so that a bad one does not reject its neighbours."""

    batch_id: Annotated[str, Field(max_length=128)] | int | None = None
    readings: Annotated[list[Any], Field(max_length=MAX_BATCH)]


class PostReadings(Payload):
    """Each of `readings` is [ts_ms, value] and is looked at by itself."""

    readings: Annotated[list[Any], Field(max_length=MAX_BATCH)]


class JoinSensor(Payload):
    """since: the time, in ms, after which the recent readings are wanted."""

    sensor_id: WireId
    since: Timestamp | None = None


class SensorOnly(Payload):
    sensor_id: WireId


class SensorQuery(PageQuery):
    """q: what words of the name, a label, the location or the key begin with. online: 1 or 0."""

    device_id: WireId | None = None
    label: Label | None = None
    q: Annotated[str, Field(max_length=80)] | None = None
    online: Literal["0", "1"] | None = None


class ReadingsQuery(QueryParameters):
    start: Moment | None = None
    end: Moment | None = None
    resolution: Literal["auto", "raw", "minute", "hour", "day"] = "auto"
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 1000
    cursor: Annotated[str, Field(max_length=512)] | None = None


class ExportQuery(QueryParameters):
    start: Moment | None = None
    end: Moment | None = None


class ChartQuery(QueryParameters):
    """What to draw and how. Without `range`, `start` and `end`: the last 24 hours."""

    kind: ChartKind = "trend"
    range: ChartRange | None = None
    start: Moment | None = None
    end: Moment | None = None
    theme: Literal["light", "dark"] = "light"
    locale: Literal["en", "zh-CN"] = "en"
    tz: Annotated[str, Field(max_length=64)] | None = None
    width: Annotated[int, Field(ge=120, le=2000)] = 760
    height: Annotated[int, Field(ge=60, le=1200)] = 300


class PictureQuery(ChartQuery):
    """scale: pixels of the picture per CSS pixel."""

    scale: Annotated[float, Field(ge=0.5, le=4)] = 2


class SeveralChartQuery(ChartQuery):
    sensors: SensorIds


class DeviceView(TypedDict):
    id: IdText
    name: str
    owner_id: IdText | None
    agent: bool
    token_hint: str
    sensor_count: int
    location: str
    version: str
    status: DeviceStatusView | None
    status_at: TimeText | None
    online: bool
    last_seen: TimeText | None
    created_at: TimeText


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


class SensorView(TypedDict):
    """device_location: where the sensor's device is, and so the sensor unless it has a location of its own.

    retention: what holds for it; retention_own: what it has of its own; retention_default: what the installation has.
    """

    id: IdText
    device_id: IdText
    key: str
    name: str
    unit: str
    kind: str
    visibility: Visibility
    labels: list[str]
    location: str
    device_location: str
    online: bool
    last: RawReading | None
    retention: RetentionView
    retention_own: OwnRetention
    retention_default: RetentionView
    created_at: TimeText


class DeviceAnswer(TypedDict):
    device: DeviceView


class NewDeviceAnswer(TypedDict):
    """The token is in this answer and in no other."""

    device: DeviceView
    token: str


class DevicePage(TypedDict):
    items: list[DeviceView]
    next: str | None


class SensorAnswer(TypedDict):
    sensor: SensorView


class SensorPage(TypedDict):
    items: list[SensorView]
    next: str | None


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


class AnnounceAnswer(TypedDict):
    """The id of each announced sensor, by its key."""

    sensors: dict[str, IdText]


class JoinSensorAnswer(TypedDict):
    """readings: [ts_ms, value] each, in order of time."""

    sensor: SensorView
    readings: list[tuple[int, float]]


class SensorReadingEvent(TypedDict):
    """skipped: how many older readings were left out of the push, where more came than one takes."""

    sensor_id: IdText
    readings: list[tuple[int, float]]
    skipped: NotRequired[int]


class SensorStatusEvent(TypedDict):
    sensor_id: IdText
    online: bool


class ChartUpdatedEvent(TypedDict):
    """What a chart shows from `start` to `end`, in ms, is another than before.

    With a range: the chart that is kept of it has been drawn again, and is at `url`.
    """

    sensor_id: IdText
    start: int
    end: int
    range: NotRequired[ChartRange]
    format: NotRequired[Literal["svg"]]
    url: NotRequired[str]
    etag: NotRequired[str]


def device_view(device: Device, *, sensor_count: int, seen: datetime | None) -> DeviceView:
    """A device; seen: when it was last heard of, where it is online."""
    return {
        "id": str(device.id), "name": device.name, "owner_id": None if device.owner_id is None else str(device.owner_id),
        "agent": device.agent_host is not None, "token_hint": device.token_hint, "sensor_count": sensor_count,
        "location": device.location, "version": device.version, "status": status_view(device.status),
        "status_at": time_text(device.status_at),
        "online": seen is not None, "last_seen": time_text(seen or device.last_seen),
        "created_at": time_text(device.created_at) or "",
    }  # fmt: skip


def sensor_view(
    sensor: Sensor, *, online: bool, last: tuple[int, float] | None, retention: RetentionView, retention_default: RetentionView
) -> SensorView:
    """A sensor; last: its newest reading; retention: what holds for it; retention_default: what the installation has."""
    return {
        "id": str(sensor.id), "device_id": str(sensor.device_id), "key": sensor.key, "name": sensor.name, "unit": sensor.unit,
        "kind": sensor.kind, "visibility": sensor.visibility, "labels": sensor.labels, "location": sensor.location,
        "device_location": sensor.device_location, "online": online,
        "last": None if last is None else {"ts": last[0], "value": last[1]}, "retention": retention,
        "retention_own": own_retention_view(sensor.retention), "retention_default": retention_default,
        "created_at": time_text(sensor.created_at) or "",
    }  # fmt: skip
