"""Sensors on the wire: what devices announce, what people make of them, and how they are watched."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints
from typing_extensions import TypedDict

from models.devices import Sensor
from schemas.base import IdText, PageQuery, Payload, ShortText, TimeText, WireId, time_text
from schemas.device_status import DeviceStatusReport, Label, Labels, Location, Version
from schemas.readings import RawReading, Timestamp
from schemas.retention import OwnRetention, RetentionView, UpdateRetention, own_retention_view
from utils.validators import clean_line

MAX_SENSOR_NAME = 80
MAX_SENSORS = 64
SensorName = Annotated[str, Field(max_length=400), AfterValidator(lambda text: clean_line(text, MAX_SENSOR_NAME))]
SensorKey = Annotated[str, StringConstraints(pattern=r"^[^\s\x00-\x1f\x7f]{1,64}$")]
Unit = Annotated[ShortText, Field(max_length=24)]
Kind = Annotated[ShortText, Field(max_length=40)]
Visibility = Literal["public", "private"]


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
    q: Annotated[ShortText, Field(max_length=80)] | None = None
    online: Literal["0", "1"] | None = None


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


class SensorAnswer(TypedDict):
    sensor: SensorView


class SensorPage(TypedDict):
    items: list[SensorView]
    next: str | None


class AnnounceAnswer(TypedDict):
    """The id of each announced sensor, by its key."""

    sensors: dict[str, IdText]


class JoinSensorAnswer(TypedDict):
    """readings: [ts_ms, value] each, in order of time."""

    sensor: SensorView
    readings: list[tuple[int, float]]


class SensorStatusEvent(TypedDict):
    sensor_id: IdText
    online: bool


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
