"""Background jobs: what takes too long for a request, is done by a worker and can be asked about.

The queue (a port; workers.jobs has Huey behind it) holds ids only. The truth is the job's document: a worker claims it there, so
an id that comes twice out of the queue is worked on once, and one that got lost on the way is found here and put in again.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Protocol

from bson import ObjectId

from models.accounts import User
from models.jobs import Job, JobFailure, JobStatus
from services import duties
from services.duties import STALE_SECONDS
from services.metrics import metrics
from services.platform import current
from utils.clock import now
from utils.errors import FieldroomError, NotFound, RateLimited, Unavailable
from utils.logs import get_logger

log = get_logger(__name__)

# Everything about a job, its result too, is kept for so long.
KEPT_SECONDS = 24 * 3600
# How many unfinished jobs one person may have.
MOST_PER_PERSON = 20
MAX_ATTEMPTS = 3
# A job that has been waiting for so long while the queue is empty is not in the queue.
LOST_SECONDS = 15.0
# ... and one that could not be done right now is tried again after this.
RETRY_SECONDS = 2.0
_RECOVERED_AT_ONCE = 50

Progress = Callable[[float], None]
Handler = Callable[[Job, Progress], Mapping[str, Any]]


class JobQueue(Protocol):
    """Hands the ids of jobs to workers, whichever process they are in."""

    def put(self, job_id: ObjectId) -> None:
        """Have some worker take the job. Raises Unavailable."""

    def depth(self) -> int:
        """How many ids wait. Raises Unavailable."""


class AtWork(set[ObjectId]):
    """The jobs that this process works on right now."""


_HANDLERS: dict[str, Handler] = {}


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Declare what does the jobs of a kind: takes the job and whom to tell its progress (0 to 1), returns JSON values.

    It may be begun more than once, when a worker dies or it raises Unavailable. Other FieldroomErrors are the job's failure.
    """

    def declare(handler: Handler) -> Handler:
        _HANDLERS[kind] = handler
        return handler

    return declare


def submit(kind: str, owner: User, request: Mapping[str, Any]) -> Job:
    """Have a job done. Raises RateLimited where the person has too many unfinished ones."""
    if Job.count({"owner_id": owner.id, "status": {"$in": ["queued", "running"]}}, limit=MOST_PER_PERSON) >= MOST_PER_PERSON:
        raise RateLimited(10, f"{MOST_PER_PERSON} of your jobs are not finished yet. Try again in a moment.")
    job = Job(
        kind=kind, owner_id=owner.id, request=json.dumps(request), expires_at=now() + timedelta(seconds=KEPT_SECONDS)
    ).insert()
    try:
        current().part(JobQueue).put(job.id)
    except Unavailable:
        # It is stored, so a worker finds it as soon as there is a queue again.
        log.warning("job not queued yet", job=str(job.id))
    return job


def visible(job_id: ObjectId, user: User) -> Job:
    """A job that `user` may see: their own, or any for administrators. Raises NotFound otherwise."""
    job = Job.get(job_id)
    if job is None or (job.owner_id != user.id and user.role != "admin") or job.expires_at <= now():
        raise NotFound()
    return job


def listing(*, status: JobStatus | None, limit: int, before: ObjectId | None) -> tuple[list[Job], ObjectId | None]:
    """Everyone's jobs, newest first, and the id to go on after."""
    which: dict[str, Any] = {} if status is None else {"status": status}
    if before is not None:
        which["_id"] = {"$lt": before}
    found = Job.find(which, sort=[("_id", -1)], limit=limit + 1)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def counts() -> dict[JobStatus, int]:
    """How many jobs there are in each state."""
    found = Job.count_by("status")
    return {status: found.get(status, 0) for status in ("queued", "running", "done", "failed")}


def depth() -> int | None:
    """How many ids wait in the queue; None where the queue cannot be reached."""
    try:
        return current().part(JobQueue).depth()
    except Unavailable:
        return None


def observe() -> None:
    """Bring what /metrics says of jobs and workers up to date."""
    for status, count in counts().items():
        metrics().jobs.labels(status=status).set(count)
    waiting = depth()
    metrics().job_queue.set(float("nan") if waiting is None else waiting)
    metrics().workers.clear()
    for duty, count in Counter(duty.name for process in duties.working() for duty in process.duties).items():
        metrics().workers.labels(duty=duty).set(count)


