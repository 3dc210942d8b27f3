"""What is measured: a sensor and one reading of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

MAX_SENSORS = 64
"""How many sensors the server takes from one device (contract, event ``announce``)."""

MAX_BATCH = 5_000
"""How many readings one ``readings`` event may carry (contract)."""

_KEY = re.compile(r"[a-z0-9][a-z0-9_.:-]{0,63}")


@dataclass(frozen=True)
class Sensor:
    """One thing that a driver measures.

    key: the sensor's stable name within this device, such as ``cpu_temperature`` or ``28-0316a2795aff``;
    name: what people read; unit: as shown after the value, empty for a plain number;
    kind: the quantity, such as ``temperature``, ``humidity``, ``load``, ``percent``.

    Raises ValueError for a key the server would refuse.
    """

    key: str
    name: str
    unit: str
    kind: str

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise ValueError(f"sensor key {self.key!r}: lower-case letters, digits, '_', '.', ':' and '-', at most 64")

    def to_wire(self) -> dict[str, str]:
        """The sensor as an item of ``announce``."""
        return {"key": self.key, "name": self.name, "unit": self.unit, "kind": self.kind}


class Sample(NamedTuple):
    """One value of one sensor as it was measured: at_ms is milliseconds since the machine started."""

    key: str
    at_ms: int
    value: float


class Reading(NamedTuple):
    """One value of one sensor: ts_ms is milliseconds since the Unix epoch, value a finite number."""

    key: str
    ts_ms: int
    value: float
