"""The aggregating worker as processes of their own: one acts, another takes over, nothing is lost on the way."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.leases import Lease
from models.readings import Reading, RollupMark, timed_id
from schemas.sensors import AnnouncedSensor
from services.telemetry import devices, sensors
from services.telemetry.aggregation import LEASE
from services.telemetry.ingest import Source, ingest
from services.telemetry.rollups import MINUTE
from tests.support.devices import Pi
from tests.support.eventually import eventually
from tests.support.people import Person
from tests.support.platforms import running
from tests.support.redis import redis_server
from tests.support.server import ROOT, Server, clean_environment
from tests.support.threads import context_thread
from tests.support.worker import Worker
from utils.clock import now_ms
from workers.aggregator import LEASE_SECONDS, AggregatingWorker

T0 = 1_760_054_400_000
TAKEN_OVER_WITHIN = 15.0


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    """A device with a sensor "t", in a database that this process shares with the workers."""
    with running(tmp_path):
        device = devices.create(None, "Pi")[0]
        sensors.announce(device, [AnnouncedSensor(key="t", name="t")])
        yield Source.of(device)


def all_rolled_up() -> bool:
    """Whether no mark is left and every minute counts the readings that it has."""
    counts: dict[int, int] = {}
    for row in Reading.find_raw({}, projection=("_id",)):
        counts[MINUTE.bucket(row["_id"])] = counts.get(MINUTE.bucket(row["_id"]), 0) + 1
    return not RollupMark.count() and {row["_id"]: row["count"] for row in MINUTE.document.find_raw({})} == counts


def test_a_killed_worker_is_replaced_within_15_seconds_and_nothing_is_lost(tmp_path: Path, source: Source) -> None:
    workers = {}
    try:
        first = Worker(tmp_path)
        workers[first.process.pid] = first
        eventually(lambda: Lease.get(LEASE))
        second = Worker(tmp_path)
        workers[second.process.pid] = second
        ingest(source, [["t", T0 + n * 1_000, float(n)] for n in range(2_000)])
        eventually(lambda: MINUTE.document.count() > 3)
        before = Lease.get(LEASE)
        first.end(signal.SIGKILL)
        killed_at = time.monotonic()
        ingest(source, [["t", T0 + n * 1_000 + 500, float(n)] for n in range(2_000)])
        eventually(all_rolled_up, within=TAKEN_OVER_WITHIN + 5)
        assert time.monotonic() - killed_at < TAKEN_OVER_WITHIN
        after = Lease.get(LEASE)
        assert before is not None
        assert after is not None
        assert after.fence > before.fence
        assert second.end(signal.SIGTERM) == 0
    finally:
        for worker in workers.values():
            if worker.process.poll() is None:
                worker.process.kill()
                worker.process.wait()


def test_a_worker_that_is_asked_to_stop_hands_over_at_once(tmp_path: Path, source: Source) -> None:
    first = Worker(tmp_path)
    eventually(lambda: Lease.get(LEASE))
    assert first.end(signal.SIGTERM) == 0
    lease = Lease.get(LEASE)
    assert lease is not None
    assert lease.expires_at.timestamp() * 1000 <= now_ms(), f"not held for the {LEASE_SECONDS} s that it could be"
    second = Worker(tmp_path)
    ingest(source, [["t", T0, 1.0]])
    eventually(all_rolled_up)
    assert second.end(signal.SIGINT) == 0


def test_a_wrong_setting_is_named_in_one_line(tmp_path: Path) -> None:
    environment = {**clean_environment(), "DATA_DIR": str(tmp_path), "DATABASE_URL": "mysql://x"}
    run = subprocess.run([sys.executable, "-m", "workers"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert run.returncode == 2
    assert run.stderr.startswith("fieldroom worker: DATABASE_URL:")
    assert run.stderr.count("\n") == 1


def test_a_worker_lives_through_a_failure(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setattr("workers.aggregator.STANDBY_SECONDS", 0.05)
    find = MINUTE.document.bulk_upsert
    failures: list[int] = []

    def fail_once(operations: object) -> object:
        if not failures:
            failures.append(1)
            raise RuntimeError("a defect")
        return find(operations)  # type: ignore[arg-type]

    monkeypatch.setattr(MINUTE.document, "bulk_upsert", fail_once)
    ingest(source, [["t", T0, 1.0]])
    worker = AggregatingWorker("this test")
    thread = context_thread(target=worker.run)
    thread.start()
    eventually(all_rolled_up)
    worker.stop()
    thread.join(5)
    assert failures
    assert not thread.is_alive()
    assert MINUTE.document.get(timed_id(next(iter(source.sensors.values()))[1], T0)) is not None


def test_people_hear_of_changed_charts_from_a_worker_of_its_own(tmp_path: Path) -> None:
    with redis_server() as redis_url:
        shared = {"REDIS_URL": redis_url, "DATABASE_URL": f"sqlite:///{tmp_path / 'shared.sqlite3'}"}
        with Server(tmp_path / "server", WORKER="0", **shared) as server:
            alice = Person(server.url)
            pi = Pi(alice)
            sensor_id = pi.announce("t")["t"]
            alice.live.ok("join_sensor", {"sensor_id": sensor_id})
            minute = now_ms() // 60_000 * 60_000 - 60_000
            pi.send(["t", minute, 1.0])
            pushed = alice.live.wait("sensor_reading")
            assert pushed["readings"] == [[minute, 1.0]]
            time.sleep(1.5)
            assert alice.live.payloads("chart_updated") == [], "no worker runs"
            worker = Worker(tmp_path / "worker", **shared)
            changed = alice.live.wait("chart_updated", timeout=20)
            assert changed == {"sensor_id": sensor_id, "start": minute, "end": minute + 59_999}
            assert worker.end(signal.SIGTERM) == 0
            pi.close()
            alice.close()
