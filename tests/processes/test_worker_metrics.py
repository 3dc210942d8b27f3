"""What Prometheus gets from a process of `python -m workers`."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import requests

from tests.support.eventually import eventually
from tests.support.server import ROOT, clean_environment
from tests.support.worker import Worker


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_worker_tells_its_numbers_where_it_was_told_to(tmp_path: Path) -> None:
    port = free_port()
    worker = Worker(tmp_path, METRICS_PORT=str(port))
    try:
        url = f"http://127.0.0.1:{port}"
        eventually(lambda: 'fieldroom_workers{duty="jobs"} 1.0' in requests.get(f"{url}/metrics", timeout=10).text)
        told = requests.get(f"{url}/metrics", timeout=10)
        assert told.headers["Content-Type"].startswith("text/plain")
        assert "process_resident_memory_bytes" in told.text
        assert requests.get(f"{url}/healthz", timeout=10).status_code == 404
    finally:
        assert worker.end(signal.SIGTERM) == 0


def test_a_port_that_is_taken_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        environment = {**clean_environment(), "DATA_DIR": str(tmp_path), "METRICS_PORT": str(taken.getsockname()[1])}
        ended = subprocess.run(
            [sys.executable, "-m", "workers"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
        )
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert line.startswith("fieldroom worker: METRICS_PORT: cannot listen on 127.0.0.1:")
