"""What comes in InfluxDB's line protocol: each field of a series is a sensor, made when it comes for the first time."""

from dataclasses import dataclass

from models.devices import Device
from services.telemetry import ingest, sensors
from services.telemetry.ingest import Source
from services.telemetry.protocols.line_protocol import parse
from utils.clock import now_ms

_REASONS = {
    "bad_timestamp": "the timestamp is not after 1970", "future_timestamp": "the timestamp is in the future; is `precision` right?",
    "too_old": "the timestamp is older than readings are kept", "bad_value": "the value is not a finite number",
    "unknown_sensor": "the device has as many sensors as it may",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the lines: readings stored now or before, and (line, reason) of what was not stored, by line."""

    stored: int
    errors: list[tuple[int, str]]


def write(device: Device, text: str, precision: str) -> Written:
    """Store the readings in `text`. precision: one of services.telemetry.line_protocol.PRECISIONS.

    What is wrong with a line keeps no other from being stored. Raises RateLimited, services.telemetry.ingest.DeviceGone.
    """
    lines = parse(text, precision, now_ms())
    source = Source.of(device)
    source.renew()
    sensors.announce_keys(device, dict.fromkeys(key for row in lines.rows if (key := str(row[0])) not in source.sensors))
    answer = ingest.ingest_large(source, lines.rows)
    for rejection in answer["rejected"]:
        lines.errors.append((lines.lines[rejection["index"]], _REASONS.get(rejection["code"], rejection["code"])))
    return Written(answer["accepted"] + answer["duplicates"], sorted(lines.errors))