def work_on(job_id: ObjectId, worker: str) -> None:
    """Do a job, unless it is done, somebody does it, or it is gone. Its failure is its own: nothing is raised but OdmError."""
    begun = {"status": "running", "worker": worker, "started_at": now(), "seen_at": now(), "progress": 0.0}
    job = Job.find_one_and_update({"_id": job_id, "status": "queued"}, {"$set": begun, "$inc": {"attempts": 1}})
    if job is None:
        return
    mine = {"_id": job.id, "status": "running", "worker": worker, "attempts": job.attempts}

    def tell(share: float) -> None:
        Job.update_one(mine, {"$set": {"progress": min(max(share, 0.0), 1.0), "seen_at": now()}})

    with metrics().job_seconds.labels(kind=job.kind).time(), _working_on(job.id):
        try:
            result = _HANDLERS[job.kind](job, tell)
        except Unavailable as error:
            if job.attempts < MAX_ATTEMPTS:
                again = now() - timedelta(seconds=LOST_SECONDS - RETRY_SECONDS)
                Job.update_one(mine, {"$set": {"status": "queued", "seen_at": again, "progress": 0.0}})
                return
            _fail(mine, job.kind, error.code, error.message)
        except FieldroomError as error:
            _fail(mine, job.kind, error.code, error.message)
        except Exception:
            log.exception("job failed", job=str(job.id), kind=job.kind)
            _fail(mine, job.kind, "unavailable", "The server could not do this. It has been noted for its administrator.")
        else:
            done = {"status": "done", "progress": 1.0, "result": json.dumps(result), "finished_at": now()}
            if Job.update_one(mine, {"$set": done}):
                metrics().jobs_finished.labels(kind=job.kind, outcome="done").inc()


def keep_alive(worker: str) -> None:
    """Say that this process still works on what it began."""
    if at_work := list(current().part(AtWork)):
        Job.update_many({"_id": {"$in": at_work}, "status": "running", "worker": worker}, {"$set": {"seen_at": now()}})


def give_back(worker: str) -> None:
    """Have others do what this process will not finish: it ends."""
    for job in Job.find({"status": "running", "worker": worker}):
        back = {"status": "queued", "seen_at": now() - timedelta(seconds=LOST_SECONDS), "progress": 0.0}
        Job.update_one({"_id": job.id, "status": "running", "worker": worker}, {"$set": back, "$inc": {"attempts": -1}})


def recover() -> None:
    """Have done again what a dead worker began, fail what killed several, and put back what the queue lost."""
    abandoned = {"status": "running", "seen_at": {"$lt": now() - timedelta(seconds=STALE_SECONDS)}}
    for job in Job.find(abandoned, limit=_RECOVERED_AT_ONCE):
        same = {"_id": job.id, "status": "running", "worker": job.worker, "attempts": job.attempts, "seen_at": job.seen_at}
        if job.attempts >= MAX_ATTEMPTS:
            _fail(same, job.kind, "unavailable", f"The worker stopped while it did this, {job.attempts} times.")
        else:
            log.warning("job begun again", job=str(job.id), worker=job.worker)
            if Job.update_one(same, {"$set": {"status": "queued", "seen_at": now(), "progress": 0.0}}):
                current().part(JobQueue).put(job.id)
    waiting = {"status": "queued", "seen_at": {"$lte": now() - timedelta(seconds=LOST_SECONDS)}}
    lost = Job.find(waiting, sort=[("seen_at", 1)], limit=_RECOVERED_AT_ONCE)
    if lost and current().part(JobQueue).depth() == 0:
        for job in lost:
            if Job.update_one({"_id": job.id, "status": "queued", "seen_at": job.seen_at}, {"$set": {"seen_at": now()}}):
                current().part(JobQueue).put(job.id)


@contextmanager
def _working_on(job_id: ObjectId) -> Iterator[None]:
    at_work = current().part(AtWork)
    at_work.add(job_id)
    try:
        yield
    finally:
        at_work.discard(job_id)


def _fail(which: Mapping[str, Any], kind: str, code: str, message: str) -> None:
    failure = JobFailure(code=code, message=message).model_dump()
    if Job.update_one(which, {"$set": {"status": "failed", "error": failure, "finished_at": now()}}):
        metrics().jobs_finished.labels(kind=kind, outcome="failed").inc()
