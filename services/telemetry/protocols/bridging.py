"""Readings that come from elsewhere by the name of their device, such as from an MQTT broker."""

import time
from collections import Counter, OrderedDict
from collections.abc import Iterable
from contextlib import suppress

from models.devices import Device
from services.platform import current
from services.telemetry import devices, ingest, sensors
from services.telemetry.ingest import DeviceGone, Source
from utils.errors import FieldroomError, RateLimited
from utils.ids import parse_id

_REMEMBER_SECONDS = 30.0
_REMEMBERED = 10_000


class Senders:
    """The devices that names stand for, remembered for a while, unknown names too."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[float, Device | None, Source | None]] = OrderedDict()

    def find(self, name: str) -> tuple[Device | None, Source | None]:
        """The device with that id, or else the only one with that name."""
        known = self._known.get(name)
        if known is None or known[0] < time.monotonic():
            device = _find(name)
            known = (time.monotonic() + _REMEMBER_SECONDS, device, None if device is None else Source.of(device))
            self._known[name] = known
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return known[1], known[2]

    def forget(self, name: str) -> None:
        """Look for it anew next time."""
        self._known.pop(name, None)


def store(readings: Iterable[tuple[str, str, int, float]]) -> dict[str, int]:
    """Store readings, each (device, key, ts in ms, value); a device is named by its id, or by its name where that is its alone.

    A sensor is made when it comes first. Returns how many came to what: accepted, duplicate, or why not. Raises OdmError.
    """
    by_device: dict[str, list[list[object]]] = {}
    for name, key, ts, value in readings:
        by_device.setdefault(name, []).append([key, ts, value])
    outcomes: Counter[str] = Counter()
    for name, rows in by_device.items():
        outcomes.update(_store_of(name, rows))
    return dict(outcomes)


def _store_of(name: str, rows: list[list[object]]) -> dict[str, int]:
    senders = current().part(Senders)
    device, source = senders.find(name)
    if device is None or source is None:
        return {"unknown_device": len(rows)}
    try:
        source.renew()
        # One too many: its readings are refused as of an unknown sensor.
        with suppress(FieldroomError):
            sensors.announce_keys(device, sorted({str(row[0]) for row in rows} - source.sensors.keys()))
        answer = ingest.ingest_large(source, rows)
    except DeviceGone:
        senders.forget(name)
        return {"unknown_device": len(rows)}
    except RateLimited:  # nobody there whom one could tell to come again
        return {"rate_limited": len(rows)}
    devices.heard_from(device)
    refused = Counter(str(rejection["code"]) for rejection in answer["rejected"])
    return {"accepted": answer["accepted"], "duplicate": answer["duplicates"], **refused}


def _find(name: str) -> Device | None:
    id = parse_id(name)
    if id is not None:
        return Device.get(id)
    found = Device.find({"name": name}, limit=2)
    return found[0] if len(found) == 1 else None
