"""What devices publish, as readings: a number, or JSON with one value or several.

    21.5        "21.5"        21.5 °C        true
    {"value": 21.5, "ts": 1763631000000}
    {"temperature": 21.5, "wifi": {"rssi": -61}}
    {"ts": 1763631000000, "values": {"temperature": 21.5}}, and a list of such

The latter two are the telemetry of ThingsBoard, https://thingsboard.io/docs/reference/mqtt-api/#telemetry-upload-api;
zigbee2mqtt and Tasmota publish objects too.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from services.telemetry.protocols.line_protocol import fitting_key

MAX_PAYLOAD = 16_384
# Of a message: as many as a device may have sensors, or some of them at several times.
MAX_READINGS = 64
_LONGEST = 64
_DEEPEST = 4
_NUMBER = re.compile(r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]{1,3})?")
_MEASURED = re.compile(rf"({_NUMBER.pattern})\s*(?:[^\W\d_]\D{{0,15}}|[°%‰℃℉Ω].{{0,15}})?")
# Times from here on are of finer units: as seconds this is the year 5138, as ms 1973, as µs likewise.
_MS, _US, _NS = 1e11, 1e14, 1e17


class BadPayload(ValueError):
    """A payload that holds no reading."""


@dataclass(frozen=True, slots=True)
class Reading:
    """name: of the field, "" where the payload is one value. ts: in ms, None where the payload has no time."""

    name: str
    ts: int | None
    value: float


def read_payload(payload: bytes | bytearray) -> list[Reading]:
    """The readings of a payload, at least one and at most MAX_READINGS. Raises BadPayload."""
    if len(payload) > MAX_PAYLOAD:
        raise BadPayload("longer than a payload may be")
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        raise BadPayload("neither text nor JSON") from None
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        found = text.strip()
    readings: list[Reading] = []
    for part in filter(_is_object, found) if type(found) is list else [found]:
        readings += _read(part, MAX_READINGS - len(readings))
    if not readings:
        raise BadPayload("no number in it")
    return readings


def _read(found: Any, most: int) -> list[Reading]:
    if not _is_object(found):
        value = _measured(found)
        return [] if value is None else [Reading("", None, value)]
    ts = _milliseconds(found["ts"]) if "ts" in found else None
    if "value" in found and type(found["value"]) is not dict:
        value = _measured(found["value"])
        return [] if value is None else [Reading("", ts, value)]
    fields = found["values"] if type(found.get("values")) is dict else {name: each for name, each in found.items() if name != "ts"}
    readings: list[Reading] = []
    for name, value in _fields(fields, "", 1):
        if len(readings) == most:
            break
        readings.append(Reading(fitting_key(name), ts, value))
    return readings


def _is_object(found: Any) -> bool:
    return type(found) is dict


def _fields(fields: dict[str, Any], before: str, depth: int) -> Iterator[tuple[str, float]]:
    for name, each in fields.items():
        if type(each) is dict:
            if depth < _DEEPEST:
                yield from _fields(each, f"{before}{name}.", depth + 1)
        elif (value := _number(each)) is not None:
            yield f"{before}{name}", value


def _measured(found: Any) -> float | None:
    """A number by itself, which may have a unit behind it."""
    if type(found) is str and len(found) <= _LONGEST and (match := _MEASURED.fullmatch(found.strip())):
        return _number(match[1])
    return _number(found)


def _number(found: Any) -> float | None:
    """As a float what is a finite number, is one in quotes, or is true or false."""
    if type(found) is str:
        if len(found) > _LONGEST or not _NUMBER.fullmatch(found):
            return None
    elif type(found) not in (bool, int, float):
        return None
    try:
        value = float(found)
    except OverflowError:
        return None
    return value if math.isfinite(value) else None


def _milliseconds(found: Any) -> int:
    """A time since 1970 in whichever unit its size says. Raises BadPayload."""
    number = None if type(found) is bool else _number(found)
    if number is None:
        raise BadPayload("a time that is no number")
    if number < _MS:
        return round(number * 1000)
    exact = int(found) if type(found) is not str else int(number)
    return exact if number < _US else exact // 1000 if number < _NS else exact // 1_000_000
