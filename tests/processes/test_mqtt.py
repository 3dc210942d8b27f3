"""What devices publish to a broker is stored, whatever is published and whoever dies."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.support.eventually import eventually
from tests.support.mqtt import Mosquitto
from tests.support.server import Api, Server, register
from utils.clock import now_ms


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    try:
        mosquitto = Mosquitto(tmp_path)
    except FileNotFoundError as error:
        pytest.skip(str(error))
    with mosquitto:
        yield mosquitto


class Publisher:
    """A device that knows nothing but the broker."""

    def __init__(self, port: int) -> None:
        self.client = Client(CallbackAPIVersion.VERSION2)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def publish(self, topic: str, payload: object, *, retain: bool = False) -> None:
        """Publish, and wait until the broker has it."""
        body = payload if isinstance(payload, bytes | str) else json.dumps(payload)
        self.client.publish(topic, body, qos=1, retain=retain).wait_for_publish(10)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def new_device(api: Api, name: str) -> str:
    made: str = api.post("/api/devices", {"name": name}, expect=201).json()["device"]["id"]
    return made


def stored(api: Api, device_id: str) -> dict[str, list[float]]:
    """The values of a device's sensors, by key."""
    sensors = api.get("/api/sensors", params={"device_id": device_id, "limit": 100})["items"]
    return {
        sensor["key"]: [each["value"] for each in api.get(f"/api/sensors/{sensor['id']}/readings?resolution=raw")["items"]]
        for sensor in sensors
    }


def connected(server: Server, times: int = 1) -> None:
    eventually(lambda: server.output.count("MQTT bridge connected") >= times, within=30)


