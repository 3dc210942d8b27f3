"""A lease is held by one process at a time, passes on when it runs out, and says whose turn it is by its fence."""

import threading
import time
from datetime import timedelta

import pytest

from models.leases import Lease
from models.odm import Database
from services.leases import Leaseholder, LeaseLost
from tests.support.threads import context_thread
from utils.clock import now


def expire(name: str) -> None:
    """Let the lease run out, as time would."""
    Lease.update_one({"_id": name}, {"$set": {"expires_at": now() - timedelta(seconds=1)}})


def test_one_of_two_gets_it_and_the_other_when_it_is_released(db: Database) -> None:
    one, two = Leaseholder("work", "one"), Leaseholder("work", "two")
    assert one.acquire()
    assert not two.acquire()
    assert one.acquire(), "its holder keeps it"
    one.release()
    assert two.acquire()
    assert not one.acquire()


def test_a_lease_that_ran_out_passes_on_under_a_higher_fence(db: Database) -> None:
    one, two = Leaseholder("work", "one", ttl_seconds=0.0), Leaseholder("work", "two")
    assert one.acquire()
    first = one.fence
    expire("work")
    assert two.acquire()
    assert two.fence > first
    with pytest.raises(LeaseLost):
        one.keep()
    assert not one.held


def test_keeping_it_moves_its_end_when_a_third_of_its_time_has_passed(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    later = time.monotonic() + 21
    holder = Leaseholder("work", "one", ttl_seconds=60)
    holder.acquire()
    fence = holder.fence
    Lease.update_one({"_id": "work"}, {"$set": {"expires_at": now() + timedelta(seconds=5)}})
    before = Lease.get("work")
    holder.keep()
    assert Lease.get("work") == before, "it was renewed just now"
    monkeypatch.setattr(time, "monotonic", lambda: later)
    holder.keep()
    after = Lease.get("work")
    assert before is not None
    assert after is not None
    assert after.expires_at > before.expires_at
    assert holder.fence == fence


def test_who_lost_it_and_got_it_back_has_a_new_fence(db: Database) -> None:
    one, two = Leaseholder("work", "one"), Leaseholder("work", "two")
    one.acquire()
    first = one.fence
    expire("work")
    two.acquire()
    expire("work")
    assert one.acquire()
    assert one.fence > two.fence > first


def test_of_many_that_start_at_once_one_gets_it(db: Database) -> None:
    holders = [Leaseholder("work", f"process {n}") for n in range(8)]
    ready = threading.Barrier(len(holders))

    def start(holder: Leaseholder) -> None:
        ready.wait()
        holder.acquire()

    threads = [context_thread(target=start, args=(holder,)) for holder in holders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(holder.held for holder in holders) == 1
