"""Timestamps on machines without a clock of their own, and while clocks are set."""

from __future__ import annotations

import logging
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pi_device_server import DeviceServer
from pi_support import QUICK, CountingDriver, FakeClock, eventually, sample

from fieldroom_pi.agent import Agent
from fieldroom_pi.clock import Clock
from fieldroom_pi.errors import ConnectionFailed
from fieldroom_pi.model import Reading, Sample, Sensor
from fieldroom_pi.outbox import FILE_NAME, Outbox, open_outbox
from fieldroom_pi.recorder import Recorder
from fieldroom_pi.server_time import ClockCheck, ServerTime, ask_server_time
from fieldroom_pi.status import read_status
from fieldroom_pi.timeline import RELEASED_MS, Timeline

QUICK_CLOCKS = replace(QUICK, clocks=0.1)
NOW = 1_790_000_000_000
HOUR = 3_600_000
LONG_AGO = 1_600_000_000_000
SENSOR = Sensor("a", "A", "", "number")


class Machine:
    """One Pi over its starts: a clock, a queue on disk, and what is measured."""

    def __init__(self, path: Path, clock: FakeClock) -> None:
        self.path = path
        self.clock = clock
        self.measured: list[tuple[float, int]] = []
        self.true_ms = NOW
        self.n = 0
        self.begin()

    def begin(self) -> None:
        self.outbox = open_outbox(self.path, 100_000, "normal", self.clock)
        self.outbox.remember([SENSOR])
        self.timeline = Timeline(self.clock)
        self.recorder = Recorder(self.outbox, self.timeline, self.clock.name, lambda: None, pytest.fail)

    def reboot(self, name: str, wall_ms: int, off_ms: int) -> None:
        """Power off for a while; the wall clock starts where it is told, as on a Pi."""
        self.outbox.close()
        self.true_ms += off_ms
        self.clock.name, self.clock.wall, self.clock.boot, self.clock.ntp = name, wall_ms, 5_000, False
        self.begin()

    def measure(self, times: int = 1, every_ms: int = 10_000) -> None:
        for _ in range(times):
            self.clock.pass_ms(every_ms)
            self.true_ms += every_ms
            self.recorder.record([Sample("a", self.clock.boot_ms(), float(self.n))])
            self.measured.append((float(self.n), self.true_ms))
            self.n += 1

    def queued(self) -> list[Reading]:
        batch = self.outbox.next_batch(1_000_000)
        self.outbox.release()
        return list(batch.readings) if batch else []


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path / FILE_NAME, FakeClock(wall_ms=LONG_AGO))
    yield machine
    machine.outbox.close()


def test_readings_of_a_start_without_a_clock_get_their_true_times_when_a_time_service_has_set_it(
    machine: Machine,
) -> None:
    machine.measure(5)
    assert machine.queued() == []
    assert (machine.outbox.depth, machine.outbox.waiting) == (5, 5)
    machine.clock.wall, machine.clock.ntp = machine.true_ms, True
    machine.recorder.tick()
    machine.measure(3)
    assert [(r.value, r.ts_ms) for r in machine.queued()] == machine.measured
    assert machine.outbox.waiting == 0


def test_the_clients_restart_in_between_changes_nothing(machine: Machine) -> None:
    machine.measure(3)
    machine.outbox.close()
    machine.begin()
    machine.measure(2)
    machine.timeline.server_said(machine.true_ms, machine.clock.boot_ms(), 600)
    machine.recorder.tick()
    assert [(r.value, r.ts_ms) for r in machine.queued()] == machine.measured


def test_a_start_that_ended_before_the_clock_was_known_gives_no_wrong_times(machine: Machine) -> None:
    machine.measure(4)
    machine.reboot("second", wall_ms=LONG_AGO, off_ms=HOUR)
    machine.measure(2)
    machine.clock.wall, machine.clock.ntp = machine.true_ms, True
    machine.recorder.tick()
    assert [(r.value, r.ts_ms) for r in machine.queued()] == machine.measured[4:]
    assert machine.outbox.meta("undated") == 4
    assert machine.outbox.depth == 2
    status = read_status(machine.path.parent)
    assert (status.undated, status.waiting, status.queued) == (4, 0, 2)


def test_the_servers_time_dates_readings_where_no_time_service_reaches(machine: Machine) -> None:
    machine.measure(5)
    machine.timeline.server_said(machine.true_ms + 300, machine.clock.boot_ms(), 700)
    assert machine.timeline.source == "server"
    machine.recorder.tick()
    assert [(r.value, r.ts_ms - 300) for r in machine.queued()] == machine.measured


