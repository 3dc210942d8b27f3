"""Readings for other programs: the newest ones for Prometheus, ranges for Grafana.

Whoever asks is a person, who finds what they see here too, or a device, which finds its own sensors and the public ones.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from bson import ObjectId

from models.devices import Device, Sensor
from services.charting import sensor_charts
from services.telemetry import recent, sensor_search, sensors_seen
from services.telemetry.sensors_seen import Reader, all_pages
from utils.chunks import chunks
from utils.ids import parse_id
from utils.prefix_terms import begins_with
from utils.text_terms import normalize

_PAGE = 200
_MOST_FOUND = 1_000
# Of devices that are called alike so many are looked at, so many at a time.
_MOST_DEVICES = 1_000
_DEVICES = 100
_BETWEEN = " / "
_NAME = "fieldroom_sensor_value"


def prometheus(reader: Reader) -> Iterator[str]:
    """Prometheus' text format: a gauge for each sensor that has a reading, with its time."""
    yield f"# HELP {_NAME} The newest reading of a sensor, in its unit.\n# TYPE {_NAME} gauge\n"
    for sensors in all_pages(reader, _PAGE):
        names = _device_names(sensors)
        lines: list[str] = []
        for sensor in sensors:
            newest = recent.newest(sensor)
            if newest is not None:
                labels = {
                    "sensor": str(sensor.id), "device": names.get(sensor.device_id, ""), "key": sensor.key, "name": sensor.name,
                    "unit": sensor.unit, "kind": sensor.kind, "location": sensor.location or sensor.device_location,
                }  # fmt: skip
                shown = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
                lines.append(f"{_NAME}{{{shown}}} {newest[1]!r} {newest[0]}\n")
        yield "".join(lines)


def search(reader: Reader, text: str) -> list[tuple[str, str]]:
    """(what it is called, id) of the sensors that `text` finds, oldest first, at most 1,000; without a text the oldest.

    It is what a word of the sensor's or its device's name, or a label, the location or the key begins with, or the whole of what
    the sensor is called.
    """
    normal = normalize(text)
    found = sensors_seen.page(reader, sensor_search.condition(text), limit=_MOST_FOUND, prefix=bool(normal))
    if normal:
        of_devices = [sensor for some in _devices({"name_terms": begins_with(normal)}) for sensor in _sensors_of(some, reader)]
        named = _named(reader, text)
        unique = {sensor.id: sensor for sensor in (*found, *of_devices, *([] if named is None else [named]))}
        found = sorted(unique.values(), key=lambda sensor: sensor.id)[:_MOST_FOUND]
    names = _device_names(found)
    return [(_called(sensor, names), str(sensor.id)) for sensor in found]


def course(reader: Reader, target: str, start: int, end: int, most: int) -> tuple[str, list[tuple[int, float]]] | None:
    """What a sensor is called and at most `most` (ts, value) of its course from `start` to `end`; target: its id,
    or what `search` calls it.

    None where there is no such sensor for this reader.
    """
    sensor_id = parse_id(target)
    if sensor_id is not None:
        sensor = Sensor.get(sensor_id)
    else:
        sensor = _named(reader, target)
    if sensor is None or not sensors_seen.sees(reader, sensor):
        return None
    return _called(sensor, _device_names([sensor])), sensor_charts.points(sensor, start, end, most)


def _named(reader: Reader, called: str) -> Sensor | None:
    """The oldest sensor that is called so, with its device before and its unit behind; of the oldest devices of that name."""
    found: list[Sensor] = []
    at = called.find(_BETWEEN)
    while at >= 0:
        for devices in _devices({"name": called[:at]}):
            names = {device["_id"]: device["name"] for device in devices}
            found += [sensor for sensor in _sensors_of(devices, reader) if _called(sensor, names) == called]
            if found:
                break
        at = called.find(_BETWEEN, at + 1)
    return min(found, key=lambda sensor: sensor.id, default=None)


def _devices(which: dict[str, object]) -> Iterator[list[dict[str, Any]]]:
    """The oldest of the devices that match, some at a time."""
    found = Device.find_raw(which, projection=("name",), sort=[("_id", 1)], limit=_MOST_DEVICES)
    return (found[start : start + _DEVICES] for start in range(0, len(found), _DEVICES))


def _sensors_of(devices: Sequence[dict[str, Any]], reader: Reader) -> list[Sensor]:
    found = Sensor.find({"device_id": {"$in": [device["_id"] for device in devices]}})
    return [sensor for sensor in found if sensors_seen.sees(reader, sensor)]


def _device_names(sensors: Sequence[Sensor]) -> dict[ObjectId, str]:
    ids = list({sensor.device_id for sensor in sensors})
    return {
        row["_id"]: row["name"] for some in chunks(ids) for row in Device.find_raw({"_id": {"$in": some}}, projection=("name",))
    }


def _called(sensor: Sensor, devices: dict[ObjectId, str]) -> str:
    unit = f" ({sensor.unit})" if sensor.unit else ""
    return f"{devices.get(sensor.device_id, '')} / {sensor.name}{unit}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
