"""Which of many owners (people, devices) hold a live connection, in whichever process, when any process may be killed.

Each connection is a document, and so is each process. A process renews its own, one write however many connections it holds; one
that did not lately is dead, and with it its connections: they count no more and are swept.
"""

import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from bson import ObjectId

from models.odm import Document
from models.processes import ServerProcess
from services.platform import current
from utils.chunks import chunks
from utils.clock import now

HEARTBEAT_SECONDS = 15
# Three heartbeats: one may be late and one lost.
ALIVE_SECONDS = 3 * HEARTBEAT_SECONDS
# The process of a connection whose process has ended in order.
NO_PROCESS = ""
_SWEEP_LIMIT = 200
_LOOK_SECONDS = 1.0
# What processes hold connections of.
_KINDS: "list[Liveness[Any]]" = []
_NEVER = datetime.min.replace(tzinfo=UTC)

D = TypeVar("D", bound=Document)


class Processes:
    """When each process was seen last, as this one knows: a process that was seen lately is alive and needs no look."""

    def __init__(self) -> None:
        self._seen: dict[str, datetime] = {}
        self._looked_at = float("-inf")
        self._own: set[str] = set()
        self._beaten_at = float("-inf")
        self._steady = False

    def heartbeat(self, process_id: str) -> None:
        """Say that a process, and so each connection that it holds, is alive. Call it every HEARTBEAT_SECONDS.

        Forgets dead processes of which no connection is left.
        """
        self._renew(process_id)
        # After the database was away all processes look dead until each has had its turn to say otherwise.
        self._steady = time.monotonic() - self._beaten_at < 2 * HEARTBEAT_SECONDS
        self._beaten_at = time.monotonic()
        self.look()
        for dead in self.dead():
            if not any(kind.any_of(dead) for kind in _KINDS):
                ServerProcess.delete_one({"_id": dead, "seen_at": {"$lte": oldest_alive()}})

    def begin(self, process_id: str) -> None:
        """Make a process known before its first connection is."""
        if process_id not in self._own:
            self._renew(process_id)

    def end(self, process_id: str) -> None:
        """Forget a process that ends in order."""
        self._own.discard(process_id)
        ServerProcess.delete_one({"_id": process_id})

    def is_alive(self, process_id: str, began_at: datetime) -> bool:
        """Whether a connection of that process, begun then, is alive. Of one that began lately the process need not be known."""
        limit = oldest_alive()
        return began_at > limit or self.seen(process_id) > limit

    def seen(self, process_id: str) -> datetime:
        """When a process was seen last, `datetime.min` where there is none: as known, or looked up where that is long ago."""
        if self._seen.get(process_id, _NEVER) <= oldest_alive() and time.monotonic() - self._looked_at >= _LOOK_SECONDS:
            self.look()
        return self._seen.get(process_id, _NEVER)

    def look(self) -> None:
        """Find out when each process was seen last, by one query."""
        self._seen = {row["_id"]: row["seen_at"] for row in ServerProcess.find_raw({}, projection=("seen_at",))}
        self._looked_at = time.monotonic()

    def alive(self) -> list[str]:
        """The processes that are alive: as known, or looked up where that is long ago. One may be missing that has just begun."""
        if time.monotonic() - self._looked_at > 2 * HEARTBEAT_SECONDS:
            self.look()
        limit = oldest_alive()
        return [process_id for process_id, seen_at in self._seen.items() if seen_at > limit]

    def dead(self) -> list[str]:
        """The processes that are surely dead, as of the last heartbeat; none before this one has beaten twice without a gap."""
        if not self._steady:
            return []
        limit = oldest_alive()
        return [process_id for process_id, seen_at in self._seen.items() if seen_at <= limit]

    def _renew(self, process_id: str) -> None:
        ServerProcess.update_one({"_id": process_id}, {"$set": {"seen_at": now()}}, upsert=True)
        self._own.add(process_id)


def processes() -> Processes:
    """What this process knows of all of them."""
    return current().part(Processes)


def oldest_alive() -> datetime:
    """What was not seen since then is dead."""
    return now() - timedelta(seconds=ALIVE_SECONDS)


