"""What a place takes of a small machine while nobody looks; bench/footprint.py has the figures."""

import time
from pathlib import Path

import psutil

from tests.support.server import Server, register

MOST_BYTES = 150e6


def test_an_idle_place_is_one_process_of_under_150_mb_until_a_chart_needs_another(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        assert server.process is not None
        place = psutil.Process(server.process.pid)
        owner = register(server.url, "alice")
        device = owner.post("/api/devices", {"name": "Pi"}, expect=201).json()["device"]["id"]
        wanted = {"device_id": device, "key": "t", "name": "t", "unit": "°C", "kind": "temperature"}
        sensor = owner.post("/api/sensors", wanted, expect=201).json()["sensor"]["id"]
        time.sleep(6)  # longer than any of its duties waits between two looks
        assert place.children() == []
        assert place.memory_info().rss < MOST_BYTES
        owner.call("GET", f"/api/sensors/{sensor}/chart.svg", expect=200)
        assert len(place.children()) == 1
