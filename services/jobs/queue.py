"""The queues of background work through Huey: on a SQLite file of DATA_DIR, or on Redis.

Web processes put ids in; where Huey's consumer runs (workers.jobs) they are taken out. A queue for each kind of work, so that mails
to a server that is slow keep no chart from being drawn.
"""

import json
import logging
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bson import ObjectId
from huey import Huey, RedisHuey, SqliteHuey
from huey.exceptions import HueyException
from huey.registry import Message
from huey.serializer import Serializer
from redis.exceptions import RedisError

from services import duties, jobs
from services.platform import current
from utils import redis_client
from utils.errors import Unavailable
from utils.logs import get_logger

log = get_logger(__name__)
logging.getLogger("huey").setLevel(logging.WARNING)  # it tells of each task at level info

FILE = "jobs.sqlite3"
_TROUBLE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Line:
    """A kind of background work.

    name: of the queue. duty: what it is called among a process's duties. work_on: what does one, for whom it may concern (id, name
    of the process). workers: how many are done beside each other in a process. poll_seconds: how soon one that another process put
    in is noticed in SQLite; those of the own process are at once.
    """

    name: str
    duty: str
    work_on: Callable[[ObjectId, str], None]
    workers: int = 1
    poll_seconds: float = 2.0


JOBS = Line("fieldroom", "jobs", jobs.work_on)


class JsonSerializer(Serializer):  # type: ignore[misc]  # Huey has no types
    """Tasks as JSON: with Huey's pickles, whoever can write to the queue could run code in the worker."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(data._asdict() if isinstance(data, Message) else data).encode()

    def _deserialize(self, data: Any) -> Any:
        value = json.loads(bytes(data))
        return Message(**value) if isinstance(value, dict) else value


class _Waiting(Huey):  # type: ignore[misc]
    """Huey, but of several workers one waits for the next task and the others for their turn: an idle process wakes once.

    While the queue cannot be reached that is said once. new: set when this process put something in. stopping: set when nothing
    is to be begun any more. poll_seconds: None where the queue itself waits for a task, as Redis does for a second.
    """

    new: threading.Event
    stopping: threading.Event
    poll_seconds: float | None

    def prepare(self, poll_seconds: float | None) -> None:
        self.new, self.stopping, self._turn = threading.Event(), threading.Event(), threading.Lock()
        self.poll_seconds = poll_seconds
        self._reached = True
        # Huey's worker sleeps by itself where taking a task did not.
        self.storage.blocking = True

    def dequeue(self) -> Any:
        with self._turn:
            return None if self.stopping.is_set() else self._next()

    def _next(self) -> Any:
        self.new.clear()
        try:
            task = super().dequeue()
        except (HueyException, ValueError, TypeError) as error:
            log.warning("task not understood", queue=self.name, reason=str(error))
            return None
        except (RedisError, sqlite3.Error, OSError) as error:  # what is to be done is in the database
            if self._reached:
                log.warning("job queue not reached", queue=self.name, reason=str(error))
                self._reached = False
            self.stopping.wait(_TROUBLE_SECONDS)
            return None
        if not self._reached:
            log.info("job queue reached again", queue=self.name)
            self._reached = True
        if task is None and self.poll_seconds is not None:
            self.new.wait(self.poll_seconds)
        return task


class _OnRedis(_Waiting, RedisHuey):  # type: ignore[misc]
    pass


class _OnSqlite(_Waiting, SqliteHuey):  # type: ignore[misc]
    pass


class HueyQueue:
    """Implements services.jobs.claims.Queue for the platform that it is made in, and has its ids worked on inside that.

    worker: what names this process to those who look at what it does.
    """

    def __init__(self, line: Line = JOBS) -> None:
        platform = current()
        settings = platform.config
        options: dict[str, Any] = {"results": False, "serializer": JsonSerializer()}
        self.line = line
        self.worker = ""
        if settings.redis_url is not None:
            self.huey = _OnRedis(line.name, connection_pool=redis_client.pool(settings.redis_url), **options)
            self.huey.prepare(None)
        else:
            # What a power cut takes from the queue is found in the database again, so no write waits for the disk.
            self.huey = _OnSqlite(line.name, filename=str(settings.ensure_data_dir() / FILE), fsync=False, **options)
            self.huey.prepare(line.poll_seconds)
        self._task = self.huey.task(name="job")(platform.inside(self._run))
        self._at_work: list[str] = []

    def put(self, task_id: ObjectId) -> None:
        try:
            self._task(str(task_id))
        except Exception as error:  # whatever Redis or SQLite raise where they cannot be reached
            raise Unavailable() from error
        self.huey.new.set()

    def depth(self) -> int:
        try:
            return int(self.huey.pending_count())
        except Exception as error:
            raise Unavailable() from error

    def stop(self) -> None:
        """Have this process begin nothing more."""
        self.huey.stopping.set()
        self.huey.new.set()

    def _run(self, task_id: str) -> None:
        self._at_work.append(task_id)
        self._note()
        try:
            self.line.work_on(ObjectId(task_id), self.worker)
        finally:
            self._at_work.remove(task_id)
            self._note()

    def _note(self) -> None:
        duties.note(self.line.duty, ", ".join(self._at_work) or "waiting")


class Queues(tuple[HueyQueue, ...]):
    """All queues of a platform."""

    __slots__ = ()