def test_a_clock_that_agrees_with_the_server_counts_itself_as_it_is_finer() -> None:
    clock = FakeClock(wall_ms=NOW)
    timeline = Timeline(clock)
    timeline.look()
    assert timeline.offset_ms is None
    timeline.server_said(NOW + 900, clock.boot_ms(), 500)
    assert timeline.offset_ms == NOW - clock.boot_ms()


@pytest.mark.parametrize(("wall_ms", "source"), [(NOW, "rtc"), (RELEASED_MS - 1, "unknown")])
def test_a_battery_backed_clock_is_believed_unless_its_battery_is_flat(wall_ms: int, source: str) -> None:
    clock = FakeClock(wall_ms=wall_ms)
    clock.rtc = True
    timeline = Timeline(clock)
    timeline.look()
    assert timeline.source == source


def test_a_battery_backed_clock_that_the_server_contradicts_is_not_believed() -> None:
    clock = FakeClock(wall_ms=NOW - HOUR)
    clock.rtc = True
    timeline = Timeline(clock)
    timeline.look()
    timeline.server_said(NOW, clock.boot_ms(), 500)
    assert timeline.stamp("a", clock.boot_ms()) == NOW


def test_a_clock_before_the_last_acknowledgement_is_not_believed_without_a_witness() -> None:
    timeline = Timeline(FakeClock(wall_ms=NOW), not_before_ms=NOW + 1)
    timeline.server_did_not_say()
    assert timeline.offset_ms is None
    timeline = Timeline(FakeClock(wall_ms=NOW), not_before_ms=NOW)
    timeline.server_did_not_say()
    assert timeline.source == "unconfirmed"


@pytest.mark.parametrize("by_ms", [-HOUR, -7, 5 * HOUR, 24 * 365 * HOUR])
def test_a_clock_set_by_hand_makes_neither_gaps_nor_duplicates_nor_times_in_the_future(
    machine: Machine, by_ms: int
) -> None:
    machine.clock.wall, machine.clock.ntp = machine.true_ms, True
    machine.measure(20)
    machine.clock.step_ms(by_ms)
    machine.measure(20)
    # The time service finds out and sets it right again.
    machine.clock.wall, machine.clock.ntp = machine.true_ms, True
    machine.measure(20)
    assert [(r.value, r.ts_ms) for r in machine.queued()] == machine.measured


def test_a_step_that_nobody_vouches_for_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock(ntp=True)
    timeline = Timeline(clock)
    timeline.look()
    clock.step_ms(HOUR)
    for _ in range(5):
        clock.pass_ms(1_000)
        timeline.look()
    told = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(told) == 1
    assert "+3600.0 s" in told[0]


def test_a_good_clock_that_goes_back_gives_no_timestamp_twice(machine: Machine) -> None:
    machine.clock.ntp = True
    machine.measure(100, every_ms=1_000)
    # Exactly a multiple of the interval: each new time meets an old one.
    machine.clock.wall -= 50_000
    machine.measure(100, every_ms=1_000)
    stamps = [r.ts_ms for r in machine.queued()]
    assert len(set(stamps)) == 200
    assert max(stamps) <= machine.clock.now_ms()
    assert stamps[-50:] == sorted(stamps[-50:])


def test_many_random_steps_never_repeat_a_timestamp_nor_reach_into_the_future(machine: Machine) -> None:
    rng = random.Random(11)
    machine.clock.wall, machine.clock.ntp = machine.true_ms, True
    for _ in range(60):
        machine.measure(rng.randrange(1, 6), every_ms=rng.choice((100, 1_000, 10_000)))
        action = rng.randrange(4)
        if action == 0:
            machine.clock.step_ms(rng.choice((-1_000, -100, 10_000, HOUR, -HOUR)))
        elif action == 1:
            machine.clock.wall, machine.clock.ntp = machine.true_ms, True
        elif action == 2:
            machine.timeline.server_said(machine.true_ms + rng.randrange(-500, 500), machine.clock.boot_ms(), 500)
    stamps = [r.ts_ms for r in machine.queued()]
    assert len(stamps) == len(set(stamps)) == machine.n
    true = [at for _, at in machine.measured]
    # As far as a server tells it that says whole seconds, or a clock that agreed with it within 2 s.
    assert all(abs(stamp - at) <= 2_500 for stamp, at in zip(stamps, true))


