"""The Pi client behind a bad network, killed in turn with the server: what its drivers produced is at the server, once."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.eventually import eventually
from tests.support.people import Person, unique
from tests.support.proxy import Proxy
from tests.support.server import ROOT, Server

PI = ROOT / "clients" / "pi"
SENSORS = ("inside", "outside")
# How long the network is away; the length of it changes nothing, and `OUTAGE_SECONDS=60` shows that.
OUTAGE = float(os.environ.get("OUTAGE_SECONDS", "4"))

# The client as it is, with drivers that note what they give, and with less patience than it has by itself.
RUNNER = """
import sys, time
from pathlib import Path
from fieldroom_pi.agent import Agent, run_agent
from fieldroom_pi.config import Config
from fieldroom_pi.drivers.base import Driver
from fieldroom_pi.model import Sensor
from fieldroom_pi.uplink import Timing

server, token, folder, run, *keys = sys.argv[1:]

class Counting(Driver):
    def __init__(self, key):
        self.name, self.n = key, int(run) * 1_000_000
        self.log = open(Path(folder) / f"{key}.log", "a", buffering=1)
    @classmethod
    def from_options(cls, options): ...
    def sensors(self):
        return [Sensor(self.name, self.name.title(), "", "number")]
    def read(self):
        self.n += 1
        self.log.write(f"{self.n} {time.time_ns() // 1_000_000}\\n")
        return {self.name: float(self.n)}

