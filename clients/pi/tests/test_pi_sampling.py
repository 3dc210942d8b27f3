"""Drivers that fail, stall and grow, and the readings of the others."""

from __future__ import annotations

import logging
import math
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from pi_support import CountingDriver, eventually

from fieldroom_pi.catalogue import Catalogue
from fieldroom_pi.clock import Backoff, Clock
from fieldroom_pi.drivers.base import Driver
from fieldroom_pi.errors import DriverError
from fieldroom_pi.model import Sample, Sensor
from fieldroom_pi.sampler import Sampler


class Bench:
    """Samplers with a list in the place of the queue."""

    def __init__(self) -> None:
        self.readings: list[Sample] = []
        self.catalogue = Catalogue(lambda sensors: None)
        self.samplers: list[Sampler] = []

    def start(self, driver: Driver, interval_ms: int = 20, clock: Clock | None = None) -> Sampler:
        retry = Backoff(0.02, 0.1)
        clock = clock or Clock()
        sampler = Sampler(driver, self.catalogue, self.readings.extend, interval_ms, clock, retry)
        self.samplers.append(sampler)
        sampler.start()
        return sampler

    def of(self, key: str) -> list[float]:
        return [reading.value for reading in list(self.readings) if reading.key == key]


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    for sampler in bench.samplers:
        sampler.stop()
    for sampler in bench.samplers:
        sampler.join(2)


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.INFO]