class Liveness(Generic[D]):
    """The connections of one kind of owner.

    document: has the fields sid, process_id and began_at, and `owner_field`, which says whose connection it is.
    """

    def __init__(self, document: type[D], owner_field: str) -> None:
        self._document = document
        self._owner_field = owner_field
        _KINDS.append(self)

    def began(self, connection: D) -> None:
        """Record a connection: one write."""
        processes().begin(connection.process_id)  # type: ignore[attr-defined]
        connection.insert()

    def is_online(self, owner: ObjectId) -> bool:
        """Whether any connection of `owner` is alive."""
        return bool(self.alive([owner]))

    def online_among(self, owners: Iterable[ObjectId]) -> set[ObjectId]:
        """Those of `owners` who are online, in one query."""
        return {row[self._owner_field] for row in self.alive(owners, self._owner_field)}

    def online(self) -> set[ObjectId]:
        """Everyone who is online, in one query. It reads all connections, of which few are dead."""
        alive = {"$or": [{"process_id": {"$in": processes().alive()}}, {"began_at": {"$gt": oldest_alive()}}]}
        return set(self._document.distinct(self._owner_field, alive))

    def alive(self, owners: Iterable[ObjectId], *fields: str) -> list[dict[str, Any]]:
        """Those fields of each live connection of `owners`, in one query for each few thousand of them."""
        wanted = list(owners)
        found: list[dict[str, Any]] = []
        for some in chunks(wanted):
            which = {self._owner_field: some[0] if len(some) == 1 else {"$in": some}}
            found += _living(self._document.find_raw(which, projection=(*fields, "process_id", "began_at")))
        return found

    def page(self, after: ObjectId | None, limit: int) -> tuple[list[ObjectId], ObjectId | None]:
        """Some of those who are online, at most `limit`, in the order of their ids after one; and the id to go on after.

        It reads `limit` connections, whatever their number: whoever has several, or none that is alive, takes the place of others.
        """
        which = {} if after is None else {self._owner_field: {"$gt": after}}
        fields = (self._owner_field, "process_id", "began_at")
        rows = self._document.find_raw(which, projection=fields, sort=[(self._owner_field, 1)], limit=limit + 1)
        owners = list(dict.fromkeys(row[self._owner_field] for row in rows))
        alive = {row[self._owner_field] for row in _living(rows)}
        if len(rows) <= limit:
            return [owner for owner in owners if owner in alive], None
        # The last one's connections may go on: theirs is the next page, but for one who has more than a page of them.
        if len(owners) > 1:
            del owners[-1]
        else:
            alive |= self.online_among(owners)
        return [owner for owner in owners if owner in alive], owners[-1]

    def some_alive(self, owner: ObjectId, most: int, *fields: str) -> tuple[list[dict[str, Any]], bool]:
        """As `alive`, of at most so many connections of one owner, and whether these are all there are."""
        rows = self._document.find_raw({self._owner_field: owner}, projection=(*fields, "process_id", "began_at"), limit=most)
        return _living(rows), len(rows) < most

    def last_seen(self, owners: Iterable[ObjectId]) -> dict[ObjectId, datetime]:
        """When each of `owners` who is online was seen last, give or take a heartbeat or two, in one query."""
        seen: dict[ObjectId, datetime] = {}
        for row in self.alive(owners, self._owner_field):
            owner = row[self._owner_field]
            seen[owner] = max(row["began_at"], processes().seen(row["process_id"]), seen.get(owner, _NEVER))
        return seen

    def ended(self, sids: Iterable[str]) -> None:
        """Forget connections: one write for each few thousand."""
        for some in chunks(list(sids)):
            self._document.delete_many({"sid": {"$in": some}})

    def any_of(self, process_id: str) -> bool:
        """Whether a process, dead or alive, has any."""
        return self._document.exists({"process_id": process_id})

    def forget_process(self, process_id: str) -> None:
        """Forget the connections of a process that is ending."""
        self._document.delete_many({"process_id": process_id})

    def expire_process(self, process_id: str, seconds: float) -> None:
        """Have the connections of a process that is ending count for so long yet, and then be swept by another one."""
        last = oldest_alive() + timedelta(seconds=min(seconds, ALIVE_SECONDS))
        self._document.update_many({"process_id": process_id}, {"$set": {"began_at": last, "process_id": NO_PROCESS}})

    def sweep(self) -> set[ObjectId]:
        """Remove connections of processes that were killed or have ended; returns the owners who are offline for it.

        Of several processes that sweep at once, one gets each.
        """
        dead = {"process_id": {"$in": [*processes().dead(), NO_PROCESS]}, "began_at": {"$lte": oldest_alive()}}
        swept: set[ObjectId] = set()
        for _ in range(_SWEEP_LIMIT):
            connection = self._document.find_one_and_delete(dead)
            if connection is None:
                break
            swept.add(getattr(connection, self._owner_field))
        return swept - self.online_among(swept)


def _living(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    known = processes()
    return [row for row in rows if known.is_alive(row["process_id"], row.get("began_at", _NEVER))]
