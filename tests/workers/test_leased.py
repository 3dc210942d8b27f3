"""Background work under a lease: done by whoever holds it, which costs a write now and then and not one at each look."""

import threading
from collections.abc import Iterator
from pathlib import Path

import database
import pytest

from config import load_config
from models.leases import Lease
from tests.support.eventually import eventually
from workers.leased import LeasedWorker

IDLE = 0.01


class Counting:
    """Work that does nothing; `passes`: how often it was done."""

    def __init__(self) -> None:
        self.passes = 0

    def __call__(self) -> Iterator[None]:
        self.passes += 1
        yield


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Counting]:
    database.connect(load_config({"FLASK_ENV": "testing", "DATA_DIR": str(tmp_path)}))
    yield Counting()
    database.disconnect()


def started(work: Counting, ttl_seconds: float) -> LeasedWorker:
    worker = LeasedWorker("work", "one", work, ttl_seconds=ttl_seconds, idle_seconds=IDLE, standby_seconds=IDLE, breath_seconds=0)
    threading.Thread(target=worker.run, daemon=True).start()
    return worker


def test_a_worker_with_nothing_to_do_does_not_write_at_each_pass(work: Counting) -> None:
    worker = started(work, ttl_seconds=600)
    eventually(lambda: work.passes > 0)
    before, passes = Lease.get("work"), work.passes
    eventually(lambda: work.passes > passes + 20)
    assert Lease.get("work") == before
    assert before is not None
    worker.stop()


def test_a_lease_is_renewed_for_as_long_as_its_worker_lives(work: Counting) -> None:
    worker = started(work, ttl_seconds=3)
    eventually(lambda: work.passes > 0)
    before = Lease.get("work")
    assert before is not None
    eventually(lambda: (now := Lease.get("work")) is not None and now.expires_at > before.expires_at)
    now = Lease.get("work")
    assert now is not None
    assert (now.owner, now.fence) == ("one", before.fence)
    worker.stop()


def test_who_lost_the_lease_works_no_more(work: Counting) -> None:
    worker = started(work, ttl_seconds=1.5)
    eventually(lambda: work.passes > 0)
    held = Lease.get("work")
    assert held is not None
    Lease.update_one(
        {"_id": "work"}, {"$set": {"owner": "two", "expires_at": held.expires_at.replace(year=2100)}, "$inc": {"fence": 1}}
    )

    def has_stopped() -> bool:
        passes = work.passes
        threading.Event().wait(0.2)
        return work.passes == passes

    eventually(has_stopped)
    worker.stop()