def test_a_driver_that_raises_does_not_stop_the_others_and_is_logged_once_until_it_recovers(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    good, bad = CountingDriver("good"), CountingDriver("bad")
    bad.broken = RuntimeError("the wire is loose")
    bench.start(good)
    bench.start(bad)
    eventually(lambda: bad.opened >= 4 and len(bench.of("good")) >= 4, "attempts and readings")
    assert messages(caplog) == ["bad: RuntimeError: the wire is loose"]
    bad.broken = None
    eventually(lambda: bench.of("bad"), "a reading after the repair")
    assert messages(caplog) == ["bad: RuntimeError: the wire is loose", "bad: works again"]
    assert bad.closed == bad.opened - 1


def test_a_driver_that_fails_is_tried_again_ever_more_rarely(bench: Bench) -> None:
    bad = CountingDriver("bad")
    bad.broken = OSError("no such device")
    sampler = Sampler(bad, bench.catalogue, bench.readings.extend, 1, Clock(), Backoff(0.1, 60))
    sampler.start()
    time.sleep(0.5)
    sampler.stop()
    sampler.join(1)
    assert 2 <= bad.opened <= 4


def test_a_driver_that_hangs_delays_neither_the_others_nor_the_stop(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    class LaterClock(Clock):
        offset = 0.0

        def monotonic(self) -> float:
            return super().monotonic() + self.offset

    clock = LaterClock()
    stuck = CountingDriver("stuck")
    stuck.gate.clear()
    sampler = bench.start(stuck, clock=clock)
    bench.start(CountingDriver("good"))
    eventually(lambda: len(bench.of("good")) >= 4, "readings of the other driver")
    sampler.check_hanging()
    assert messages(caplog) == []
    clock.offset = 45.0
    sampler.check_hanging()
    sampler.check_hanging()
    assert messages(caplog) == ["stuck (hangs): has not answered for 45 s"]
    sampler.stop()
    began = time.monotonic()
    sampler.join(0.1)
    assert time.monotonic() - began < 1
    stuck.gate.set()


def test_a_driver_that_hangs_when_it_is_opened_is_reported_too(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    class LaterClock(Clock):
        offset = 0.0

        def monotonic(self) -> float:
            return super().monotonic() + self.offset

    class StuckAtFirst(CountingDriver):
        opening = threading.Event()
        bus = threading.Event()

        def open(self) -> None:
            self.opening.set()
            self.bus.wait(30)
            super().open()

    clock, stuck = LaterClock(), StuckAtFirst("stuck")
    sampler = bench.start(stuck, clock=clock)
    assert stuck.opening.wait(10)
    sampler.check_hanging()
    assert messages(caplog) == []
    clock.offset = 45.0
    sampler.check_hanging()
    assert messages(caplog) == ["stuck (hangs): has not answered for 45 s"]
    stuck.bus.set()
    eventually(lambda: len(bench.of("stuck")) >= 2, "readings once the bus answers")


def test_a_driver_that_fails_is_tried_again_within_a_minute_however_long_it_has_failed(bench: Bench) -> None:
    sampler = Sampler(CountingDriver("bad"), bench.catalogue, bench.readings.extend, 20, Clock())
    assert all(sampler._retry.next() <= 60 for _ in range(50))


def test_one_sensor_of_a_driver_can_fail_alone(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.start(CountingDriver("good", {"loose": lambda: DriverError("no answer"), "odd": lambda: math.nan}))
    eventually(lambda: len(bench.of("good")) >= 4, "readings")
    assert {reading.key for reading in bench.readings} == {"good"}
    assert sorted(messages(caplog)) == [
        "good, sensor loose: no answer",
        "good, sensor odd: gave nan, which is not a finite number",
    ]


def test_readings_keep_to_the_interval_although_reading_takes_time(bench: Bench) -> None:
    def slow() -> float:
        time.sleep(0.03)
        return 1.0

    bench.start(CountingDriver("slow", {"value": slow}), interval_ms=50)
    eventually(lambda: len(bench.of("value")) >= 20, "twenty readings")
    times = [reading.at_ms for reading in bench.readings if reading.key == "value"][:20]
    # Nineteen intervals of 50 ms: were the 30 ms of each reading added to its interval, it would take 1,520 ms.
    assert 900 <= times[-1] - times[0] <= 1_300


def test_a_new_interval_takes_effect_at_once(bench: Bench) -> None:
    sampler = bench.start(CountingDriver("count"), interval_ms=3_600_000)
    eventually(lambda: len(bench.of("count")) == 1, "the first reading")
    sampler.set_interval(20)
    eventually(lambda: len(bench.of("count")) >= 5, "readings at the new interval")


def test_a_driver_is_not_read_more_often_than_its_hardware_allows(bench: Bench) -> None:
    driver = CountingDriver("dht")
    driver.min_interval_ms = 60_000
    bench.start(driver, interval_ms=10)
    eventually(lambda: bench.of("dht"), "the first reading")
    time.sleep(0.2)
    assert bench.of("dht") == [0.0]


def test_a_key_belongs_to_the_driver_that_had_it_first(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    first, second = CountingDriver("same"), CountingDriver("same", {"own": lambda: 5.0})
    second.keys = ["same"]
    bench.start(first)
    eventually(lambda: bench.of("same"), "a reading of the first")
    bench.start(second)
    eventually(lambda: bench.of("own"), "a reading of the second")
    assert messages(caplog) == ["same, sensor same: left out: another driver has this key"]
    values = bench.of("same")
    assert values == sorted(set(values))


def test_a_device_has_at_most_64_sensors(caplog: pytest.LogCaptureFixture) -> None:
    catalogue = Catalogue(lambda sensors: None)
    sensors = [Sensor(f"s{n}", "S", "", "number") for n in range(70)]
    accepted = catalogue.register("owner", "many", sensors)
    assert len(accepted) == len(catalogue.sensors()) == 64
    assert messages(caplog)[0] == "many, sensor s64: left out: a device has 64 sensors"


def test_a_sensor_that_could_not_be_remembered_is_entered_the_next_time() -> None:
    failures = [sqlite3.OperationalError("database or disk is full")]

    def remember(sensors: list[Sensor]) -> None:
        if failures:
            raise failures.pop()

    catalogue = Catalogue(remember)
    sensor = Sensor("s", "S", "", "number")
    with pytest.raises(sqlite3.OperationalError):
        catalogue.register("owner", "driver", [sensor])
    assert (catalogue.sensors(), catalogue.version) == ([], 0)
    assert catalogue.register("owner", "driver", [sensor]) == {"s"}
    assert (catalogue.sensors(), catalogue.version) == ([sensor], 1)


@pytest.mark.parametrize("key", ["", "Kitchen", "a b", "x" * 65, "-a", "ä"])
def test_a_key_that_the_server_would_refuse_is_refused_here(key: str) -> None:
    with pytest.raises(ValueError, match="sensor key"):
        Sensor(key, "S", "", "number")


def test_two_drivers_run_at_the_same_time(bench: Bench) -> None:
    meeting = threading.Barrier(2, timeout=5)

    def meet() -> float:
        return float(meeting.wait())

    readers: list[Callable[[], float]] = [meet, meet]
    for n, reader in enumerate(readers):
        bench.start(CountingDriver(f"d{n}", {f"meet{n}": reader}))
    eventually(lambda: bench.of("meet0") and bench.of("meet1"), "both drivers within read at once")
    meeting.abort()
