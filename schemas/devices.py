"""Devices on the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from models.devices import Device
from schemas.base import IdText, Payload, TimeText, time_text
from schemas.device_status import DeviceStatusView, IntervalMs, Location, status_view
from utils.validators import clean_line

MAX_DEVICE_NAME = 80
DeviceName = Annotated[str, Field(max_length=400), AfterValidator(lambda text: clean_line(text, MAX_DEVICE_NAME))]


class CreateDevice(Payload):
    name: DeviceName


class UpdateDevice(Payload):
    """`interval_ms`: how often the device is to read its sensors; null: as it is set up itself."""

    name: DeviceName | None = None
    location: Location | None = None
    interval_ms: IntervalMs | None = None


class Configure(TypedDict):
    """How often the device is to read its sensors, in ms; null: as it is set up itself."""

    interval_ms: IntervalMs | None


class DeviceView(TypedDict):
    """interval_ms: what the device is told; status.interval_ms is what it says is in force."""

    id: IdText
    name: str
    owner_id: IdText | None
    agent: bool
    token_hint: str
    sensor_count: int
    location: str
    version: str
    interval_ms: int | None
    status: DeviceStatusView | None
    status_at: TimeText | None
    online: bool
    last_seen: TimeText | None
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


class PiClientView(TypedDict):
    """url: where on this server the wheel is. size: in bytes. sha256: of the wheel, in hexadecimal."""

    version: str
    url: str
    size: int
    sha256: str


class PiClientAnswer(TypedDict):
    client: PiClientView


def device_view(device: Device, *, sensor_count: int, seen: datetime | None) -> DeviceView:
    """A device; seen: when it was last heard of, where it is online."""
    return {
        "id": str(device.id), "name": device.name, "owner_id": None if device.owner_id is None else str(device.owner_id),
        "agent": device.agent_host is not None, "token_hint": device.token_hint, "sensor_count": sensor_count,
        "location": device.location, "version": device.version,
        "interval_ms": device.interval_ms, "status": status_view(device.status),
        "status_at": time_text(device.status_at),
        "online": seen is not None, "last_seen": time_text(seen or device.last_seen),
        "created_at": time_text(device.created_at) or "",
    }  # fmt: skip
