"""Background jobs as people ask for them, and the processes that work on them."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from models.odm import Document, Id, Index
from models.tasks import Task
from utils.clock import now


class JobFailure(BaseModel):
    """Why a job failed: a code of the contract and a sentence."""

    model_config = ConfigDict(extra="forbid", strict=True)

    code: str
    message: str


class Job(Task):
    """Something that takes too long for a request. request and result: JSON. progress: from 0 to 1."""

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
    progress: float = 0.0
    result: str | None = None
    error: JobFailure | None = None


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
