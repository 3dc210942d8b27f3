"""What documents have in common that one process of all works on at a time."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from models.odm import Document
from utils.clock import now

TaskStatus = Literal["queued", "running", "done", "failed"]


class Task(Document):
    """What one process of all does at a time (services.jobs.claims). The queue holds its id only; what became of it is here.

    worker: the process that works, or worked last, on it. attempts: how often one began. seen_at: when a worker last said that it
    works on it or, of a queued one, when it was last put into the queue; of one that has to wait, a little before its time.
    """

    status: TaskStatus = "queued"
    attempts: int = 0
    worker: str | None = None
    seen_at: datetime = Field(default_factory=now)
    created_at: datetime = Field(default_factory=now)
    started_at: datetime | None = None
    finished_at: datetime | None = None
    expires_at: datetime