timing = Timing(connect=2.0, announce=2.0, ack=0.7, reconnect_first=0.1, reconnect_max=0.5, idle=0.5, flush=2.0)
config = Config(server, token, 100, Path(folder) / "state", None, 100_000, "normal", [], None)
sys.exit(run_agent(Agent(config, [Counting(key) for key in keys], timing)))
"""


class Client:
    """The client as a process; `start` it as often as it has been killed."""

    def __init__(self, url: str, token: str, folder: Path) -> None:
        self.folder = folder
        self.arguments = [url, token, str(folder)]
        self.runs = 0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.runs += 1
        with (self.folder / "client.log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", RUNNER, *self.arguments, str(self.runs), *SENSORS],
                env={**os.environ, "PYTHONPATH": str(PI)}, stdout=log, stderr=log,
            )  # fmt: skip

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> None:
        """End it in order."""
        assert self.process is not None
        self.process.terminate()
        assert self.process.wait(15) == 0, (self.folder / "client.log").read_text()

    def produced(self, key: str) -> dict[float, int]:
        """When each value was produced, in ms."""
        file = self.folder / f"{key}.log"
        lines = file.read_text().splitlines() if file.exists() else []
        return {float(value): int(at) for value, at in (line.split() for line in lines)}

    def status(self) -> dict[str, int]:
        code = (
            "import json, sys; from dataclasses import asdict; from pathlib import Path;"
            "from fieldroom_pi.status import read_status; print(json.dumps(asdict(read_status(Path(sys.argv[1])))))"
        )
        command = [sys.executable, "-c", code, str(self.folder / "state")]
        done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(PI)}, capture_output=True, check=True)
        found: dict[str, int] = json.loads(done.stdout)
        return found


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Callable[..., tuple[Server, Proxy, Client, Person]]]:
    ends: list[Callable[[], None]] = []

    def start(**environment: str) -> tuple[Server, Proxy, Client, Person]:
        server = Server(tmp_path / "server", **environment).start()
        ends.append(server.stop)
        proxy = Proxy(server.port)
        ends.append(proxy.close)
        owner = Person(server.url)
        token = owner.api.post("/api/devices", {"name": unique("Pi ")}, expect=201).json()["token"]
        (tmp_path / "client").mkdir()
        client = Client(proxy.url, token, tmp_path / "client")
        ends.append(lambda: client.kill() if client.process is not None else None)
        return server, proxy, client, owner

    yield start
    for end in reversed(ends):
        end()


def stored(owner: Person) -> dict[str, list[tuple[int, float]]]:
    """By key: (ts, value) of every reading at the server, in order of time."""
    found: dict[str, list[tuple[int, float]]] = {}
    for sensor in owner.api.get("/api/sensors?limit=100")["items"]:
        page: dict[str, Any] = owner.api.get(f"/api/sensors/{sensor['id']}/readings?resolution=raw&limit=10000")
        assert page["next"] is None
        found[sensor["key"]] = [(item["ts"], item["value"]) for item in page["items"]]
    return found


def count(owner: Person) -> int:
    return sum(len(rows) for rows in stored(owner).values())


def queue_is_empty(client: Client) -> bool:
    return client.status()["queued"] == 0


def compare(owner: Person, client: Client, kills: int) -> None:
    """Each value that a driver gave is there once, in order, with its time.

    A driver gives a value, and then it is written to disk: of each sensor a kill may cost the one in between.
    """
    at_the_server = stored(owner)
    assert at_the_server.keys() == set(SENSORS)
    for key in SENSORS:
        produced = client.produced(key)
        values = [value for _, value in at_the_server[key]]
        assert len(values) == len(set(values)), "none twice"
        assert values == sorted(values), "in the order in which they were made"
        missing = produced.keys() - set(values)
        ends_of_runs = {max(value for value in produced if value // 1e6 == run) for run in range(1, client.runs + 1)}
        assert set(values) <= produced.keys()
        assert missing <= ends_of_runs
        assert len(missing) <= kills
        for ts, value in at_the_server[key]:
            assert abs(ts - produced[value]) < 2_500


def test_readings_survive_an_outage_with_duplicates_and_reordering_on_return(
    running: Callable[..., tuple[Server, Proxy, Client, Person]],
) -> None:
    _, proxy, client, owner = running()
    client.start()
    eventually(lambda: count(owner) >= 20, within=30)
    (device,) = owner.api.get("/api/devices")["items"]
    assert device["version"].startswith("fieldroom-pi "), "the device says what it is"
    proxy.mode = "cut"
    time.sleep(OUTAGE)
    # Back, but nothing that the server says arrives: what it has stored is sent again.
    proxy.mode = "lose_answers"
    time.sleep(2)
    proxy.mode = "pass"
    before = count(owner)
    eventually(lambda: count(owner) >= before + 20, within=30)
    # The line stalls; the client gives it up and takes another, and what the first one held arrives after newer readings.
    proxy.mode = "late"
    time.sleep(4)
    proxy.mode = "pass"
    eventually(lambda: proxy.late_pieces > 0, within=10)
    proxy.mode = "stall"
    time.sleep(2)
    proxy.mode = "pass"
    before = count(owner)
    eventually(lambda: count(owner) >= before + 20, within=30)
    eventually(lambda: queue_is_empty(client), within=30, every=0.1)
    client.stop()
    assert client.status()["duplicates"] > 0, "something was sent twice"
    compare(owner, client, kills=0)


def test_readings_survive_kill_9_of_client_and_server_in_turn(
    running: Callable[..., tuple[Server, Proxy, Client, Person]],
) -> None:
    server, proxy, client, owner = running()
    client.start()
    eventually(lambda: count(owner) >= 20, within=30)
    client.kill()
    client.start()
    proxy.mode = "lose_answers"
    time.sleep(2)
    client.kill()
    proxy.mode = "pass"
    client.start()
    before = count(owner)
    eventually(lambda: count(owner) >= before + 10, within=30)
    server.kill()
    time.sleep(2)
    client.kill()
    client.start()
    time.sleep(1)
    server.start()
    before = count(owner)
    eventually(lambda: count(owner) >= before + 20, within=60)
    eventually(lambda: queue_is_empty(client), within=60, every=0.1)
    client.stop()
    compare(owner, client, kills=3)
