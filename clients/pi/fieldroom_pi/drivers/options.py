"""Reading a driver's options out of its ``[[drivers]]`` table, with one-line refusals that name the option."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from fieldroom_pi.errors import ConfigError
from fieldroom_pi.model import Sensor

SENSOR_KEYS = ("key", "name", "unit", "kind")
"""The options by which a table describes the one sensor that it measures."""


class Options:
    """The options of one table. Every method raises ConfigError for a value of the wrong kind.

    driver: what messages call it; known: all options that it has, anything else is refused.
    """

    def __init__(self, driver: str, values: Mapping[str, object], known: Sequence[str]) -> None:
        self._driver = driver
        self._values = values
        for key in values:
            if key not in known:
                raise ConfigError(f"drivers: {driver} has no option {key!r}; it has {', '.join(sorted(known))}")

    def wrong(self, key: str, must: str) -> ConfigError:
        """The error that says what an option must be."""
        return ConfigError(f"drivers: {key} of {self._driver} must be {must}")

    def text(self, key: str, default: str = "") -> str:
        """A string; the default if it is not set."""
        value = self._values.get(key, default)
        if not isinstance(value, str):
            raise self.wrong(key, "text in quotes")
        return value

    def path(self, key: str, default: str = "") -> Path:
        """An absolute path."""
        value = self.text(key, default)
        if not value.startswith("/"):
            raise self.wrong(key, "an absolute path")
        return Path(value)

    def number(self, key: str, default: float) -> float:
        """A finite number."""
        value = self._values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise self.wrong(key, "a number")
        return float(value)

    def integer(self, key: str, default: int | None, low: int, high: int) -> int:
        """A whole number from low to high; without a default it has to be there."""
        value = self._values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.wrong(key, f"a whole number from {low} to {high}")
        return value

    def flag(self, key: str) -> bool:
        """true or false; false if it is not set."""
        value = self._values.get(key, False)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def choice(self, key: str, choices: Sequence[str]) -> str:
        """One of the choices; the first is the default."""
        value = self._values.get(key, choices[0])
        if value not in choices:
            raise self.wrong(key, f"one of {', '.join(choices)}")
        return str(value)

    def names(self, key: str) -> dict[str, str]:
        """A table of texts."""
        value = self._values.get(key, {})
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            raise self.wrong(key, "a table of names")
        return value

    def tables(self, key: str) -> list[dict[str, object]]:
        """A list of tables with at least one in it."""
        value = self._values.get(key)
        if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
            raise self.wrong(key, "one or more tables")
        return value

    def pattern(self, key: str) -> re.Pattern[str] | None:
        """A regular expression, or None if it is not set."""
        source = self.text(key)
        if not source:
            return None
        try:
            return re.compile(source, re.MULTILINE)
        except re.error as error:
            raise self.wrong(key, f"a regular expression ({error})") from error

    def sensor(self) -> Sensor:
        """The sensor that ``key`` (needed), ``name``, ``unit`` and ``kind`` describe."""
        key = self.text("key")
        if not key:
            raise ConfigError(f'drivers: {self._driver} needs a key, the sensor\'s lasting name such as key = "soil"')
        try:
            return Sensor(key, self.text("name") or key, self.text("unit"), self.text("kind") or "number")
        except ValueError as error:
            raise ConfigError(f"drivers: {self._driver}: {error}") from error
