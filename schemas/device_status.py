"""What a device says of itself, and what people note of devices and sensors besides their names."""

from typing import Annotated

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from models.devices import MAX_LABELS, DeviceStatus
from schemas.base import Payload, ShortText
from utils.validators import clean_line, fold

MAX_LABEL = 40
MAX_LOCATION = 80
MIN_INTERVAL_MS, MAX_INTERVAL_MS = 100, 3_600_000
"""Between two readings of a sensor, as the Pi client has them."""


def _check_labels(labels: list[str]) -> list[str]:
    """Each label once, however it is written."""
    by_key = {fold(label): label for label in reversed(labels)}
    return [label for label in labels if by_key.get(fold(label)) is label]


def _check_location(text: str) -> str:
    return clean_line(text, MAX_LOCATION) if text.strip() else ""


Label = Annotated[str, Field(max_length=400), AfterValidator(lambda text: clean_line(text, MAX_LABEL))]
Labels = Annotated[list[Label], Field(max_length=MAX_LABELS), AfterValidator(_check_labels)]
Location = Annotated[str, Field(max_length=400), AfterValidator(_check_location)]
IntervalMs = Annotated[int, Field(ge=MIN_INTERVAL_MS, le=MAX_INTERVAL_MS)]
Version = Annotated[ShortText, Field(max_length=64)]


class DeviceStatusReport(Payload):
    """How a device is, as far as it can tell; what it leaves out is not known.

    battery_percent: the charge left. rssi_dbm: the strength of its radio signal. uptime_seconds: since it started.
    queued_readings: how many of its readings wait to be sent. temperature_celsius: its own, not that of a sensor.
    interval_ms: how often it reads its sensors; beyond the bounds of what it can be told here, where it is its own affair.
    """

    battery_percent: Annotated[float, Field(ge=0, le=100)] | None = None
    rssi_dbm: Annotated[float, Field(ge=-200, le=50)] | None = None
    uptime_seconds: Annotated[int, Field(ge=0, le=2**40)] | None = None
    queued_readings: Annotated[int, Field(ge=0, le=2**40)] | None = None
    temperature_celsius: Annotated[float, Field(ge=-273.15, le=1000)] | None = None
    interval_ms: Annotated[int, Field(ge=1, le=2**40)] | None = None

    def stored(self) -> DeviceStatus:
        """As the device's document holds it."""
        return DeviceStatus(**self.model_dump())


class ReportStatus(Payload):
    status: DeviceStatusReport
    version: Version | None = None


class DeviceStatusView(TypedDict):
    battery_percent: float | None
    rssi_dbm: float | None
    uptime_seconds: int | None
    queued_readings: int | None
    temperature_celsius: float | None
    interval_ms: int | None


def status_view(status: DeviceStatus | None) -> DeviceStatusView | None:
    """What a device said of itself; None where it never did."""
    if status is None:
        return None
    return {
        "battery_percent": status.battery_percent, "rssi_dbm": status.rssi_dbm, "uptime_seconds": status.uptime_seconds,
        "queued_readings": status.queued_readings, "temperature_celsius": status.temperature_celsius,
        "interval_ms": status.interval_ms,
    }  # fmt: skip
