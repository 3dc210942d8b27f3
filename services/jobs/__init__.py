"""Background jobs: what takes too long for a request, is done by a worker and can be asked about.

The queue (a port; services.jobs.queue has Huey behind it) holds ids only. The truth is the job's document: services.jobs.claims.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Protocol

from bson import ObjectId

from models.accounts import User
from models.jobs import Job, JobFailure
from models.tasks import TaskStatus
from services import duties
from services.jobs.claims import Claims, Queue
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
# One that could not be done right now is tried again after this.
RETRY_SECONDS = 2.0

Progress = Callable[[float], None]
Handler = Callable[[Job, Progress], Mapping[str, Any]]

_HANDLERS: dict[str, Handler] = {}


class JobQueue(Queue, Protocol):
    """The queue of jobs."""


class JobClaims(Claims[Job]):
    """Who works on which job."""

    def __init__(self) -> None:
        super().__init__(Job)


def _claims() -> JobClaims:
    return current().part(JobClaims)


def _queue() -> JobQueue:
    return current().part(JobQueue)


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


def listing(*, status: TaskStatus | None, limit: int, before: ObjectId | None) -> tuple[list[Job], ObjectId | None]:
    """Everyone's jobs, newest first, and the id to go on after."""
    which: dict[str, Any] = {} if status is None else {"status": status}
    if before is not None:
        which["_id"] = {"$lt": before}
    found = Job.find(which, sort=[("_id", -1)], limit=limit + 1)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def counts() -> dict[TaskStatus, int]:
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
    job = _claims().begin(job_id, worker, {"progress": 0.0})
    if job is None:
        return

    def tell(share: float) -> None:
        _claims().tell(job, {"progress": min(max(share, 0.0), 1.0), "seen_at": now()})

    with metrics().job_seconds.labels(kind=job.kind).time(), _claims().working_on(job):
        try:
            result = _HANDLERS[job.kind](job, tell)
        except Unavailable as error:
            if job.attempts < MAX_ATTEMPTS:
                _claims().put_off(job, now() + timedelta(seconds=RETRY_SECONDS), {"progress": 0.0})
                return
            _fail(job, error.code, error.message)
        except FieldroomError as error:
            _fail(job, error.code, error.message)
        except Exception:
            log.exception("job failed", job=str(job.id), kind=job.kind)
            _fail(job, "unavailable", "The server could not do this. It has been noted for its administrator.")
        else:
            if _claims().finish(job, {"status": "done", "progress": 1.0, "result": json.dumps(result)}):
                metrics().jobs_finished.labels(kind=job.kind, outcome="done").inc()


def keep_alive(worker: str) -> None:
    """Say that this process still works on what it began."""
    _claims().keep_alive(worker)


def give_back(worker: str) -> None:
    """Have others do what this process will not finish: it ends."""
    _claims().give_back(worker, {"progress": 0.0})


def recover() -> None:
    """Have done again what a dead worker began, fail what killed several, and put back what the queue lost. Raises Unavailable."""

    def failure(job: Job) -> dict[str, Any]:
        return {"error": _failure("unavailable", f"The worker stopped while it did this, {job.attempts} times.")}

    for job in _claims().recover(_queue(), MAX_ATTEMPTS, failure, {"progress": 0.0}):
        metrics().jobs_finished.labels(kind=job.kind, outcome="failed").inc()


def _fail(job: Job, code: str, message: str) -> None:
    if _claims().finish(job, {"status": "failed", "error": _failure(code, message)}):
        metrics().jobs_finished.labels(kind=job.kind, outcome="failed").inc()


def _failure(code: str, message: str) -> dict[str, str]:
    return JobFailure(code=code, message=message).model_dump()
