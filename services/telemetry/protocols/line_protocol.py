"""InfluxDB's line protocol: from text to numbers, line by line, each bad line named and none in the way of its neighbours.

    measurement[,tag=value…] field=value[,field=value…] [timestamp]

Source: https://docs.influxdata.com/influxdb/v1/write_protocols/line_protocol_reference/
"""

import hashlib
import math
import re
from dataclasses import dataclass, field

from utils import concurrency

PRECISIONS = {
    "n": 1e-6, "ns": 1e-6, "u": 1e-3, "us": 1e-3, "µ": 1e-3, "ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000,
}  # fmt: skip
"""A timestamp's unit, in ms, by what the parameter `precision` calls it."""

MAX_KEY = 64
_DIGEST = 12
# Lines read in one go, some 3 ms' worth: then the others in the process get their turn.
_TURN = 1000
# Possessive throughout: no text takes longer than once over it.
_LINE = re.compile(
    r"[ \t\r]*+(?P<series>(?:[^\\ \r\n]|\\[^\n])++)[ ]++"
    r'(?P<fields>(?:[^\\" \r\n]|\\[^\n]|"(?:[^"\\]|\\.)*+")++)'
    r"(?:[ ]++(?P<ts>-?[0-9]{1,19}))?[ \t\r]*+(?=\n|\Z)",
    re.DOTALL,
)
_FIELD = re.compile(r'(?P<name>(?:[^\\,="]|\\.)++)=(?P<value>"(?:[^"\\]|\\.)*+"|[^,"]++)(?:,|\Z)', re.DOTALL)
_COMMA = re.compile(r"(?<!\\),")
_EQUALS = re.compile(r"(?<!\\)=")
_ESCAPED = re.compile(r"\\([,= ])")
_UNFIT = re.compile(r"[\s\x00-\x1f\x7f]+")
_INTEGER = re.compile(r"-?[0-9]{1,20}[iu]")
_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_TRUE, _FALSE = frozenset({"t", "T", "true", "True", "TRUE"}), frozenset({"f", "F", "false", "False", "FALSE"})


class BadLine(ValueError):
    """What is wrong with a line."""


@dataclass(slots=True)
class Lines:
    """What came: readings, each [key, ts in ms, value], and of each its line; and (line, reason) of what cannot be stored."""

    rows: list[list[object]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)


def parse(text: str, precision: str, now: int) -> Lines:
    """Read lines; those without a timestamp are of `now`, in ms. precision: one of PRECISIONS."""
    unit = PRECISIONS[precision]
    found = Lines()
    keys: dict[tuple[str, str], str] = {}
    at, number = 0, 0
    while at < len(text):
        number += 1
        if number % _TURN == 0:
            concurrency.give_way()
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        start = text[at:end].lstrip()
        if not start or start.startswith("#"):
            at = end + 1
            continue
        match = _LINE.match(text, at)
        if match is None:
            found.errors.append((number, f"unable to parse '{text[at : min(end, at + 80)]}'"))
            at = end + 1
            continue
        ts = now if match["ts"] is None else _milliseconds(int(match["ts"]), unit)
        try:
            _read_fields(match["series"], match["fields"], ts, number, keys, found)
        except BadLine as error:
            found.errors.append((number, str(error)))
        # A string may hold line breaks.
        number += text.count("\n", at, match.end())
        at = match.end() + 1
    return found


def key_of(series: str, name: str) -> str:
    """The key of the sensor that a field of a series is: measurement.field,tag=value,… with tags in order.

    A field called `value` is the measurement itself. White space becomes _. What is longer than a key may be is cut, and ends with
    the beginning of the SHA-256 of the whole. Raises BadLine.
    """
    measurement, *tags = _COMMA.split(series)
    pairs: list[str] = []
    for tag in tags:
        parts = _EQUALS.split(tag, 1)
        if len(parts) != 2 or not parts[0] or not parts[1]:
            raise BadLine(f"missing tag value or name in '{series[:80]}'")
        pairs.append("=".join(parts))
    if not measurement:
        raise BadLine("missing measurement")
    whole = _plain(measurement if name == "value" else f"{measurement}.{name}") + "".join(
        f",{_plain(pair)}" for pair in sorted(pairs)
    )
    return fitting_key(whole)


def fitting_key(text: str) -> str:
    """A key made of a name from elsewhere: white space is _, what is too long is cut and ends with a digest of the whole."""
    whole = _UNFIT.sub("_", text)
    if len(whole) <= MAX_KEY:
        return whole
    digest = hashlib.sha256(whole.encode()).hexdigest()[:_DIGEST]
    return f"{whole[: MAX_KEY - _DIGEST - 1]}-{digest}"


def _read_fields(series: str, fields: str, ts: int, line: int, keys: dict[tuple[str, str], str], found: Lines) -> None:
    rows: list[list[object]] = []
    refused: list[str] = []
    at = 0
    while at < len(fields):
        match = _FIELD.match(fields, at)
        if match is None:
            raise BadLine(f"invalid field format '{fields[at : at + 80]}'")
        name, text = match["name"], match["value"]
        if text.startswith('"'):
            refused.append(name)
        else:
            key = keys.get((series, name))
            if key is None:
                key = keys[series, name] = key_of(series, name)
            rows.append([key, ts, _number(text)])
        at = match.end()
    if fields.endswith(","):
        raise BadLine("missing field after the last comma")
    found.rows += rows
    found.lines += [line] * len(rows)
    if refused:
        found.errors.append((line, f"strings are not stored: {', '.join(refused)[:200]}"))


def _number(text: str) -> float:
    if _FLOAT.fullmatch(text):
        value = float(text)
        if math.isfinite(value):
            return value
    elif _INTEGER.fullmatch(text):
        return float(int(text[:-1]))
    elif text in _TRUE:
        return 1.0
    elif text in _FALSE:
        return 0.0
    raise BadLine(f"invalid number '{text[:80]}'")


def _milliseconds(ts: int, unit: float) -> int:
    if unit >= 1:
        return ts * int(unit)
    return ts // round(1 / unit)


def _plain(text: str) -> str:
    return _UNFIT.sub("_", _ESCAPED.sub(r"\1", text))
