"""Devices and those who watch them need not be connected to the same process."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from tests.support.devices import Pi
from tests.support.eventually import eventually
from tests.support.people import Listener, Person, Refused
from tests.support.redis import redis_server
from tests.support.server import Server
from utils.clock import now_ms


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    """Two servers that share everything but their process."""
    data = tmp_path_factory.mktemp("pair")
    with redis_server() as redis_url:
        shared = {
            "REDIS_URL": redis_url, "DATABASE_URL": f"sqlite:///{data / 'shared.sqlite3'}",
            "SECRET_KEY": "one secret for both of them",
        }  # fmt: skip
        with Server(data / "one", **shared) as one, Server(data / "two", **shared) as two:
            yield one, two
        assert "Traceback" not in one.output + two.output


def test_a_reading_and_the_state_of_its_device_cross_processes(pair: tuple[Server, Server]) -> None:
    one, two = pair
    pi = Pi(Person(one.url))
    watcher = Person(two.url)
    sensor_id = pi.announce("t")["t"]
    assert watcher.live.ok("join_sensor", {"sensor_id": sensor_id})["sensor"]["online"] is True
    now = now_ms()
    pi.send(["t", now, 20.5])
    assert watcher.live.wait("sensor_reading") == {"sensor_id": sensor_id, "readings": [[now, 20.5]]}
    watcher.live.wait("chart_updated", timeout=30)
    eventually(lambda: watcher.api.get(f"/api/sensors/{sensor_id}")["sensor"]["last"] == {"ts": now, "value": 20.5})
    pi.close()
    watcher.live.wait("sensor_status", lambda payload: payload == {"sensor_id": sensor_id, "online": False})


def test_a_device_that_moves_to_another_process_keeps_its_sensors(pair: tuple[Server, Server]) -> None:
    one, two = pair
    owner = Person(one.url)
    pi = Pi(owner)
    sensor_id = pi.announce("t")["t"]
    there = Listener(two.url, namespace="/devices", auth={"token": pi.token})
    assert there.ok("readings", {"readings": [["t", now_ms(), 1.0]]})["accepted"] == 1
    owner.api.call("DELETE", f"/api/sensors/{sensor_id}", expect=204)
    assert there.ok("readings", {"readings": [["t", now_ms(), 1.0]]})["rejected"] == [{"index": 0, "code": "unknown_sensor"}]
    for line in (pi.live, there):
        line.close()


def test_a_token_that_is_rotated_on_one_process_ends_connections_on_the_other(pair: tuple[Server, Server]) -> None:
    one, two = pair
    owner = Person(one.url)
    pi = Pi(owner)
    there = Listener(two.url, namespace="/devices", auth={"token": pi.token})
    owner.api.post(f"/api/devices/{pi.id}/token", expect=200)
    eventually(lambda: not there.client.connected)
    eventually(lambda: not pi.live.client.connected)
    with pytest.raises(Refused):
        Listener(two.url, namespace="/devices", auth={"token": pi.token})


def test_a_sensor_made_private_loses_its_watchers_on_every_process(pair: tuple[Server, Server]) -> None:
    one, two = pair
    Person(one.url)  # the first account is an administrator, who may go on watching
    owner, stranger = Person(one.url), Person(two.url)
    pi = Pi(owner)
    sensor_id = pi.announce("t")["t"]
    for each in (owner, stranger):
        each.live.ok("join_sensor", {"sensor_id": sensor_id})
    owner.api.call("PATCH", f"/api/sensors/{sensor_id}", expect=200, json={"visibility": "private"})
    now = now_ms()
    pi.send(["t", now, 1.0])
    owner.live.wait("sensor_reading")
    assert stranger.live.payloads("sensor_reading") == []
    pi.close()


class Overheard:
    """What the processes say to each other of one sensor."""

    def __init__(self, url: str, sensor_id: str) -> None:
        self._pubsub = redis.Redis.from_url(url).pubsub()
        self._pubsub.subscribe("flask-socketio")
        self._sensor_id = sensor_id
        self._events: list[str] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen)

    def __enter__(self) -> "Overheard":
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._over.set()
        self._thread.join()
        self._pubsub.close()

    def _listen(self) -> None:
        while not self._over.is_set():
            message = self._pubsub.get_message(timeout=0.1)
            if message is not None and message["type"] == "message" and self._sensor_id in str(message["data"]):
                self._events.append(json.loads(message["data"]).get("event", ""))

    def count(self) -> int:
        """How many pushes there were of what is for those who watch the sensor."""
        return sum(event in ("sensor_reading", "chart_updated") for event in self._events)


@contextmanager
def sending(pi: Pi, each_seconds: float = 0.1) -> Iterator[None]:
    """Has a device send one reading after the other."""
    over = threading.Event()

    def send() -> None:
        while not over.wait(each_seconds):
            pi.send(["t", now_ms(), 1.0])

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_readings_cross_processes_while_somebody_watches_and_no_longer(pair: tuple[Server, Server]) -> None:
    one, two = pair
    pi, watcher = Pi(Person(one.url)), Person(two.url)
    sensor_id = pi.announce("t")["t"]
    with Overheard(one.environment["REDIS_URL"], sensor_id) as overheard, sending(pi):
        time.sleep(3)  # aggregated too
        assert overheard.count() == 0
        watcher.live.ok("join_sensor", {"sensor_id": sensor_id})
        watcher.live.wait("sensor_reading", timeout=1)
        watcher.live.wait("chart_updated", timeout=30)
        watcher.live.ok("leave_sensor", {"sensor_id": sensor_id})
        eventually(lambda: not is_pushed(overheard), within=30)
    pi.close()


def is_pushed(overheard: Overheard) -> bool:
    """Whether anything is pushed within a second."""
    before = overheard.count()
    time.sleep(1)
    return overheard.count() > before


def test_no_reading_is_lost_to_whoever_begins_to_watch_on_another_process(pair: tuple[Server, Server]) -> None:
    one, two = pair
    pi, watcher = Pi(Person(one.url)), Person(two.url)
    sensor_id = pi.announce("t")["t"]
    with sending(pi, each_seconds=0.01):
        time.sleep(0.3)
        known = watcher.live.ok("join_sensor", {"sensor_id": sensor_id})["readings"]
        time.sleep(1)
    last = pi.send(["t", now_ms(), 2.0])
    assert last["accepted"] == 1
    watcher.live.wait("sensor_reading", lambda payload: any(value == 2.0 for _, value in payload["readings"]))
    pushed = {ts for payload in watcher.live.payloads("sensor_reading") for ts, _ in payload["readings"]}
    stored = watcher.live.ok("join_sensor", {"sensor_id": sensor_id})["readings"]
    assert {ts for ts, _ in stored} <= pushed | {ts for ts, _ in known}
    pi.close()


def test_the_watchers_of_a_process_that_died_are_soon_forgotten(tmp_path: Path) -> None:
    with redis_server() as redis_url:
        shared = {
            "REDIS_URL": redis_url, "DATABASE_URL": f"sqlite:///{tmp_path / 'shared.sqlite3'}",
            "SECRET_KEY": "one secret for both of them",
        }  # fmt: skip
        with Server(tmp_path / "one", **shared) as one, Server(tmp_path / "two", **shared) as two:
            pi, watcher = Pi(Person(one.url)), Person(two.url)
            sensor_id = pi.announce("t")["t"]
            watcher.live.ok("join_sensor", {"sensor_id": sensor_id})
            with Overheard(redis_url, sensor_id) as overheard, sending(pi):
                watcher.live.wait("sensor_reading", timeout=1)
                two.kill()
                eventually(lambda: not is_pushed(overheard), within=30)
            pi.close()


def test_a_device_may_not_send_more_by_sending_to_two_processes(tmp_path: Path) -> None:
    with redis_server() as redis_url:
        shared = {
            "REDIS_URL": redis_url, "DATABASE_URL": f"sqlite:///{tmp_path / 'shared.sqlite3'}", "RATELIMIT_ENABLED": "1",
            "SECRET_KEY": "one secret for both of them", "DEVICE_READINGS_PER_SECOND": "10",
        }  # fmt: skip
        with Server(tmp_path / "one", **shared) as one, Server(tmp_path / "two", **shared) as two:
            pi = Pi(Person(one.url))
            pi.announce("t")
            there = Listener(two.url, namespace="/devices", auth={"token": pi.token})
            start = now_ms() - 10_000
            assert pi.send(*[["t", start + number, 1.0] for number in range(5_000)])["accepted"] == 5_000
            rest = {"readings": [["t", start + 5_000 + number, 1.0] for number in range(4_000)]}
            assert there.refused("readings", rest) == "rate_limited"
            pi.close()
            there.close()
