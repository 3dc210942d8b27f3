"""Devices, their sensors, and the connections by which devices are online."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from models.odm import Document, Id, Index
from utils.clock import now
from utils.prefix_terms import MAX_NAME_TERMS

Visibility = Literal["public", "private"]


MAX_LABELS = 10
MAX_SEARCH_TERMS = 64


class DeviceStatus(BaseModel):
    """How a device is, as far as it says: the charge of its battery in %, the strength of its radio signal in dBm, the seconds
    since it started, how many readings wait in its queue, its temperature in °C, and how often it reads its sensors, in ms.
    """

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    battery_percent: float | None = None
    rssi_dbm: float | None = None
    uptime_seconds: int | None = None
    queued_readings: int | None = None
    temperature_celsius: float | None = None
    interval_ms: int | None = None


class Device(Document):
    """Something that publishes readings, such as a Raspberry Pi, and that signs in with a token.

    token_hash is the SHA-256 of the token, token_hint its first characters, by which people tell tokens apart.
    sensors_version rises whenever the set of its sensors changes, so that a process that remembers them notices.
    version is what its program calls itself; status what it said of itself at status_at.
    interval_ms: how often it is to read its sensors, where somebody said so here; None: as it is set up itself. configured: whether
    somebody ever did, so that it is told of the None too.
    name_terms is what a search finds it by (utils.prefix_terms).
    heard_until: until when a device that sends without a connection counts as online. heard_pause_seconds: between the last two
    times that this was noted.
    """

    class Settings:
        collection = "devices"
        indexes = [
            Index("token_hash", unique=True),
            Index("owner_id", "_id"),
            Index("name", "_id"),
            Index("name_terms", "_id"),
            Index("agent_host", unique=True, partial={"agent_host": {"$exists": True}}),
            Index("heard_until", partial={"heard_until": {"$exists": True}}),
        ]

    name: str
    name_terms: list[str] = Field(default_factory=list, max_length=MAX_NAME_TERMS)
    # Nobody owns the device that the server registers for its own machine; administrators look after it.
    owner_id: Id | None = None
    agent_host: str | None = None
    token_hash: str
    token_hint: str
    sensors_version: int = 0
    location: str = ""
    version: str = ""
    status: DeviceStatus | None = None
    status_at: datetime | None = None
    interval_ms: int | None = None
    configured: bool = False
    last_seen: datetime | None = None
    heard_until: datetime | None = None
    heard_pause_seconds: float = 0.0
    created_at: datetime = Field(default_factory=now)


class DeviceConnection(Document):
    """One live Socket.IO connection of a device, in whichever process holds it; as models.accounts.Connection."""

    class Settings:
        collection = "live_device_connections"
        indexes = [Index("sid", unique=True), Index("device_id"), Index("process_id", "began_at")]

    sid: str
    device_id: Id
    process_id: str
    began_at: datetime = Field(default_factory=now)


class Announced(BaseModel):
    """What a device said of a sensor when it last announced it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    unit: str
    kind: str


class LastReading(BaseModel):
    """The newest reading of a sensor: ts in ms since the epoch, value in the sensor's unit."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    ts: int
    value: float


class SensorRetention(BaseModel):
    """Days that a sensor's readings and rollups are kept, where it is not as the installation has it; 0: for ever."""

    model_config = ConfigDict(extra="forbid", strict=True)

    raw_days: int | None = None
    minute_days: int | None = None
    hour_days: int | None = None
    day_days: int | None = None


class Sensor(Document):
    """One quantity that a device measures.

    number is the sensor's part of the ids of its readings (see models.readings); it is never given out twice.
    slot is its place among its device's sensors: as many as there are places, a device can have.
    owner_id is the device's, which never changes. announced is None for a sensor that no device has announced yet.
    device_location is its device's location, where it is itself as long as it has no `location` of its own.
    terms is what a search finds it by: see services.telemetry.sensor_search.
    kept_from is the time, in ms, from which on all its readings are there: see services.telemetry.retention.
    erased_ms is when somebody removed readings of it last: what a process remembers from before may be gone.
    """

    class Settings:
        collection = "sensors"
        indexes = [
            Index("device_id", "key", unique=True),
            Index("device_id", "slot", unique=True),
            Index("number", unique=True),
            # What one sees is two ranges, each in the order of a list: what everybody sees, and one's own that is private.
            Index("visibility", "_id"),
            Index("owner_id", "visibility", "_id"),
            Index("owner_id", "visibility", "labels", "_id"),
            Index("visibility", "labels", "_id"),
            Index("owner_id", "visibility", "terms", "_id"),
            Index("visibility", "terms", "_id"),
            Index("terms"),
        ]

    number: int
    slot: int
    device_id: Id
    owner_id: Id | None = None
    key: str
    name: str
    unit: str = ""
    kind: str = ""
    visibility: Visibility = "public"
    labels: list[str] = Field(default_factory=list, max_length=MAX_LABELS)
    location: str = ""
    device_location: str = ""
    terms: list[str] = Field(default_factory=list, max_length=MAX_SEARCH_TERMS)
    announced: Announced | None = None
    last: LastReading | None = None
    retention: SensorRetention | None = None
    kept_from: int = 0
    erased_ms: int = 0
    created_at: datetime = Field(default_factory=now)


class Counter(Document):
    """A number that only rises; its id says what it counts."""

    class Settings:
        collection = "counters"
        indexes = ()

    id: str  # type: ignore[assignment]  # not every id is an ObjectId
    value: int = 0
