"""This machine as a device: registered by itself, kept running, gone with the server."""

import os
import signal
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from config import Config
from tests.support.eventually import eventually
from tests.support.people import Person
from tests.support.server import Server


def children(server: Server) -> list[int]:
    """The clients that a server runs."""
    assert server.process is not None
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
            if b"fieldroom_pi" in command and parent == server.process.pid:
                found.append(int(entry.name))
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def host_sensors(person: Person) -> list[dict[str, Any]]:
    """The sensors of this machine that have a reading."""
    items: list[dict[str, Any]] = person.api.get("/api/sensors")["items"]
    return [item for item in items if item["last"] is not None]


@pytest.mark.parametrize("mode", ["eventlet", "gevent"])
def test_this_machine_measures_itself_and_comes_back_after_a_crash(tmp_path: Path, mode: str) -> None:
    with Server(tmp_path, ASYNC_MODE=mode, HOST_AGENT="1", FIELDROOM_INTERVAL="500") as server:
        admin = Person(server.url)
        sensor = eventually(lambda: host_sensors(admin), within=30)[0]
        (device,) = admin.api.get("/api/devices")["items"]
        assert (device["agent"], device["owner_id"], device["online"]) == (True, None, True)
        assert sensor["device_id"] == device["id"]

        token_file = tmp_path / "host-agent" / "token"
        assert stat.S_IMODE(token_file.stat().st_mode) == 0o600
        token = token_file.read_text()
        assert token not in server.output

        (child,) = children(server)
        assert token.encode() not in Path(f"/proc/{child}/cmdline").read_bytes()
        os.kill(child, signal.SIGKILL)
        (again,) = eventually(lambda: [pid for pid in children(server) if pid != child], within=30)
        seen = {item["id"]: item["last"]["ts"] for item in host_sensors(admin)}
        eventually(lambda: any(item["last"]["ts"] > seen[item["id"]] for item in host_sensors(admin)), within=30)
        assert len(admin.api.get("/api/devices")["items"]) == 1

        server.kill()
        eventually(lambda: not alive(again), within=15)
        server.start()
        eventually(lambda: children(server), within=30)
        assert token_file.read_text() == token, "the same device goes on"
        ends = time.monotonic()
        child = children(server)[0]
        server.stop()
        assert not alive(child), f"it was left behind by a server that stopped in {time.monotonic() - ends:.1f} s"


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://127.0.0.1:5000"), ("127.0.0.1", "http://127.0.0.1:5000"), ("::", "http://[::1]:5000"),
     ("::1", "http://[::1]:5000"), ("192.0.2.7", "http://192.0.2.7:5000")],
)  # fmt: skip
def test_the_client_finds_the_server_wherever_it_listens(host: str, url: str) -> None:
    assert Config(host=host, port=5000).own_url == url
