"""Charts that are drawn in the background, and the jobs that draw them, on the wire."""

import json
from typing import Annotated, Any, Literal, NotRequired, Self

from pydantic import Field, model_validator
from typing_extensions import TypedDict

from models.jobs import Job, WorkerProcess
from models.tasks import TaskStatus
from schemas.base import IdText, PageQuery, Payload, TimeText, WireId, time_text
from schemas.charts import MAX_CHARTED, ChartKind, ChartRange
from schemas.readings import Timestamp

JobFormat = Literal["svg", "png", "html", "json"]


class DrawChart(Payload):
    """What to draw and how, as GET /api/charts. Without `range`, `start` and `end`: the last 24 hours."""

    sensor_ids: Annotated[list[WireId], Field(min_length=1, max_length=MAX_CHARTED)]
    format: JobFormat = "svg"
    kind: ChartKind = "trend"
    range: ChartRange | None = None
    start: Timestamp | None = None
    end: Timestamp | None = None
    theme: Literal["light", "dark"] = "light"
    locale: Literal["en", "zh-CN"] = "en"
    tz: Annotated[str, Field(max_length=64)] | None = None
    width: Annotated[int, Field(ge=120, le=2000)] = 760
    height: Annotated[int, Field(ge=60, le=1200)] = 300
    scale: Annotated[float, Field(ge=0.5, le=4)] = 2.0

    @model_validator(mode="after")
    def _one_sensor_where_one_is_shown(self) -> Self:
        if self.kind != "trend" and len(self.sensor_ids) > 1:
            raise ValueError("Only a trend shows several sensors.")
        return self


class JobQuery(PageQuery):
    status: TaskStatus | None = None


class JobError(TypedDict):
    code: str
    message: str


class JobResult(TypedDict):
    """A drawn chart: where it is to be had, and what it shows, in ms since the epoch."""

    url: str
    format: JobFormat
    media_type: str
    size: int
    etag: str
    start: int
    end: int
    expires_at: TimeText


class JobView(TypedDict):
    """progress: from 0 to 1. result: where status is done; error: where it is failed."""

    id: IdText
    kind: str
    status: TaskStatus
    progress: float
    attempts: int
    result: NotRequired[JobResult]
    error: NotRequired[JobError]
    created_at: TimeText
    started_at: TimeText | None
    finished_at: TimeText | None
    expires_at: TimeText


class NewJobAnswer(TypedDict):
    job: JobView


class JobAnswer(JobView):
    """A job: its fields at the top, and all of them under its name."""

    job: JobView


class OwnedJobView(JobView):
    owner_id: IdText
    worker: str | None


class DutyView(TypedDict):
    name: str
    doing: str


class WorkerView(TypedDict):
    id: str
    host: str
    pid: int
    duties: list[DutyView]
    started_at: TimeText
    seen_at: TimeText


class JobPage(TypedDict):
    """queue_depth: how many wait in the queue, null where it cannot be reached; counts: jobs by state."""

    items: list[OwnedJobView]
    next: str | None
    queue_depth: int | None
    counts: dict[str, int]
    workers: list[WorkerView]


def job_view(job: Job) -> JobView:
    """A job as its owner sees it."""
    seen: JobView = {
        "id": str(job.id), "kind": job.kind, "status": job.status, "progress": job.progress, "attempts": job.attempts,
        "created_at": time_text(job.created_at) or "", "started_at": time_text(job.started_at),
        "finished_at": time_text(job.finished_at), "expires_at": time_text(job.expires_at) or "",
    }  # fmt: skip
    if job.result is not None:
        stored: dict[str, Any] = json.loads(job.result)
        seen["result"] = {"url": f"/api/jobs/{job.id}/result", **stored, "expires_at": seen["expires_at"]}  # type: ignore[typeddict-item]
    if job.error is not None:
        seen["error"] = {"code": job.error.code, "message": job.error.message}
    return seen


def owned_job_view(job: Job) -> OwnedJobView:
    """A job as administrators see it."""
    return {**job_view(job), "owner_id": str(job.owner_id), "worker": job.worker}


def worker_view(process: WorkerProcess) -> WorkerView:
    """A process that works in the background."""
    return {
        "id": process.id, "host": process.host, "pid": process.pid,
        "duties": [{"name": duty.name, "doing": duty.doing} for duty in process.duties],
        "started_at": time_text(process.started_at) or "", "seen_at": time_text(process.seen_at) or "",
    }  # fmt: skip
