"""Does drawing charts stall the chat? The delivery times of a room of 50, idle and while pictures are drawn without pause.

`python -m bench.latency [--messages N]`. Expected: the p99 while drawing stays within twice the idle p99, or under 15 ms, whichever
is larger. Clients are the official JavaScript client; both figures come from one run against one server.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from bench.support.tables import percentile, print_table
from tests.support.server import Api, Server, register

ROOM_SIZE = 50
LOAD = Path(__file__).parent / "support" / "room_load.mjs"


def deliveries(url: str, cookies: list[str], room: str, messages: int) -> list[float]:
    """Milliseconds from send to delivery, one for each message and receiver. Raises RuntimeError where some got lost."""
    order = {"url": url, "cookies": cookies, "room": room, "messages": messages, "every_ms": 25}
    ran = subprocess.run(["node", str(LOAD)], input=json.dumps(order), capture_output=True, text=True, check=True, timeout=300)
    result: dict[str, Any] = json.loads(ran.stdout)
    if result["lost"]:
        raise RuntimeError(f"{result['lost']} deliveries were lost")
    latencies: list[float] = result["latencies_ms"]
    return latencies


class Drawing:
    """Asks for pictures of a sensor's last hour, one after the other, each over a range of its own so that none is cached."""

    def __init__(self, api: Api, sensor_id: str) -> None:
        self.api, self.sensor_id, self.drawn, self._stop = api, sensor_id, 0, threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._stop.is_set():
            end = int(time.time() * 1000) - self.drawn
            self.api.call("GET", f"/api/sensors/{self.sensor_id}/chart.png?start={end - 3_600_000}&end={end}", expect=200)
            self.drawn += 1

    def __enter__(self) -> "Drawing":
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stop.set()
        self._thread.join()


def sensor_with_an_hour(api: Api) -> str:
    """The id of a new sensor with 3,600 readings, one a second."""
    made = api.post("/api/devices", {"name": "bench"}, expect=201).json()
    body = {"device_id": made["device"]["id"], "key": "t", "name": "Temperature", "unit": "°C", "kind": "temperature"}
    sensor_id: str = api.post("/api/sensors", body, expect=201).json()["sensor"]["id"]
    now = int(time.time() * 1000)
    readings = [[now - (3600 - second) * 1000, 20 + second % 60 / 10] for second in range(3600)]
    api.post(
        f"/api/sensors/{sensor_id}/readings", {"readings": readings}, headers={"Authorization": f"Bearer {made['token']}"}
    ).raise_for_status()
    return sensor_id


def main() -> int:
    """Returns 1 where the expectation does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=400)
    messages = parser.parse_args().messages
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        people = [register(server.url, f"member{number}") for number in range(ROOM_SIZE)]
        room = people[0].post("/api/chat-rooms", {"name": "Bench"}, expect=201).json()["room"]["id"]
        cookies = [api.cookie for api in people]
        sensor_id = sensor_with_an_hour(people[0])
        people[0].call("GET", f"/api/sensors/{sensor_id}/chart.png", expect=200)
        deliveries(server.url, cookies, room, 40)
        idle = deliveries(server.url, cookies, room, messages)
        begun = time.perf_counter()
        with Drawing(people[0], sensor_id) as drawing:
            busy = deliveries(server.url, cookies, room, messages)
        rate = drawing.drawn / (time.perf_counter() - begun)
    rows = [
        [name, len(values), *(f"{percentile(values, fraction):.1f}" for fraction in (0.5, 0.9, 0.99, 1.0))]
        for name, values in (("idle", idle), (f"drawing {rate:.1f} pictures/s", busy))
    ]
    print_table([f"room of {ROOM_SIZE}", "deliveries", "p50 ms", "p90 ms", "p99 ms", "max ms"], rows)
    bound = max(2 * percentile(idle, 0.99), 15.0)
    kept = percentile(busy, 0.99) <= bound
    print(f"p99 while drawing {percentile(busy, 0.99):.1f} ms; the bound is {bound:.1f} ms: {'kept' if kept else 'MISSED'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
