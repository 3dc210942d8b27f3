"""Background jobs through Huey: on a SQLite file of DATA_DIR, or on Redis, and the loop that works on them.

Huey's own consumer brings threads, processes and signal handlers, which a server on eventlet or gevent cannot share. Its queue
and its execution of one task need none of them: the loop here calls them from whatever kind of thread the process has.
"""

import json
import logging
import sqlite3
import threading
from typing import Any

from bson import ObjectId
from huey import Huey, RedisHuey, SqliteHuey
from huey.exceptions import HueyException
from huey.registry import Message
from huey.serializer import Serializer
from redis.exceptions import RedisError

from config import Config
from models.odm import OdmError
from services import duties, jobs
from services.charting import chart_jobs, stored_charts  # noqa: F401 - chart_jobs says what draws charts
from services.charting.chart_files import files
from utils import redis_client
from utils.errors import Unavailable
from utils.logs import get_logger

log = get_logger(__name__)
logging.getLogger("huey").setLevel(logging.WARNING)  # it tells of each task at level info

NAME = "fieldroom"
FILE = "jobs.sqlite3"
# How soon a job of another process is noticed in SQLite; those of the own process at once.
POLL_SECONDS = 0.5
_TROUBLE_SECONDS = 2.0
_STOP_SECONDS = 2.0
_SWEEP_BEATS = 720


class JsonSerializer(Serializer):  # type: ignore[misc]  # Huey has no types
    """Tasks as JSON: with Huey's pickles, whoever can write to the queue could run code in the worker."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(data._asdict() if isinstance(data, Message) else data).encode()

    def _deserialize(self, data: Any) -> Any:
        value = json.loads(bytes(data))
        return Message(**value) if isinstance(value, dict) else value


class HueyQueue:
    """Implements services.jobs.JobQueue. new: set when this process put something in."""

    def __init__(self, config: Config) -> None:
        settings: dict[str, Any] = {"results": False, "serializer": JsonSerializer()}
        if config.redis_url is not None:
            self.huey: Huey = RedisHuey(NAME, connection_pool=redis_client.pool(config.redis_url), **settings)
        else:
            # What a power cut takes from the queue is found in the database again, so no write waits for the disk.
            self.huey = SqliteHuey(NAME, filename=str(config.ensure_data_dir() / FILE), fsync=False, **settings)
        self.new = threading.Event()
        self.worker = ""
        self._task = self.huey.task(name="job")(self._run)

    def put(self, job_id: ObjectId) -> None:
        try:
            self._task(str(job_id))
        except Exception as error:  # whatever Redis or SQLite raise where they cannot be reached
            raise Unavailable() from error
        self.new.set()

    def depth(self) -> int:
        try:
            return int(self.huey.pending_count())
        except Exception as error:
            raise Unavailable() from error

    def take(self) -> Any:
        """The next task, None where there is none; on Redis after having waited a second for one."""
        try:
            return self.huey.dequeue()
        except (HueyException, ValueError, TypeError) as error:
            log.warning("task not understood", reason=str(error))
            return None

    def _run(self, job_id: str) -> None:
        duties.note(JobWorker.DUTY, f"job {job_id}")
        try:
            jobs.work_on(ObjectId(job_id), self.worker)
        finally:
            duties.note(JobWorker.DUTY, "waiting")


class JobWorker:
    """Does one job after the other, in this process. owner: what names the process among others."""

    DUTY = "jobs"

    def __init__(self, queue: HueyQueue, owner: str) -> None:
        self._queue = queue
        self._owner = queue.worker = owner
        self._stopping = threading.Event()
        self._ended = threading.Event()

    def run(self) -> None:
        """Work until `stop` is called."""
        duties.note(self.DUTY, "waiting")
        reached = True
        while not self._stopping.is_set():
            try:
                self._queue.new.clear()
                task = self._queue.take()
                if task is None:
                    self._queue.new.wait(POLL_SECONDS)
                else:
                    self._queue.huey.execute(task)
                if not reached:
                    log.info("job queue reached again")
                    reached = True
            except (OdmError, RedisError, sqlite3.Error, OSError) as error:  # what is to be done is in the database
                if reached:
                    log.warning("job queue not reached", reason=str(error))
                    reached = False
                self._stopping.wait(_TROUBLE_SECONDS)
            except Exception:
                log.exception("job worker interrupted")
                self._stopping.wait(_TROUBLE_SECONDS)
        self._ended.set()

    def look_after(self) -> None:
        """Until `stop` is called, say every few seconds that this process is there, and mend what dead ones left."""
        beats = 0
        while not self._stopping.is_set():
            try:
                duties.heartbeat(self._owner)
                jobs.keep_alive(self._owner)
                jobs.recover()
                if beats % _SWEEP_BEATS == 0:
                    files().delete_older("jobs", jobs.KEPT_SECONDS)
                    files().delete_older(stored_charts.FOLDER, stored_charts.FILE_SECONDS)
                beats += 1
            except (OdmError, Unavailable, OSError) as error:
                log.error("jobs not looked after", reason=str(error))
            except Exception:
                log.exception("jobs not looked after")
            self._stopping.wait(duties.HEARTBEAT_SECONDS)

    def stop(self, wait_seconds: float = _STOP_SECONDS) -> None:
        """Begin no more jobs, wait a little for the one at hand, and leave it to others where it takes longer."""
        self._stopping.set()
        self._queue.new.set()
        if not wait_seconds:
            return
        self._ended.wait(wait_seconds)
        try:
            jobs.give_back(self._owner)
            duties.forget(self._owner)
        except OdmError as error:
            log.warning("jobs not given back", reason=str(error))
