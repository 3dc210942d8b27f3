"""Which sensors somebody sees, in the order of their ids: a page costs the same however many there are.

Whoever asks is a person or a device. What they see is two ranges, each of which lies in order in an index: the public sensors, and
the private ones that are theirs.
"""

from collections.abc import Iterator, Mapping

from bson import ObjectId

from models.accounts import User
from models.devices import Device, Sensor
from utils import concurrency

Reader = User | Device


def page(
    reader: Reader, which: Mapping[str, object] | None = None, *, limit: int, after: ObjectId | None = None, prefix: bool = False
) -> list[Sensor]:
    """The first `limit` sensors after an id, of those that `reader` sees and that match `which`.

    prefix: `which` is about the beginning of a term, so that the order comes from no index and all that match are looked at.
    """
    further = {} if after is None else {"_id": {"$gt": after}}
    own = _own(reader)
    # With an equality SQLite would read all sensors of that visibility in order, to find the few that are meant.
    public: object = {"$ne": "private"} if prefix else "public"
    private: object = {"$ne": "public"} if (prefix and not own) or "device_id" in own else "private"
    found: list[Sensor] = []
    for seen in ({"visibility": public}, {**own, "visibility": private}):
        found += Sensor.find({**(which or {}), **seen, **further}, sort=[("_id", 1)], limit=limit)
    found.sort(key=lambda sensor: sensor.id)
    return found[:limit]


def sees(reader: Reader, sensor: Sensor) -> bool:
    """Whether a sensor is among those that `reader` sees."""
    if sensor.visibility == "public":
        return True
    if isinstance(reader, Device):
        return sensor.device_id == reader.id
    return reader.role == "admin" or sensor.owner_id == reader.id


def all_pages(reader: Reader, size: int) -> Iterator[list[Sensor]]:
    """All sensors that the reader sees, oldest first; between two pages everyone else in the process has a turn."""
    after: ObjectId | None = None
    while sensors := page(reader, limit=size, after=after):
        yield sensors
        after = sensors[-1].id
        concurrency.give_way()


def _own(reader: Reader) -> dict[str, object]:
    if isinstance(reader, Device):
        return {"device_id": reader.id}
    return {} if reader.role == "admin" else {"owner_id": reader.id}
