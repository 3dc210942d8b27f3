"""The newest readings that this process has stored, by sensor.

The worker writes a sensor's newest reading into its document a second or two after it came; writing it for each batch would
cost more than storing the batch. Whoever asks meanwhile gets it from here, where their request meets the process that stored
it; after a crash the worker catches up from its marks.
"""

from collections import OrderedDict

from models.devices import Sensor
from services.platform import current
from utils.clock import now_ms

_CAPACITY = 50_000


class Newest(OrderedDict[int, tuple[int, float, int]]):
    """By the number of the sensor: ts, value, and when it was stored, by the clock of this process."""


def note(number: int, ts: int, value: float) -> None:
    """Remember a stored reading of the sensor of that number, where it is the newest."""
    newest = current().part(Newest)
    known = newest.get(number)
    if known is None or ts > known[0]:
        newest[number] = (ts, value, now_ms())
        newest.move_to_end(number)
        if len(newest) > _CAPACITY:
            newest.popitem(last=False)


def newest(sensor: Sensor) -> tuple[int, float] | None:
    """The newest reading of a sensor as (ts, value): the one that its document holds, or one that came since."""
    remembered = current().part(Newest)
    known = remembered.get(sensor.number)
    if known is not None and known[2] <= sensor.erased_ms:
        # Whoever removed readings of it has written which is the newest now.
        remembered.pop(sensor.number, None)
        known = None
    if sensor.last is None or (known is not None and known[0] > sensor.last.ts):
        return None if known is None else known[:2]
    return sensor.last.ts, sensor.last.value