@pytest.mark.parametrize("mode", ["eventlet", "gevent", "threading"])
def test_what_is_published_is_stored_and_what_is_hostile_is_counted_and_skipped(
    tmp_path: Path, broker: Mosquitto, mode: str
) -> None:
    with Server(
        tmp_path / "data",
        ASYNC_MODE=mode,
        MQTT_URL=broker.url,
        MQTT_TOPICS="sensors/{device}/{key}, home/{key}/of/{device}, tele/{device}",
    ) as server:
        api = register(server.url, "alice")
        by_id, named = new_device(api, "Pi"), new_device(api, "Shed")
        new_device(api, "Twin"), new_device(api, "Twin")
        connected(server)
        publisher, now = Publisher(broker.port), now_ms()
        publisher.publish(f"sensors/{by_id}/temp", "20.5")
        publisher.publish("sensors/Shed/door", {"value": True, "ts": now})
        publisher.publish("home/light/of/Shed", {"value": 7, "ts": now - 1000})
        publisher.publish("home/light/of/Shed", {"value": 8, "ts": now - 1000})
        hostile: list[tuple[str, object]] = [
            ("sensors/Shed/x", b"\xff\xfe"), ("sensors/Shed/x", ""), ("sensors/Shed/x", "warm"), ("sensors/Shed/x", "NaN"),
            ("sensors/Shed/x", "1e999"), ("sensors/Shed/x", "[" * 4000), ("sensors/Shed/x", "9" * 5000),
            ("sensors/Shed/x", {"ts": 1}), ("tele/Shed", "1"), ("tele/Shed", {"state": "online"}),
            ("sensors/Shed/x", {"value": 1, "ts": "now"}), ("sensors/Shed/x", [1]), ("sensors/Shed/x", "null"),
            ("sensors/Shed/x", {"value": 1, "ts": now + 3_600_000}), ("sensors/Nobody/x", "1"), ("sensors/Twin/x", "1"),
            ("sensors/Shed/a key", "1"), (f"sensors/Shed/{'k' * 200}", "1"), (f"sensors/{'0' * 24}/x", "1"),
        ]  # fmt: skip
        for topic, payload in hostile:
            publisher.publish(topic, payload)
        publisher.publish("tele/Shed", {"ts": now // 1000, "values": {"co2": "415", "wifi": {"rssi": -61}}})
        publisher.publish("sensors/Shed/soil", {"left": 1, "right": 2})
        publisher.publish(f"sensors/{by_id}/temp", {"value": "21.5 °C", "ts": now + 60_000})
        eventually(lambda: stored(api, by_id) == {"temp": [20.5, 21.5]}, within=20)
        assert stored(api, named) == {
            "door": [1.0], "light": [7.0], "x": [], "co2": [415.0], "wifi.rssi": [-61.0], "soil.left": [1.0], "soil.right": [2.0],
        }  # fmt: skip
        found = dict(
            re.findall(
                r'^fieldroom_mqtt_messages_total\{outcome="(\w+)"\} (\S+)$',
                requests.get(server.url + "/metrics", timeout=10).text,
                re.M,
            )
        )
        assert {outcome: float(count) for outcome, count in found.items()} == {
            "accepted": 8, "duplicate": 1, "unreadable": 13, "future_timestamp": 1, "unknown_device": 3, "unknown_sensor": 2,
        }  # fmt: skip
        publisher.close()
        for topic in ("sensors/Shed/x", "tele/Shed"):
            assert len([line for line in server.output.splitlines() if "unreadable" in line and topic in line]) == 1, "said once"
    assert "secret" not in server.output
    assert "Traceback" not in server.output, server.output


def test_what_is_published_while_the_server_is_dead_comes_when_it_is_back(tmp_path: Path, broker: Mosquitto) -> None:
    with Server(tmp_path / "data", MQTT_URL=broker.url) as server:
        api = register(server.url, "alice")
        device = new_device(api, "Pi")
        connected(server)
        publisher, now = Publisher(broker.port), now_ms()
        for n in range(20):
            publisher.publish(f"sensors/{device}/n", {"value": n, "ts": now - 1000 + n})
        server.kill()
        for n in range(20, 40):
            publisher.publish(f"sensors/{device}/n", {"value": n, "ts": now - 1000 + n})
        server.start()
        eventually(lambda: stored(api, device).get("n") == [float(n) for n in range(40)], within=40)
        publisher.close()


def test_a_broker_that_comes_back_is_found_again(tmp_path: Path, broker: Mosquitto) -> None:
    with Server(tmp_path / "data", MQTT_URL=broker.url) as server:
        api = register(server.url, "alice")
        device = new_device(api, "Pi")
        connected(server)
        broker.stop()
        broker.start()
        connected(server, 2)
        publisher = Publisher(broker.port)
        publisher.publish(f"sensors/{device}/n", "1")
        eventually(lambda: stored(api, device) == {"n": [1.0]}, within=20)
        publisher.close()
    assert "Traceback" not in server.output, server.output


def test_what_the_broker_retained_is_no_new_reading_at_each_start(tmp_path: Path, broker: Mosquitto) -> None:
    def counted(outcome: str) -> float:
        text = requests.get(server.url + "/metrics", timeout=10).text
        found = re.search(rf'^fieldroom_mqtt_messages_total{{outcome="{outcome}"}} (\S+)$', text, re.M)
        return 0 if found is None else float(found[1])

    with Server(tmp_path / "data", MQTT_URL=broker.url) as server:
        api = register(server.url, "alice")
        device = new_device(api, "Pi")
        connected(server)
        publisher, now = Publisher(broker.port), now_ms()
        publisher.publish(f"sensors/{device}/dead", "1", retain=True)
        publisher.publish(f"sensors/{device}/timed", {"value": 2, "ts": now}, retain=True)
        eventually(lambda: stored(api, device) == {"dead": [1.0], "timed": [2.0]}, within=20)
        assert counted("retained") == 0, "to who listens already it comes as any other"
        server.kill()
        # Nobody has heard this one yet, and its time is its own.
        publisher.publish(f"sensors/{device}/late", {"value": 3, "ts": now}, retain=True)
        server.start()
        eventually(lambda: stored(api, device) == {"dead": [1.0], "timed": [2.0], "late": [3.0]}, within=30)
        eventually(lambda: counted("retained") >= 1 and counted("duplicate") >= 1, within=20)
        assert stored(api, device) == {"dead": [1.0], "timed": [2.0], "late": [3.0]}
        publisher.close()
