"""Readings for other programs: the newest ones for Prometheus, ranges for Grafana.

Whoever asks is a person, who finds what they see here too, or a device, which finds its own sensors and the public ones.
"""

from collections.abc import Iterator, Sequence

from bson import ObjectId

from models.accounts import User
from models.devices import Device, Sensor
from services.charting import sensor_charts
from services.telemetry import recent
from utils import concurrency
from utils.ids import parse_id

Reader = User | Device
_PAGE = 200
_MOST_FOUND = 1_000
_NAME = "fieldroom_sensor_value"


def prometheus(reader: Reader) -> Iterator[str]:
    """Prometheus' text format: a gauge for each sensor that has a reading, with its time."""
    yield f"# HELP {_NAME} The newest reading of a sensor, in its unit.\n# TYPE {_NAME} gauge\n"
    for sensors in _pages(reader):
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
    """(what it is called, id) of the sensors with `text` in what they are called, at most 1,000."""
    found: list[tuple[str, str]] = []
    for sensors in _pages(reader):
        names = _device_names(sensors)
        for sensor in sensors:
            called = _called(sensor, names)
            if text.casefold() in called.casefold():
                found.append((called, str(sensor.id)))
        if len(found) >= _MOST_FOUND:
            break
    return found[:_MOST_FOUND]


def course(reader: Reader, target: str, start: int, end: int, most: int) -> tuple[str, list[tuple[int, float]]] | None:
    """What a sensor is called and at most `most` (ts, value) of its course from `start` to `end`; target: its id,
    or what `search` calls it.

    None where there is no such sensor for this reader.
    """
    sensor_id = parse_id(target)
    if sensor_id is not None:
        sensor = Sensor.find_one({"$and": [{"_id": sensor_id}, _visible(reader)]})
    else:
        sensor = _named(reader, target)
    if sensor is None:
        return None
    return _called(sensor, _device_names([sensor])), sensor_charts.points(sensor, start, end, most)


def _named(reader: Reader, called: str) -> Sensor | None:
    """The oldest sensor that is called so, with its device before and its unit behind."""
    for sensors in _pages(reader):
        likely = [sensor for sensor in sensors if f" / {sensor.name}" in called]
        names = _device_names(likely) if likely else {}
        for sensor in likely:
            if _called(sensor, names) == called:
                return sensor
    return None


def _visible(reader: Reader) -> dict[str, object]:
    if isinstance(reader, Device):
        return {"$or": [{"visibility": "public"}, {"device_id": reader.id}]}
    if reader.role == "admin":
        return {"_id": {"$exists": True}}
    return {"$or": [{"visibility": "public"}, {"owner_id": reader.id}]}


def _pages(reader: Reader) -> Iterator[list[Sensor]]:
    """All sensors that the reader sees, oldest first; between two pages everyone else in the process has a turn."""
    after: dict[str, object] = {}
    while sensors := Sensor.find(
        {"$and": [_visible(reader), after]} if after else _visible(reader), sort=[("_id", 1)], limit=_PAGE
    ):
        yield sensors
        after = {"_id": {"$gt": sensors[-1].id}}
        concurrency.give_way()


def _device_names(sensors: Sequence[Sensor]) -> dict[ObjectId, str]:
    ids = list({sensor.device_id for sensor in sensors})
    return {row["_id"]: row["name"] for row in Device.find_raw({"_id": {"$in": ids}}, projection=("name",))}


def _called(sensor: Sensor, devices: dict[ObjectId, str]) -> str:
    unit = f" ({sensor.unit})" if sensor.unit else ""
    return f"{devices.get(sensor.device_id, '')} / {sensor.name}{unit}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
