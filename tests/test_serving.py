"""A server that is told to stop stops, whatever it is doing at that moment."""

import time
from pathlib import Path

import pytest

from tests.support.people import Listener, Person
from tests.support.server import Server


@pytest.mark.parametrize("mode", ["eventlet", "gevent", "threading"])
@pytest.mark.parametrize("busy_seconds", [0.0, 0.6, 1.2])
def test_a_server_stops_within_seconds_of_being_asked(tmp_path: Path, mode: str, busy_seconds: float) -> None:
    with Server(tmp_path, ASYNC_MODE=mode) as server:
        person = Person(server.url)
        person.room()
        time.sleep(busy_seconds)  # in the middle of what it does after starting: warming up, aggregating, being idle
        server.stop()
        assert server.process is not None
        assert server.process.returncode == 0, "it ended by itself and was not killed"
        assert "Traceback" not in server.output


@pytest.mark.parametrize("mode", ["eventlet", "gevent", "threading"])
def test_a_long_poll_does_not_hold_up_a_stop(tmp_path: Path, mode: str) -> None:
    with Server(tmp_path, ASYNC_MODE=mode) as server:
        polling = Listener(server.url, headers={"Cookie": Person(server.url).api.cookie}, transport="polling")
        time.sleep(0.5)  # until its poll waits at the server
        server.stop()
        assert server.process is not None
        assert server.process.returncode == 0, "it ended by itself and was not killed"
        polling.client.disconnect()
