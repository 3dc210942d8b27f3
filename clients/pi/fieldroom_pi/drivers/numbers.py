"""Finding a number in a text, and turning it into the quantity that is meant."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass

from fieldroom_pi.drivers.options import Options
from fieldroom_pi.errors import DriverError

_SHOWN = 60


@dataclass(frozen=True)
class Calibration:
    """A straight line: value = scale * measured + offset."""

    scale: float = 1.0
    offset: float = 0.0

    @classmethod
    def of(cls, options: Options) -> Calibration:
        """From the options ``scale`` and ``offset``."""
        return cls(options.number("scale", 1.0), options.number("offset", 0.0))

    def apply(self, measured: float) -> float:
        """The value that stands for a measured one."""
        return self.scale * measured + self.offset


def find_number(text: str, pattern: re.Pattern[str] | None = None) -> float:
    """The number that a text is, or that the pattern finds in it (its first group, or the whole match).

    Raises DriverError if there is none, or it is not finite.
    """
    found = text.strip()
    if pattern is not None:
        match = pattern.search(text)
        if match is None:
            raise DriverError(f"the pattern {pattern.pattern!r} is not in {_short(text)}")
        found = (match.group(1) if pattern.groups else match.group()) or ""
    return _finite(found)


def find_in_json(text: str, field: str) -> float:
    """The number at a dotted path in a JSON text: ``main.temp``, ``sensors.0.value``. Raises DriverError."""
    try:
        value: object = json.loads(text)
    except ValueError as error:
        raise DriverError(f"not JSON: {_short(text)}") from error
    for step in field.split("."):
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            raise DriverError(f"the JSON has no {field}")
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise DriverError(f"{field} is not a number")
    return _finite(value)


def _finite(value: float | str) -> float:
    try:
        number = float(value)
    except (ValueError, OverflowError) as error:
        raise DriverError(f"not a number: {_short(str(value))}") from error
    if not math.isfinite(number):
        raise DriverError(f"not a finite number: {value}")
    return number


def _short(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= _SHOWN else line[:_SHOWN] + "…")
