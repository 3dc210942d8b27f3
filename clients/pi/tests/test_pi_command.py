"""The command as its users start it: processes, signals, files."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from pi_device_server import TOKEN, DeviceServer
from pi_support import HERE, eventually

from fieldroom_pi.errors import QueueInUse
from fieldroom_pi.lifecycle import InstanceLock

Run = Callable[..., "subprocess.Popen[str]"]
COMMAND = [sys.executable, "-m", "fieldroom_pi"]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The environment of a child of the server: no file, everything in variables."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": str(HERE.parent),
        "FIELDROOM_TOKEN": TOKEN,
        "FIELDROOM_STATE_DIR": str(tmp_path / "state"),
        "FIELDROOM_INTERVAL": "100",
    }


@pytest.fixture
def spawn(tmp_path: Path) -> Iterator[Run]:
    running: list[subprocess.Popen[str]] = []

    def spawn(environ: Mapping[str, str], *args: str, command: list[str] = COMMAND) -> subprocess.Popen[str]:
        with (tmp_path / "log").open("a") as log:
            process = subprocess.Popen([*command, *args], env=dict(environ), stdout=log, stderr=log, text=True)
        running.append(process)
        return process

    yield spawn
    for process in running:
        process.kill()
        process.wait()


def command(environ: Mapping[str, str], *args: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *args], env=dict(environ), input=stdin, capture_output=True, text=True, timeout=20, check=False
    )


def queue_of(environ: Mapping[str, str]) -> dict[tuple[str, int], float]:
    with sqlite3.connect(Path(environ["FIELDROOM_STATE_DIR"]) / "queue.sqlite3", timeout=10) as db:
        rows = db.execute("SELECT s.key, r.ts, r.value FROM readings r JOIN sensors s ON s.id = r.sensor").fetchall()
    db.close()
    return {(key, ts): value for key, ts, value in rows}


def log_of(environ: Mapping[str, str]) -> str:
    return (Path(environ["HOME"]) / "log").read_text()


def test_a_client_killed_in_mid_stream_loses_nothing_that_was_queued(
    device_server: DeviceServer, environ: dict[str, str], spawn: Run
) -> None:
    environ["FIELDROOM_SERVER"] = device_server.url
    expected: dict[tuple[str, int], float] = {}
    for _ in range(2):
        device_server.behaviour.drop_acks = 0
        before = len(device_server.stored)
        client = spawn(environ, "run")
        eventually(lambda n=before: len(device_server.stored) >= n + 12, "acknowledged readings")
        device_server.behaviour.drop_acks = -1
        eventually(
            lambda: (
                len(set(queue_of(environ)) - set(device_server.stored)) >= 8
                and set(queue_of(environ)) & set(device_server.stored)
            ),
            "readings in every state: acknowledged, stored without acknowledgement, not yet sent",
        )
        client.kill()
        client.wait()
        expected.update(queue_of(environ))
    expected.update(device_server.stored)
    device_server.behaviour.drop_acks = 0
    client = spawn(environ, "run")
    eventually(lambda: set(expected) <= set(device_server.stored), "everything that was queued")
    client.terminate()
    assert client.wait(5) == 0
    assert {at: device_server.stored[at] for at in expected} == expected
    assert device_server.duplicates > 0


def test_a_server_killed_and_started_again_gets_every_reading_once(
    environ: dict[str, str], spawn: Run, free_port: int, tmp_path: Path
) -> None:
    database = tmp_path / "server.sqlite3"
    server_command = [sys.executable, str(HERE / "pi_device_server.py"), str(free_port), str(database)]
    environ["FIELDROOM_SERVER"] = f"http://127.0.0.1:{free_port}"

    def stored() -> dict[tuple[str, int], float]:
        with sqlite3.connect(database, timeout=10) as db:
            rows = db.execute("SELECT * FROM stored").fetchall()
        db.close()
        return {(key, ts): value for key, ts, value in rows}

    server = spawn(environ, command=server_command)
    eventually(lambda: "ready" in log_of(environ), "the server")
    client = spawn(environ, "run")
    eventually(lambda: len(stored()) >= 8, "readings")
    server.kill()
    server.wait()
    eventually(lambda: len(queue_of(environ)) >= 12, "readings queued while the server is away")
    spawn(environ, command=server_command)
    eventually(lambda: not queue_of(environ), "an empty queue")
    client.terminate()
    assert client.wait(5) == 0
    at_the_end = stored()
    # The sensors of one round share a timestamp: each of them is there for every round, from the first to the last.
    rounds = {ts for _, ts in at_the_end}
    keys = {key for key, _ in at_the_end}
    assert len(at_the_end) == len(rounds) * len(keys)
    assert len(rounds) >= 5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly(device_server: DeviceServer, environ, spawn: Run, number: int) -> None:
    environ["FIELDROOM_SERVER"] = device_server.url
    client = spawn(environ, "run")
    eventually(lambda: device_server.stored, "readings")
    client.send_signal(number)
    assert client.wait(5) == 0
    assert queue_of(environ) == {}
    assert "Traceback" not in log_of(environ)
    assert TOKEN not in log_of(environ)


def test_it_ends_with_its_parent_however_that_ends(device_server: DeviceServer, environ, spawn: Run) -> None:
    environ["FIELDROOM_SERVER"] = device_server.url
    # The child is started from a thread that ends at once, which alone must not end the child.
    parent_code = (
        "import os, subprocess, sys, threading, time\n"
        "run = [sys.executable, '-m', 'fieldroom_pi', 'run', '--exit-with-parent', str(os.getpid())]\n"
        "thread = threading.Thread(target=lambda: print(subprocess.Popen(run).pid, flush=True))\n"
        "thread.start(); thread.join(); time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", parent_code], env=environ, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    try:
        eventually(lambda: len(device_server.stored) >= 12, "readings")
        os.kill(pid, 0)
        parent.kill()
        parent.wait()
        eventually(lambda: not running(pid), "the end of the child", within_s=5)
    finally:
        parent.stdout.close()
        if parent.poll() is None:
            parent.kill()
            parent.wait()
    assert queue_of(environ) == {}


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_it_does_not_start_for_a_parent_that_is_gone_already(environ, spawn: Run, free_port: int) -> None:
    environ["FIELDROOM_SERVER"] = f"http://127.0.0.1:{free_port}"
    client = spawn(environ, "run", "--exit-with-parent", "999999999")
    assert client.wait(10) == 0


def test_status_works_while_it_runs_and_afterwards(device_server: DeviceServer, environ, spawn: Run) -> None:
    assert "has not run" in command(environ, "status").stderr
    environ["FIELDROOM_SERVER"] = device_server.url
    client = spawn(environ, "run")
    eventually(lambda: device_server.stored, "readings")
    shown = json.loads(command(environ, "status", "--json").stdout)
    assert shown["running_pid"] == client.pid
    assert (shown["link"], shown["server"], shown["dropped"]) == ("connected", device_server.url, 0)
    assert abs(shown["last_ack_ms"] - time.time() * 1000) < 20_000
    device_server.stop()
    eventually(lambda: len(queue_of(environ)) >= 3, "readings in the queue")
    client.kill()
    client.wait()
    lines = dict(line.split(None, 1) for line in command(environ, "status").stdout.splitlines())
    assert lines["running"] == "no"
    assert int(lines["queued"].split(",")[0]) == len(queue_of(environ))


def test_status_works_after_a_clean_stop(device_server: DeviceServer, environ, spawn: Run) -> None:
    environ["FIELDROOM_SERVER"] = device_server.url
    client = spawn(environ, "run")
    eventually(lambda: device_server.stored, "readings")
    client.terminate()
    client.wait(5)
    shown = json.loads(command(environ, "status", "--json").stdout)
    assert (shown["running_pid"], shown["link"], shown["queued"]) == (None, "stopped", 0)
    assert shown["accepted"] == len(device_server.stored)


def test_two_on_the_same_queue_are_refused_and_a_killed_one_leaves_no_lock(environ, spawn: Run, free_port: int) -> None:
    environ["FIELDROOM_SERVER"] = f"http://127.0.0.1:{free_port}"
    first = spawn(environ, "run")
    queue = Path(environ["FIELDROOM_STATE_DIR"]) / "queue.sqlite3"
    eventually(queue.exists, "the first one's queue")
    with pytest.raises(QueueInUse, match=f"in use by another fieldroom-pi, process {first.pid}"):
        InstanceLock(queue.parent, wait_s=0.2)
    first.kill()
    InstanceLock(queue.parent).release()


def test_run_without_a_server_or_with_a_wrong_setting_ends_with_the_configuration_status(environ) -> None:
    missing = command(environ, "run")
    assert (missing.returncode, missing.stderr.count("\n")) == (78, 1)
    assert "FIELDROOM_SERVER" in missing.stderr
    wrong = command({**environ, "FIELDROOM_SERVER": "nonsense"}, "run")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (78, 1)
    assert "FIELDROOM_SERVER" in wrong.stderr


def test_init_asks_writes_for_the_owner_alone_and_tries_the_token(
    device_server: DeviceServer, environ, tmp_path: Path
) -> None:
    file = tmp_path / "etc" / "config.toml"
    init = ["init", "--config", str(file)]
    done = command(environ, *init, "--token", "-", "--server", device_server.url, stdin=f"{TOKEN}\n")
    assert done.returncode == 0, done.stderr
    assert "accepts this token" in done.stdout
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = command(environ, *init, "--token", "-", stdin=f"{TOKEN}\n")
    assert again.returncode == 78
    assert "--force" in again.stderr
    wrong = command(environ, *init, "--force", "--token", "wrong", stdin=f"{device_server.url}\n")
    assert wrong.returncode == 1
    assert "does not accept this token" in wrong.stderr
    assert 'token = "wrong"' in file.read_text()


def test_test_prints_each_sensor_once_and_fails_if_one_does(environ, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    tree = HERE / "data" / "sysfs" / "raspberry-pi-4"
    config.write_text(f'[[drivers]]\ntype = "host"\nsysfs = "{tree}"\n')
    shown = command(environ, "test", "--config", str(config))
    assert shown.returncode == 0
    assert "cpu_temperature" in shown.stdout
    assert "48.686 °C" in shown.stdout
    assert len(shown.stdout.splitlines()) == 5
    config.write_text('[[drivers]]\ntype = "host"\ndisk = "/no/such/disk"\nmetrics = ["load_1m", "disk_percent"]\n')
    shown = command(environ, "test", "--config", str(config))
    assert shown.returncode == 1
    assert "FAILED" in shown.stdout.splitlines()[1]
