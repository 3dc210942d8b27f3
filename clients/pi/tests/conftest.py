from __future__ import annotations

import dataclasses
import itertools
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# The package need not be installed, and the suite may be started from the repository root.
for folder in (HERE, HERE.parent):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from pi_device_server import TOKEN, DeviceServer  # noqa: E402

from fieldroom_pi.agent import Agent  # noqa: E402
from fieldroom_pi.config import Config  # noqa: E402
from fieldroom_pi.drivers.base import Driver  # noqa: E402
from fieldroom_pi.errors import DriverError  # noqa: E402
from fieldroom_pi.model import Reading, Sensor  # noqa: E402
from fieldroom_pi.uplink import Timing  # noqa: E402

QUICK = Timing(
    connect=2.0,
    announce=1.0,
    ack=0.4,
    reconnect_first=0.05,
    reconnect_max=0.2,
    refused_first=0.2,
    refused_max=0.3,
    linger=0.01,
    flush=2.0,
    idle=0.2,
)


def eventually(condition: Callable[[], object], what: str, within_s: float = 10.0) -> None:
    """Wait until the condition holds; fail with ``what`` otherwise."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}"
        time.sleep(0.01)


class CountingDriver(Driver):
    """A sensor that counts its readings, so that every one is told from every other; or whatever a test makes of it."""

    def __init__(
        self, key: str = "count", extra: Mapping[str, Callable[[], float | DriverError]] | None = None
    ) -> None:
        self.name = key
        self.keys = [key]
        self.extra = dict(extra or {})
        self.made: list[float] = []
        self.opened = 0
        self.closed = 0
        self.broken: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()
        self._next = itertools.count()

    @classmethod
    def from_options(cls, options: Mapping[str, object]) -> CountingDriver:
        return cls()

    def open(self) -> None:
        self.opened += 1

    def close(self) -> None:
        self.closed += 1

    def sensors(self) -> list[Sensor]:
        return [Sensor(key, key.title(), "", "number") for key in [*self.keys, *self.extra]]

    def read(self) -> Mapping[str, float | DriverError]:
        self.gate.wait()
        if self.broken is not None:
            raise self.broken
        values: dict[str, float | DriverError] = {key: float(next(self._next)) for key in self.keys}
        self.made.extend(value for value in values.values() if isinstance(value, float))
        values.update((key, make()) for key, make in self.extra.items())
        return values


@pytest.fixture
def device_server(tmp_path: Path) -> Iterator[DeviceServer]:
    server = DeviceServer(str(tmp_path / "server.sqlite3"))
    server.start()
    yield server
    server.close()


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def make_config(tmp_path: Path) -> Callable[..., Config]:
    def make(server: str, **changes: object) -> Config:
        config = Config(
            server=server,
            token=TOKEN,
            interval_ms=100,
            state_dir=tmp_path / "state",
            ca_file=None,
            max_readings=500_000,
            synchronous="normal",
            drivers=[],
            token_file=None,
        )
        return dataclasses.replace(config, **changes)

    return make


@pytest.fixture
def start_agent(make_config: Callable[..., Config]) -> Iterator[Callable[..., Agent]]:
    """Starts an agent within the test; ``stop`` it there, or leave that to the end of the test."""
    running: list[Agent] = []

    def start(server: str, *drivers: Driver, timing: Timing = QUICK, **changes: object) -> Agent:
        agent = Agent(make_config(server, **changes), drivers, timing)
        agent.start()
        running.append(agent)
        stop = agent.stop

        def stop_once() -> None:
            if agent in running:
                running.remove(agent)
                stop()

        agent.stop = stop_once  # type: ignore[method-assign]
        return agent

    yield start
    while running:
        running[-1].stop()


def reading(key: str, n: int) -> Reading:
    """The n-th reading of a sensor, with a timestamp of its own."""
    return Reading(key, 1_700_000_000_000 + n, float(n))
