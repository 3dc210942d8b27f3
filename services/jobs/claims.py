"""How what is to be done in the background is done by one process at a time, and not left lying by any.

The document is the truth, the queue a hint: an id that comes twice out of the queue is worked on once, since whoever takes it has
to claim the document; one that got lost on the way is found here and put in again; what a dead process began is begun again.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from bson import ObjectId

from models.tasks import Task
from services.duties import STALE_SECONDS
from utils.clock import now
from utils.logs import get_logger

log = get_logger(__name__)

# What has been waiting for so long while the queue is empty is not in the queue.
LOST_SECONDS = 15.0
_RECOVERED_AT_ONCE = 50

T = TypeVar("T", bound=Task)


class Queue(Protocol):
    """Hands ids to workers, whichever process they are in."""

    def put(self, task_id: ObjectId) -> None:
        """Have some worker take it. Raises Unavailable."""

    def depth(self) -> int:
        """How many ids wait. Raises Unavailable."""


class Claims(Generic[T]):
    """Who works on what of one collection. All methods may raise OdmError."""

    def __init__(self, document: type[T]) -> None:
        self._document = document
        # What this process works on right now.
        self.at_work: set[ObjectId] = set()

    def begin(self, task_id: ObjectId, worker: str, changes: Mapping[str, Any]) -> T | None:
        """Claim it for this process; None where it is done, somebody does it, or it is gone."""
        begun = {"status": "running", "worker": worker, "started_at": now(), "seen_at": now(), **changes}
        return self._document.find_one_and_update({"_id": task_id, "status": "queued"}, {"$set": begun, "$inc": {"attempts": 1}})

    @contextmanager
    def working_on(self, task: T) -> Iterator[None]:
        """Meanwhile `keep_alive` says that this process is at it."""
        self.at_work.add(task.id)
        try:
            yield
        finally:
            self.at_work.discard(task.id)

    def tell(self, task: T, changes: Mapping[str, Any]) -> bool:
        """Store something of what this process began; whether it is still its own, and not another's who took it for dead."""
        return self._document.update_one(_claimed(task), {"$set": changes})

    def finish(self, task: T, changes: Mapping[str, Any]) -> bool:
        """The same, when it is over."""
        return self.tell(task, {**changes, "finished_at": now()})

    def put_off(self, task: T, until: datetime, changes: Mapping[str, Any]) -> bool:
        """Have it tried again at `until`."""
        return self.tell(task, {**changes, "status": "queued", "seen_at": until - timedelta(seconds=LOST_SECONDS)})

    def keep_alive(self, worker: str) -> None:
        """Say that this process still works on what it began."""
        if self.at_work:
            mine = {"_id": {"$in": list(self.at_work)}, "status": "running", "worker": worker}
            self._document.update_many(mine, {"$set": {"seen_at": now()}})

    def give_back(self, worker: str, changes: Mapping[str, Any]) -> None:
        """Have others do what this process will not finish: it ends."""
        for task in self._document.find({"status": "running", "worker": worker}):
            back = {**changes, "status": "queued", "seen_at": now() - timedelta(seconds=LOST_SECONDS)}
            self._document.update_one(
                {"_id": task.id, "status": "running", "worker": worker}, {"$set": back, "$inc": {"attempts": -1}}
            )

    def recover(
        self, queue: Queue, attempts: int, failure: Callable[[T], Mapping[str, Any]], changes: Mapping[str, Any]
    ) -> list[T]:
        """Have begun again what a dead worker began, give up what killed `attempts` of them, put in what the queue lost or what
        had to wait until now.

        failure: what is stored with what is given up. changes: with what is begun again. Returns what was given up. Raises
        Unavailable where the queue cannot be reached.
        """
        given_up: list[T] = []
        abandoned = {"status": "running", "seen_at": {"$lt": now() - timedelta(seconds=STALE_SECONDS)}}
        for task in self._document.find(abandoned, limit=_RECOVERED_AT_ONCE):
            same = {**_claimed(task), "seen_at": task.seen_at}
            if task.attempts >= attempts:
                failed = {**failure(task), "status": "failed", "finished_at": now()}
                if self._document.update_one(same, {"$set": failed}):
                    given_up.append(task)
                continue
            log.warning("begun again", what=self._document.__name__, id=str(task.id), worker=task.worker)
            if self._document.update_one(same, {"$set": {**changes, "status": "queued", "seen_at": now()}}):
                queue.put(task.id)
        waiting = {"status": "queued", "seen_at": {"$lte": now() - timedelta(seconds=LOST_SECONDS)}}
        lost = self._document.find(waiting, sort=[("seen_at", 1)], limit=_RECOVERED_AT_ONCE)
        if lost and queue.depth() == 0:
            for task in lost:
                if self._document.update_one(
                    {"_id": task.id, "status": "queued", "seen_at": task.seen_at}, {"$set": {"seen_at": now()}}
                ):
                    queue.put(task.id)
        return given_up


def _claimed(task: Task) -> dict[str, Any]:
    return {"_id": task.id, "status": "running", "worker": task.worker, "attempts": task.attempts}
