from __future__ import annotations

import dataclasses
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# The package need not be installed, and the suite may be started from the repository root.
HERE = Path(__file__).parent
for folder in (HERE, HERE.parent):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from pi_device_server import TOKEN, DeviceServer  # noqa: E402
from pi_support import QUICK  # noqa: E402

from fieldroom_pi.agent import Agent  # noqa: E402
from fieldroom_pi.config import Config  # noqa: E402
from fieldroom_pi.drivers.base import Driver  # noqa: E402
from fieldroom_pi.uplink import Timing  # noqa: E402


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
