"""kill -9 of a worker in the middle of a job: another begins it again, and whoever asked for it gets what they asked for."""

import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support.devices import Pi
from tests.support.eventually import eventually
from tests.support.people import Person
from tests.support.redis import redis_server
from tests.support.server import Server
from tests.support.worker import Worker
from utils.clock import now_ms

JOBS = 6


@pytest.mark.parametrize("on_redis", [False, True])
def test_a_job_whose_worker_is_killed_is_begun_again_by_another_and_done(tmp_path: Path, on_redis: bool) -> None:
    with ExitStack() as stack:
        shared = {"REDIS_URL": stack.enter_context(redis_server())} if on_redis else {}
        server = stack.enter_context(Server(tmp_path, WORKER="0", **shared))
        alice = Person(server.url)
        pi = Pi(alice)
        sensor_id = pi.announce("t")["t"]
        pi.send(*[["t", now_ms() - n * 1000, n % 7] for n in range(3600)])
        first = Worker(tmp_path, **shared)
        stack.callback(first.process.kill)
        wanted = [{"sensor_ids": [sensor_id], "range": "1h", "format": "png", "width": 700 + n} for n in range(JOBS)]
        ids = [alice.api.post("/api/charts", body, expect=202).json()["job"]["id"] for body in wanted]

        def seen() -> list[dict[str, Any]]:
            return [alice.api.get(f"/api/jobs/{job_id}")["job"] for job_id in ids]

        def held_in_a_job() -> str | None:
            """Stop the worker where it is and see whether that is in a job; let it go on where it is not."""
            first.process.send_signal(signal.SIGSTOP)
            for job in seen():
                if job["status"] == "running":
                    job_id: str = job["id"]
                    return job_id
            first.process.send_signal(signal.SIGCONT)
            return None

        halfway = eventually(held_in_a_job, within=60)
        children = psutil.Process(first.process.pid).children(recursive=True)
        first.end(signal.SIGKILL)
        second = Worker(tmp_path, **shared)
        stack.callback(second.process.kill)

        def all_done() -> list[dict[str, Any]] | None:
            jobs = seen()
            return jobs if all(job["status"] in ("done", "failed") for job in jobs) else None

        done = eventually(all_done, within=120, every=0.2) or []
        assert [job["status"] for job in done] == ["done"] * JOBS
        assert {job["id"]: job["attempts"] for job in done} == {job_id: 1 + (job_id == halfway) for job_id in ids}
        for job in done:
            assert alice.api.call("GET", job["result"]["url"], 200).content.startswith(b"\x89PNG")
        # What drew for the dead worker is gone with it.
        eventually(lambda: not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children))
        assert second.end(signal.SIGTERM) == 0
