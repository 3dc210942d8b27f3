"""Which of many owners (people, devices) hold a live connection, in whichever process, when any process may be killed.

Each connection is a document that its process renews; one that was not renewed lately counts no more and is swept.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from bson import ObjectId

from models.odm import Document
from utils.clock import now

HEARTBEAT_SECONDS = 15
# Three heartbeats: one may be late and one lost.
ALIVE_SECONDS = 3 * HEARTBEAT_SECONDS
_SWEEP_LIMIT = 200

D = TypeVar("D", bound=Document)


class Liveness(Generic[D]):
    """The connections of one kind of owner.

    document: has the fields sid, process_id and seen_at, and `owner_field`, which says whose connection it is.
    """

    def __init__(self, document: type[D], owner_field: str) -> None:
        self._document = document
        self._owner_field = owner_field

    def is_online(self, owner: ObjectId) -> bool:
        """Whether any connection of `owner` is alive."""
        return self._document.exists(self._alive({self._owner_field: owner}))

    def online_among(self, owners: Iterable[ObjectId]) -> set[ObjectId]:
        """Those of `owners` who are online, in one query."""
        wanted = list(owners)
        return self._owners({self._owner_field: {"$in": wanted}}) if wanted else set()

    def online(self) -> set[ObjectId]:
        """Everyone who is online."""
        return self._owners({})

    def alive(self, owners: Iterable[ObjectId], *fields: str) -> list[dict[str, Any]]:
        """Those fields of each live connection of `owners`, in one query."""
        wanted = list(owners)
        return self._document.find_raw(self._alive({self._owner_field: {"$in": wanted}}), projection=fields) if wanted else []

    def last_seen(self, owners: Iterable[ObjectId]) -> dict[ObjectId, datetime]:
        """When each of `owners` who is online was seen last, in one query."""
        seen: dict[ObjectId, datetime] = {}
        for row in self.alive(owners, self._owner_field, "seen_at"):
            owner, moment = row[self._owner_field], row["seen_at"]
            seen[owner] = max(moment, seen.get(owner, moment))
        return seen

    def ended(self, sid: str) -> None:
        """Forget a connection."""
        self._document.delete_one({"sid": sid})

    def heartbeat(self, process_id: str) -> None:
        """Say that the process, and so each connection it holds, is alive. Call it every HEARTBEAT_SECONDS."""
        self._document.update_many({"process_id": process_id}, {"$set": {"seen_at": now()}})

    def forget_process(self, process_id: str) -> None:
        """Forget the connections of a process that is ending."""
        self._document.delete_many({"process_id": process_id})

    def expire_process(self, process_id: str, seconds: float) -> None:
        """Have the connections of a process that is ending count for so long yet, and then be swept by another one."""
        last = now() - timedelta(seconds=ALIVE_SECONDS - min(seconds, ALIVE_SECONDS))
        self._document.update_many({"process_id": process_id}, {"$set": {"seen_at": last, "process_id": ""}})

    def sweep(self) -> set[ObjectId]:
        """Remove connections of processes that were killed; returns the owners who are offline for it.

        Of several processes that sweep at once, one gets each.
        """
        dead = {"seen_at": {"$lte": now() - timedelta(seconds=ALIVE_SECONDS)}}
        swept: set[ObjectId] = set()
        for _ in range(_SWEEP_LIMIT):
            connection = self._document.find_one_and_delete(dead)
            if connection is None:
                break
            swept.add(getattr(connection, self._owner_field))
        return swept - self.online_among(swept)

    def _owners(self, which: dict[str, Any]) -> set[ObjectId]:
        return set(self._document.distinct(self._owner_field, self._alive(which)))

    @staticmethod
    def _alive(which: dict[str, Any]) -> dict[str, Any]:
        return {**which, "seen_at": {"$gt": now() - timedelta(seconds=ALIVE_SECONDS)}}
