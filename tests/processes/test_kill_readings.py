"""kill -9 of the server while devices send: what was acknowledged is there afterwards, once, and rolled up."""

import threading
from pathlib import Path
from typing import Any

import pytest

from tests.support.devices import Pi
from tests.support.eventually import eventually
from tests.support.people import Person
from tests.support.server import Server
from utils.clock import now_ms

MINUTE = 60_000


@pytest.mark.parametrize("mode", ["eventlet", "gevent"])
def test_every_acknowledged_reading_is_there_once_and_rolled_up_after_kill_9(tmp_path: Path, mode: str) -> None:
    with Server(tmp_path, ASYNC_MODE=mode) as server:
        alice = Person(server.url)
        pis = [Pi(alice) for _ in range(3)]
        sensors = [pi.announce("t")["t"] for pi in pis]
        acknowledged: list[dict[int, float]] = [{} for _ in pis]
        enough = threading.Event()
        start = now_ms() // MINUTE * MINUTE - 600 * MINUTE

        def measure(number: int) -> None:
            at = 0
            while True:
                rows = [["t", start + (at + n) * 7_000, float(at + n)] for n in range(40)]
                try:
                    answer = pis[number].live.call("readings", {"readings": rows}, timeout=3)
                except Exception:  # the server is gone, in one of the many ways in which that shows
                    return
                assert answer["ok"], answer
                acknowledged[number].update((ts, value) for _, ts, value in rows)
                at += 30  # the last ten come again with the next
                if at > 1500:
                    enough.set()

        threads = [threading.Thread(target=measure, args=(number,)) for number in range(len(pis))]
        for thread in threads:
            thread.start()
        assert enough.wait(120)
        server.kill()
        for thread in threads:
            thread.join(20)
        server.start()

        for number, sensor_id in enumerate(sensors):
            found = everything(alice, sensor_id, "raw")
            times = [item["ts"] for item in found]
            assert times == sorted(set(times)), "each once"
            stored = {item["ts"]: item["value"] for item in found}
            assert acknowledged[number].items() <= stored.items()
            # The lease of the killed worker runs out, and every minute comes to be what its readings are.
            wanted: dict[int, list[float]] = {}
            for ts, value in sorted(stored.items()):
                wanted.setdefault(ts // MINUTE * MINUTE, []).append(value)
            eventually(lambda sensor_id=sensor_id, wanted=wanted: minutes(alice, sensor_id) == wanted, within=60, every=0.5)


def everything(person: Person, sensor_id: str, resolution: str) -> list[dict[str, Any]]:
    page = person.api.get(f"/api/sensors/{sensor_id}/readings?resolution={resolution}&limit=10000")
    assert page["next"] is None
    items: list[dict[str, Any]] = page["items"]
    return items


def minutes(person: Person, sensor_id: str) -> dict[int, list[float]]:
    """What the rollups say that each minute's readings are; they rise by one, so first and last tell all of them."""
    return {
        item["ts"]: [item["first"] + n for n in range(item["count"])]
        for item in everything(person, sensor_id, "minute")
        if item["last"] == item["max"] == item["first"] + item["count"] - 1
    }
