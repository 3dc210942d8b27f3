"""Background jobs as people ask for them, and the processes that work on them."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from models.odm import Document, Id, Index
from utils.clock import now

JobStatus = Literal["queued", "running", "done", "failed"]


class JobFailure(BaseModel):
    """Why a job failed: a code of the contract and a sentence."""

    model_config = ConfigDict(extra="forbid", strict=True)

    code: str
    message: str


class Job(Document):
    """Something that takes too long for a request. The queue holds its id only; what became of it is here.

    request and result: JSON. progress: from 0 to 1. worker: the process that works, or worked last, on it. attempts: how often
    one began. seen_at: when a worker last said that it works on it or, of a queued one, when it was last put into the queue.
    """

    class Settings:
        collection = "jobs"
        indexes = [
            Index("owner_id", "status"),
            Index("status", "seen_at"),
            Index("expires_at", ttl_seconds=0),
        ]

    kind: str
    owner_id: Id
    request: str
    status: JobStatus = "queued"
    progress: float = 0.0
    attempts: int = 0
    worker: str | None = None
    seen_at: datetime = Field(default_factory=now)
    result: str | None = None
    error: JobFailure | None = None
    created_at: datetime = Field(default_factory=now)
    started_at: datetime | None = None
    finished_at: datetime | None = None
    expires_at: datetime


class Duty(BaseModel):
    """One thing that a process does in the background, and what it does of it right now."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    doing: str


class WorkerProcess(Document):
    """A process that works in the background; its id is the process's. It says every few seconds that it is there."""

    class Settings:
        collection = "worker_processes"
        indexes = [Index("seen_at", ttl_seconds=600)]

    id: str  # type: ignore[assignment]  # not every id is an ObjectId
    host: str
    pid: int
    duties: list[Duty] = Field(default_factory=list, max_length=20)
    started_at: datetime = Field(default_factory=now)
    seen_at: datetime = Field(default_factory=now)
