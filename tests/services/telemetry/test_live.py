"""Pushes of live readings: few, bounded, and none where nobody looks."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.platform import current
from services.push import Push, sensor_room
from services.telemetry.live import INTERVAL_SECONDS, MAX_PUSHED, Coalescer
from tests.support.eventually import eventually
from tests.support.platforms import running
from tests.support.realtime import Recorder
from utils.ids import new_id


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Recorder]:
    with running(tmp_path) as platform:
        yield platform.provide(Push, Recorder())


class Timed(Recorder):
    """Also keeps when it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def publish(self, *args: object, **options: object) -> None:
        self.times.append(time.monotonic())
        super().publish(*args, **options)  # type: ignore[arg-type]


def test_what_comes_together_is_one_push_in_order_of_time(told: Recorder) -> None:
    coalescer, sensor = Coalescer(), new_id()
    coalescer.offer(sensor, [(5, 0.5)])
    coalescer.offer(sensor, [(3, 0.3), (4, 0.4)])
    coalescer.push()
    readings = eventually(lambda: [reading for p in told.payloads("sensor_reading") for reading in p["readings"]])
    assert sorted(readings) == [(3, 0.3), (4, 0.4), (5, 0.5)]
    assert all(payload["readings"] == sorted(payload["readings"]) for payload in told.payloads("sensor_reading"))
    assert all("skipped" not in payload for payload in told.payloads("sensor_reading"))


def test_a_flood_is_pushed_at_most_ten_times_a_second_and_its_newest_comes(told: Recorder) -> None:
    timed = current().provide(Push, Timed())
    coalescer, sensor = Coalescer(), new_id()
    ends, number = time.monotonic() + 0.6, 0
    while time.monotonic() < ends:
        coalescer.offer(sensor, [(number + n, 1.0) for n in range(300)])
        number += 300
        time.sleep(0.001)
    eventually(lambda: timed.payloads("sensor_reading")[-1]["readings"][-1][0] == number - 1)
    gaps = [after - before for before, after in zip(timed.times, timed.times[1:], strict=False)]
    assert min(gaps) >= INTERVAL_SECONDS * 0.9
    payloads = timed.payloads("sensor_reading")
    assert max(len(payload["readings"]) for payload in payloads) == MAX_PUSHED
    assert sum(len(payload["readings"]) + payload.get("skipped", 0) for payload in payloads) == number


def test_nothing_is_kept_for_a_sensor_that_nobody_watches(told: Recorder) -> None:
    coalescer, watched, other = Coalescer(), new_id(), new_id()
    told.watched = {sensor_room(watched)}
    coalescer.offer(other, [(1, 1.0)])
    coalescer.offer(watched, [(2, 2.0)])
    coalescer.push()
    eventually(lambda: told.published)
    told.watched = None
    coalescer.push()
    assert [payload["sensor_id"] for payload in told.payloads("sensor_reading")] == [str(watched)]


def test_a_push_that_fails_does_not_end_the_pushing(told: Recorder) -> None:
    class Failing(Recorder):
        failures = 0

        def publish(self, *args: object, **options: object) -> None:
            self.failures += 1
            raise ConnectionError("no message queue")

    failing = current().provide(Push, Failing())
    coalescer, sensor = Coalescer(), new_id()
    coalescer.offer(sensor, [(1, 1.0)])
    eventually(lambda: failing.failures)
    current().provide(Push, told)
    coalescer.offer(sensor, [(2, 2.0)])
    assert eventually(lambda: told.payloads("sensor_reading"))[0]["readings"] == [(2, 2.0)]