def test_a_queue_of_the_first_version_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    clock = FakeClock(ntp=True)
    outbox = open_outbox(path, 1_000, "normal", clock)
    outbox.remember([SENSOR])
    outbox.append([Reading("a", NOW, 1.5)])
    outbox.close()
    with sqlite3.connect(path) as db:
        db.execute("ALTER TABLE readings DROP COLUMN boot")
        db.execute("PRAGMA user_version=1")
    db.close()
    assert read_status(tmp_path).queued == 1
    outbox = Outbox(path, 1_000, "normal", clock)
    outbox.append_undated([sample("a", 7)], "boot")
    batch = outbox.next_batch(10)
    assert batch is not None
    assert batch.readings == [Reading("a", NOW, 1.5)]
    assert outbox.waiting == 1
    outbox.close()


def test_a_server_tells_the_time(device_server: DeviceServer) -> None:
    clock = Clock()
    said = ask_server_time(device_server.url, None, 5.0, clock)
    assert said is not None
    now_ms = time.time_ns() // 1_000_000
    # The server of this test and the test share a clock.
    assert abs(said.server_ms - said.at_boot_ms - (now_ms - clock.boot_ms())) <= said.error_ms + 50


def test_a_server_that_is_not_there_does_not_tell_the_time(free_port: int) -> None:
    with pytest.raises(ConnectionFailed):
        ask_server_time(f"http://127.0.0.1:{free_port}", None, 1.0, Clock())


def test_a_server_that_could_not_be_asked_makes_no_wrong_clock_right(machine: Machine) -> None:
    """After a start, a Pi's clock stands where it stood at the last shutdown: not impossible, but wrong."""
    machine.clock.wall = NOW - HOUR

    def unreachable(*asked: object) -> ServerTime | None:
        raise ConnectionFailed("no route to host")

    def silent(*asked: object) -> ServerTime | None:
        return None

    machine.measure(2)
    tick = machine.recorder.tick
    assert not ClockCheck(machine.timeline, "http://unused", None, 1.0, machine.clock, unreachable, tick).compare()
    assert (machine.timeline.source, machine.outbox.waiting) == ("unknown", 2)
    assert ClockCheck(machine.timeline, "http://unused", None, 1.0, machine.clock, silent, tick).compare()
    assert (machine.timeline.source, machine.outbox.waiting) == ("unconfirmed", 0)


def test_the_machines_own_clocks_are_read() -> None:
    clock = Clock()
    before = clock.boot_ms()
    time.sleep(0.02)
    assert 20 <= clock.boot_ms() - before < 5_000
    assert clock.boot_id() == clock.boot_id() != ""
    assert clock.ntp_synchronised() in (True, False)
    assert clock.set_by_rtc() in (True, False)


def test_readings_made_before_the_clock_was_known_arrive_with_their_times(
    device_server: DeviceServer, make_config: Callable[..., object]
) -> None:
    """The whole client, on a machine whose clock stands in 2020 until the server is there."""

    class StandsIn2020(Clock):
        def now_ms(self) -> int:
            return super().now_ms() - 6 * 365 * 24 * HOUR

        def ntp_synchronised(self) -> bool:
            return False

        def set_by_rtc(self) -> bool:
            return False

    silent = True

    def ask(server: str, ca_file: str | None, timeout_s: float, clock: Clock) -> ServerTime | None:
        if silent:
            raise ConnectionFailed("not now")
        return ask_server_time(server, ca_file, timeout_s, clock)

    driver = CountingDriver()
    config = make_config(device_server.url)
    agent = Agent(config, [driver], QUICK_CLOCKS, StandsIn2020(), ask)
    began_ms = time.time_ns() // 1_000_000
    agent.start()
    try:
        eventually(lambda: len(driver.made) >= 5 and device_server.connects, "readings and a connection")
        assert device_server.stored == {}
        agent.tick()
        status = read_status(config.state_dir)
        assert (status.clock, status.waiting >= 4, status.oldest_queued_ms) == ("unknown", True, None)
        silent = False
        eventually(lambda: len(device_server.stored) >= 8, "all readings, the earlier ones too")
        agent.tick()
        assert read_status(config.state_dir).clock == "server"
    finally:
        agent.stop()
    values = [value for _, value in sorted((ts, value) for (_, ts), value in device_server.stored.items())]
    assert values == driver.made
    ended_ms = time.time_ns() // 1_000_000
    assert all(began_ms - 1_500 <= ts <= ended_ms + 1_500 for _, ts in device_server.stored)
