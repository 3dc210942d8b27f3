"""Devices and those who watch them need not be connected to the same process."""

from collections.abc import Iterator

import pytest

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
