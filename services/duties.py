"""What this process does in the background, and which processes of the platform do what: so that somebody can look after them."""

import os
import socket
from datetime import timedelta

from models.jobs import Duty, WorkerProcess
from services.platform import current
from utils.clock import now

HEARTBEAT_SECONDS = 5.0
# A process that has been silent for so long is taken for dead.
STALE_SECONDS = 20.0


class Doing(dict[str, str]):
    """What this process does of each of its duties right now."""


def note(name: str, doing: str) -> None:
    """Say what this process does of a duty from now on: "standing by", "chart 6a60…". Costs nothing."""
    current().part(Doing)[name] = doing


def heartbeat(process_id: str) -> None:
    """Say that this process is there, and what it does."""
    present = [Duty(name=name, doing=doing) for name, doing in sorted(current().part(Doing).items())]
    said = {"seen_at": now(), "duties": [duty.model_dump() for duty in present]}
    if not WorkerProcess.update_one({"_id": process_id}, {"$set": said}):
        WorkerProcess(id=process_id, host=socket.gethostname(), pid=os.getpid(), duties=present).insert()


def forget(process_id: str) -> None:
    """Say that this process is gone."""
    WorkerProcess.delete_one({"_id": process_id})


def working() -> list[WorkerProcess]:
    """The processes that are there, the longest at work first."""
    alive = {"seen_at": {"$gt": now() - timedelta(seconds=STALE_SECONDS)}}
    return sorted(WorkerProcess.find(alive), key=lambda process: process.started_at)
