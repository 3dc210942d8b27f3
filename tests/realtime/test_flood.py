"""One device floods: it is told to slow down, and nobody else notices."""

import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.support.devices import Pi
from tests.support.people import Person, unique
from tests.support.raw import Closed, RawClient, frame
from tests.support.server import Server
from utils.clock import now_ms

SAMPLES = 15
CONNECTIONS = 3


@pytest.fixture(scope="module", params=["eventlet", "gevent", "threading"])
def limited(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose limits are on."""
    folder: Path = tmp_path_factory.mktemp("flood")
    with Server(folder, ASYNC_MODE=request.param, RATELIMIT_ENABLED="1", DEVICE_READINGS_PER_SECOND="1000") as running:
        yield running
    assert "Traceback" not in running.output, running.output


class Flood:
    """A device with several connections, each of which sends the largest of batches as soon as the last was answered."""

    def __init__(self, url: str, pi: Pi) -> None:
        self.answers: list[dict[str, object]] = []
        first = now_ms() - 3_600_000
        rows = [["flood", first + n, n / 8] for n in range(5000)]
        self._frame = frame(f"42/devices,7{json.dumps(['readings', {'readings': rows}])}")
        self._clients = [RawClient(url) for _ in range(CONNECTIONS)]
        self._over = threading.Event()
        for client in self._clients:
            client.send(f"40/devices,{json.dumps({'token': pi.token})}")
            packets = client.packets()
            next(packets)
            assert next(packets).startswith(b"40/devices")
        self._threads = [threading.Thread(target=self._run, args=(client,)) for client in self._clients]

    def __enter__(self) -> "Flood":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)
        for client in self._clients:
            client.close()

    def _run(self, client: RawClient) -> None:
        try:
            while not self._over.is_set():
                client.send_bytes(self._frame)
                packet = next(packet for packet in client.packets() if packet.startswith(b"43/devices,7"))
                self.answers.append(json.loads(packet[12:])[0])
        except (Closed, OSError):
            return


def median_ms(act: Callable[[int], object]) -> float:
    """How long it takes, at the median."""
    took = []
    for number in range(SAMPLES):
        began = time.perf_counter()
        act(number)
        took.append((time.perf_counter() - began) * 1000)
        time.sleep(0.02)
    return statistics.median(took)


def test_a_flood_from_one_device_slows_down_neither_another_nor_the_chat(limited: Server) -> None:
    alice = Person(limited.url)
    flooding, calm = Pi(alice), Pi(alice)
    flooding.announce("flood")
    calm.announce("t")
    room = alice.api.post("/api/chat-rooms", {"name": unique("Room ")}, expect=201).json()["room"]["id"]
    alice.live.ok("join_chat_room", {"room_id": room})
    start = now_ms() - 60_000

    def store(number: int) -> None:
        assert calm.send(*[["t", start + number * 100 + n, 1.0] for n in range(20)])["rejected"] == []

    def chat(number: int) -> None:
        alice.live.ok("send_message", {"room_id": room, "body": "hello", "client_id": f"{room}{time.monotonic_ns()}"})

    store(-1)
    chat(-1)
    idle = median_ms(store), median_ms(chat)
    with Flood(limited.url, flooding) as flood:
        store(-1)
        busy = median_ms(store), median_ms(chat)
    assert busy[0] < 5 * idle[0] + 5, f"a batch took {busy[0]:.1f} ms instead of {idle[0]:.1f} ms"
    assert busy[1] < 5 * idle[1] + 5, f"a message took {busy[1]:.1f} ms instead of {idle[1]:.1f} ms"
    refusals = [answer["error"] for answer in flood.answers if not answer["ok"]]
    assert refusals, "it was a flood"
    for refusal in refusals:
        assert isinstance(refusal, dict)
        assert refusal["code"] == "rate_limited"
        assert refusal["retry_after"] >= 1
    for each in (flooding, calm, alice):
        each.close()


def test_too_much_is_refused_over_http_with_the_time_to_come_again(limited: Server) -> None:
    alice = Person(limited.url)
    pi = Pi(alice)
    sensor_id = pi.announce("t")["t"]
    first = now_ms() - 3_600_000
    url, headers = f"{limited.url}/api/sensors/{sensor_id}/readings", {"Authorization": f"Bearer {pi.token}"}

    def send(part: int) -> requests.Response:
        rows = [[first + part * 5000 + n, 1.0] for n in range(5000)]
        return requests.post(url, json={"readings": rows}, headers=headers, timeout=30)

    answers = [send(0), send(1), send(2), send(3)]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert refused, "20,000 readings at once are too many"
    assert all(answer.status_code == 429 for answer in refused)
    assert all(1 <= int(answer.headers["Retry-After"]) <= 5 for answer in refused)
    assert refused[0].json()["error"]["code"] == "rate_limited"
    time.sleep(int(refused[-1].headers["Retry-After"]))
    assert send(4).json()["accepted"] == 5000
    pi.close()
    alice.close()
