"""The queue on disk."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pi_support import FakeClock, reading, sample

from fieldroom_pi.clock import Clock
from fieldroom_pi.model import Reading, Sensor
from fieldroom_pi.outbox import Outbox, open_outbox
from fieldroom_pi.recorder import Recorder
from fieldroom_pi.timeline import Timeline

SENSORS = [Sensor("a", "A", "°C", "temperature"), Sensor("b", "B", "", "number")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "queue.sqlite3"


@pytest.fixture
def outbox(path: Path) -> Iterator[Outbox]:
    outbox = make(path)
    yield outbox
    outbox.close()


def make(path: Path, max_readings: int = 100_000) -> Outbox:
    outbox = open_outbox(path, max_readings, "normal", Clock())
    outbox.remember(SENSORS)
    return outbox


def make_recorder(outbox: Outbox, on_queued: Callable[[], None] = lambda: None) -> Recorder:
    """A recorder on a machine whose clock is known."""
    return Recorder(outbox, Timeline(FakeClock(ntp=True)), "boot", on_queued, pytest.fail)


def contents(outbox: Outbox) -> list[Reading]:
    batch = outbox.next_batch(1_000_000)
    outbox.release()
    return list(batch.readings) if batch else []


def test_readings_come_back_in_order_and_exactly_after_a_restart(path: Path) -> None:
    readings = [Reading("a", 1_700_000_000_001, 0.1 + 0.2), Reading("b", 1_700_000_000_000, -1e-300), reading("a", 3)]
    outbox = make(path)
    outbox.append(readings)
    outbox.close()
    again = make(path)
    assert again.depth == 3
    assert contents(again) == readings
    again.close()


def test_only_acknowledged_readings_leave(outbox: Outbox) -> None:
    outbox.append([reading("a", n) for n in range(10)])
    batch = outbox.next_batch(4)
    outbox.append([reading("b", 99)])
    outbox.settle(batch, keep=[1], counts={"accepted": 3})
    assert [r.value for r in contents(outbox)] == [1.0, *map(float, range(4, 10)), 99.0]
    assert outbox.depth == 8
    assert outbox.meta("accepted") == 3


def test_a_batch_has_the_same_id_whenever_it_holds_the_same_readings(outbox: Outbox) -> None:
    outbox.append([reading("a", n) for n in range(10)])
    first = outbox.next_batch(4)
    outbox.release()
    assert outbox.next_batch(4) == first
    outbox.settle(first, keep=[0, 3])
    assert outbox.next_batch(2).ids == [first.ids[0], first.ids[3]]
    assert outbox.next_batch(2).batch_id != first.batch_id


def test_many_threads_queue_at_once_and_the_depth_is_right(path: Path) -> None:
    outbox = make(path, max_readings=1_000)

    def fill(key: str) -> None:
        for n in range(200):
            outbox.append([reading(key, n), reading(key, 1_000 + n)])

    threads = [threading.Thread(target=fill, args=(key,)) for key in "abab"]
    for thread in threads:
        thread.start()
    settled = 0
    while any(thread.is_alive() for thread in threads):
        batch = outbox.next_batch(7)
        if batch:
            outbox.settle(batch)
            settled += len(batch.ids)
    assert outbox.depth == len(contents(outbox)) <= 1_000
    forgotten = (outbox.meta("dropped") or 0) + (outbox.meta("thinned") or 0)
    assert settled + outbox.depth + forgotten == 4 * 400
    outbox.close()


def test_what_was_set_aside_returns_when_its_time_has_come(outbox: Outbox) -> None:
    outbox.append([reading("a", n) for n in range(3)])
    outbox.set_aside(outbox.next_batch(1))
    assert [r.value for r in contents(outbox)] == [1.0, 2.0]
    assert outbox.requeue_set_aside(older_than_ms=60_000) == 0
    assert outbox.requeue_set_aside(older_than_ms=0) == 1
    assert [r.value for r in contents(outbox)] == [1.0, 2.0, 0.0]
    assert outbox.depth == 3


def test_sensors_with_queued_readings_are_known_after_a_restart(path: Path) -> None:
    outbox = make(path)
    outbox.append([reading("b", 1)])
    outbox.close()
    again = open_outbox(path, 1_000, "full", Clock())
    assert again.sensors_with_readings() == [SENSORS[1]]
    again.close()


@pytest.mark.parametrize("damage", ["text", "page"])
def test_a_damaged_file_is_kept_and_a_new_queue_begun(
    path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    outbox = make(path)
    outbox.append([reading("a", n) for n in range(5_000)])
    outbox.close()
    if damage == "text":
        path.write_bytes(b"this is no database " * 1_000)
    else:
        content = bytearray(path.read_bytes())
        content[4096 * 6 : 4096 * 12] = b"\xff" * (4096 * 6)
        path.write_bytes(content)
    again = make(path)
    again.append([reading("a", 1)])
    assert again.depth == 1
    again.close()
    assert len(list(path.parent.glob("queue.sqlite3.damaged-*"))) == 1
    assert "damaged" in caplog.text


def test_a_queue_of_a_newer_version_is_left_alone(path: Path) -> None:
    make(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version=3")
    db.close()
    with pytest.raises(sqlite3.NotSupportedError, match="newer"):
        make(path)
    assert list(path.parent.glob("*damaged*")) == []


def test_readings_are_held_while_the_disk_is_full_and_queued_afterwards(
    outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    queued = threading.Event()
    recorder = make_recorder(outbox, queued.set)
    pages = outbox._db.execute("PRAGMA page_count").fetchone()[0]
    outbox._db.execute(f"PRAGMA max_page_count={pages}")
    for n in range(40):
        recorder.record([sample("a", 100 * n + i) for i in range(100)])
    depth = outbox.depth
    assert depth < 4_000
    outbox._db.execute("PRAGMA max_page_count=100000")
    recorder.record([sample("a", 4_000)])
    assert queued.is_set()
    assert [r.value for r in contents(outbox)] == [float(n) for n in range(4_001)]
    told = [record.getMessage() for record in caplog.records if record.name == "fieldroom_pi.recorder"]
    assert len(told) == 2
    assert "disk is full" in told[0]
    assert "works again" in told[1]


def test_while_the_disk_is_full_the_latest_readings_are_held_and_the_others_counted(outbox: Outbox) -> None:
    recorder = make_recorder(outbox)
    outbox._db.execute("PRAGMA query_only=1")
    recorder.record([sample("a", n) for n in range(10_500)])
    outbox._db.execute("PRAGMA query_only=0")
    recorder.record([sample("a", 10_500)])
    assert outbox.depth == 10_000
    assert contents(outbox)[0].value == 501.0
    assert outbox.meta("dropped") == 501
