"""Background work under a lease: done by whoever holds it, which costs a write now and then and not one at each look."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.leases import Lease
from services.leases import LeaseLost
from tests.support.eventually import eventually
from tests.support.platforms import running
from tests.support.threads import context_thread
from workers.leased import LeasedWorker, Work

IDLE = 0.01


class Counting:
    """Work that does nothing; `passes`: how often it was done, `fences`: under which leases."""

    def __init__(self) -> None:
        self.passes = 0
        self.fences: set[int] = set()

    def __call__(self, fence: int) -> Work:
        self.passes += 1
        self.fences.add(fence)
        yield


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Counting]:
    with running(tmp_path):
        yield Counting()


def start(worker: LeasedWorker) -> None:
    thread = context_thread(target=worker.run)
    thread.daemon = True
    thread.start()


def started(work: Counting, ttl_seconds: float) -> LeasedWorker:
    worker = LeasedWorker("work", "one", work, ttl_seconds=ttl_seconds, idle_seconds=IDLE, standby_seconds=IDLE, breath_seconds=0)
    start(worker)
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


def test_work_that_goes_on_and_on_is_ended_with_the_lease_and_gives_up_what_it_holds(tmp_path: Path) -> None:
    held: list[str] = []

    def connected(_fence: int) -> Work:
        held.append("connection")
        try:
            while True:
                yield
        finally:
            held.pop()

    with running(tmp_path):
        worker = LeasedWorker("work", "one", connected, ttl_seconds=1.5, idle_seconds=0, standby_seconds=IDLE, breath_seconds=IDLE)
        start(worker)
        eventually(lambda: held)
        taken = Lease.get("work")
        assert taken is not None
        Lease.update_one({"_id": "work"}, {"$set": {"owner": "two"}, "$inc": {"fence": 1}})
        eventually(lambda: not held)
        eventually(lambda: held)
        again = Lease.get("work")
        assert again is not None
        assert (again.owner, again.fence) == ("one", taken.fence + 2), "once the other's lease had run out"
        worker.stop()
        assert not held


def test_a_worker_that_is_behind_does_not_rest(work: Counting) -> None:
    class Behind(LeasedWorker):
        @property
        def behind(self) -> bool:
            return work.passes < 5

    worker = Behind("work", "one", work, ttl_seconds=600, idle_seconds=600, breath_seconds=None)
    start(worker)
    eventually(lambda: work.passes == 5)
    assert work.fences == {1}
    worker.stop()


def test_a_worker_that_meets_the_work_of_a_newer_lease_stands_back_and_lives_on(work: Counting) -> None:
    def fenced(fence: int) -> Work:
        yield from work(fence)
        if work.passes == 1:
            raise LeaseLost()

    worker = LeasedWorker("work", "one", fenced, ttl_seconds=600, idle_seconds=600, standby_seconds=IDLE, breath_seconds=None)
    start(worker)
    eventually(lambda: work.passes == 2)
    worker.stop()
