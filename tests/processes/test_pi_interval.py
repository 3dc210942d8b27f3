"""An interval from a device's page, the real Pi client at the other end, and two processes in between."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.eventually import eventually
from tests.support.people import Person
from tests.support.redis import redis_server
from tests.support.server import ROOT, Server


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    """Two servers that share everything but their process."""
    with redis_server() as redis_url:
        shared = {
            "REDIS_URL": redis_url, "DATABASE_URL": f"sqlite:///{tmp_path / 'shared.sqlite3'}",
            "SECRET_KEY": "one secret for both of them",
        }  # fmt: skip
        with Server(tmp_path / "one", **shared) as one, Server(tmp_path / "two", **shared) as two:
            yield one, two
        assert "Traceback" not in one.output + two.output


class Client:
    """The client as it is installed on a Pi, with the sensors of this machine."""

    def __init__(self, url: str, token: str, folder: Path) -> None:
        self._environment = {
            **os.environ, "PYTHONPATH": str(ROOT / "clients" / "pi"), "HOME": str(folder), "FIELDROOM_SERVER": url,
            "FIELDROOM_TOKEN": token, "FIELDROOM_STATE_DIR": str(folder / "state"), "FIELDROOM_INTERVAL": "3600000",
        }  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Client":
        self._process = subprocess.Popen([sys.executable, "-m", "fieldroom_pi", "run"], env=self._environment)
        return self

    def __exit__(self, *_exc: object) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(20)


def test_an_interval_reaches_the_pi_through_another_process_and_after_it_was_away(
    pair: tuple[Server, Server], tmp_path: Path
) -> None:
    one, two = pair
    owner = Person(two.url)
    made = owner.api.post("/api/devices", {"name": "Shed"}, expect=201).json()
    path = f"/api/devices/{made['device']['id']}"
    client = Client(one.url, made["token"], tmp_path)

    def in_force() -> Any:
        return (owner.api.get(path)["device"]["status"] or {}).get("interval_ms")

    def count() -> int:
        sensor = owner.api.get("/api/sensors?limit=1")["items"][0]["id"]
        return len(owner.api.get(f"/api/sensors/{sensor}/readings?resolution=raw&limit=1000")["items"])

    with client:
        eventually(lambda: in_force() == 3_600_000, within=60)
        owner.api.call("PATCH", path, expect=200, json={"interval_ms": 300})
        eventually(lambda: in_force() == 300, within=30)
        eventually(lambda: count() >= 5, within=60)
    owner.api.call("PATCH", path, expect=200, json={"interval_ms": 1_800_000})
    with client:
        eventually(lambda: in_force() == 1_800_000, within=60)
        owner.api.call("PATCH", path, expect=200, json={"interval_ms": None})
        eventually(lambda: in_force() == 3_600_000, within=30)
