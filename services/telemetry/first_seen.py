"""Sensors that are made when their first reading comes, for protocols in which nobody announces them."""

from collections.abc import Iterable

from pydantic import ValidationError

from models.devices import Device
from schemas.sensors import MAX_SENSOR_NAME, AnnouncedSensor
from services.telemetry import sensors
from utils.errors import ValidationFailed


def make(device: Device, keys: Iterable[str]) -> None:
    """Announce sensors with these keys, as far as the device may have more; what is no key is left out."""
    wanted: list[AnnouncedSensor] = []
    for key in keys:
        try:
            wanted.append(AnnouncedSensor(key=key, name=key[:MAX_SENSOR_NAME]))
        except ValidationError:
            continue
    if not wanted:
        return
    try:
        sensors.announce(device, wanted)
    except ValidationFailed:
        for one in wanted:
            try:
                sensors.announce(device, [one])
            except ValidationFailed:
                return
