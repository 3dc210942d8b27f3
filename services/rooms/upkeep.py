"""Mending what a crash left behind in rooms.

A join counts the new member first and stores the membership second (that is what keeps the limit in a race), so a process that is
killed in between leaves `member_count` too high, and a place that nobody can take. The same holds, for an instant, for every
join that is under way. So a count is only set right when it was wrong in the same way at two looks, `settle_seconds` apart, and
only if it still is what was seen.

The room says who owns it (`owner_id`); the roles of the memberships follow it. Its messages say how far it has come.
"""

import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from bson import ObjectId

from models.rooms import Member, Room
from services.rooms import ownership
from services.rooms.newest import newest
from utils.clock import now
from utils.logs import get_logger
from utils.prefix_terms import name_terms

log = get_logger(__name__)

SETTLE_SECONDS = 60.0
_SLICE = 100
_FIELDS = ("member_count", "owner_id", "name", "name_terms", "created_at")


class _Suspect(NamedTuple):
    stored: int
    counted: int
    seen_at: float


class Upkeep:
    """Looks through all rooms, and again at those that looked wrong."""

    def __init__(self, settle_seconds: float = SETTLE_SECONDS) -> None:
        self._settle = settle_seconds
        self._suspects: dict[ObjectId, _Suspect] = {}

    @property
    def suspects(self) -> int:
        """How many rooms have to be looked at again."""
        return len(self._suspects)

    def look(self) -> Iterator[None]:
        """Look at every room, some at each step."""
        which: dict[str, Any] = {"kind": {"$in": ["group", "topic"]}}
        while slice_ := Room.find_raw(which, projection=_FIELDS, sort=[("_id", 1)], limit=_SLICE):
            self._examine(slice_)
            yield
            which["_id"] = {"$gt": slice_[-1]["_id"]}
        yield from _look_at_newest()

    def look_again(self) -> None:
        """Look at the rooms that looked wrong, and mend those that still are."""
        ids = list(self._suspects)
        for start in range(0, len(ids), _SLICE):
            some = ids[start : start + _SLICE]
            found = Room.find_raw({"_id": {"$in": some}}, projection=_FIELDS)
            for gone in set(some) - {room["_id"] for room in found}:
                del self._suspects[gone]
            self._examine(found)

    def _examine(self, found: list[dict[str, Any]]) -> None:
        counted = Member.count_by("room_id", {"room_id": {"$in": [room["_id"] for room in found]}})
        for room in found:
            self._check_count(room["_id"], room.get("member_count", 0), counted.get(room["_id"], 0))
            if not room.get("name_terms"):  # stored by a version that had none
                Room.update_one({"_id": room["_id"], "name": room["name"]}, {"$set": {"name_terms": name_terms(room["name"])}})
        _mend_owners(found)

    def _check_count(self, room_id: ObjectId, stored: int, counted: int) -> None:
        before = self._suspects.pop(room_id, None)
        if stored == counted:
            return
        if before is None or before[:2] != (stored, counted):
            self._suspects[room_id] = _Suspect(stored, counted, time.monotonic())
        elif time.monotonic() - before.seen_at < self._settle:
            self._suspects[room_id] = before
        elif Room.update_one({"_id": room_id, "member_count": stored}, {"$set": {"member_count": counted}}):
            log.warning("member count mended", room_id=str(room_id), stored=stored, counted=counted)


def _look_at_newest() -> Iterator[None]:
    """Write down how far rooms have come whose last messages were stored by a process that was killed before it could."""
    which: dict[str, Any] = {}
    while slice_ := Room.find_raw(which, projection=("_id",), sort=[("_id", 1)], limit=_SLICE):
        newest().heads([room["_id"] for room in slice_])
        yield
        which["_id"] = {"$gt": slice_[-1]["_id"]}


def _mend_owners(found: Iterable[dict[str, Any]]) -> None:
    """Set right the roles of rooms whose change of owner was cut short. What is under way is only finished earlier by it."""
    settled = now() - timedelta(seconds=SETTLE_SECONDS)
    owned = {room["_id"]: room["owner_id"] for room in found if room.get("owner_id") and room["created_at"] < settled}
    which = {"room_id": {"$in": list(owned)}, "role": "owner"}
    actual: dict[ObjectId, set[ObjectId]] = {}
    for row in Member.find_raw(which, projection=("room_id", "user_id")):
        actual.setdefault(row["room_id"], set()).add(row["user_id"])
    for room_id, owner_id in owned.items():
        if actual.get(room_id) != {owner_id}:
            ownership.settle(room_id)
