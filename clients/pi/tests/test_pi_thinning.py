"""What a full queue keeps, with real files, and with the process killed at any moment."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pi_support import HERE, FakeClock

from fieldroom_pi.model import Reading, Sample, Sensor
from fieldroom_pi.outbox import FILE_NAME, Outbox, open_outbox
from fieldroom_pi.status import as_lines, read_status

START = 1_790_000_000_000 // 600_000 * 600_000
SENSORS = [Sensor("a", "A", "", "number"), Sensor("b", "B", "", "number")]


def make(path: Path, max_readings: int) -> Outbox:
    outbox = open_outbox(path / FILE_NAME, max_readings, "normal", FakeClock(ntp=True))
    outbox.remember(SENSORS)
    return outbox


def contents(outbox: Outbox) -> list[Reading]:
    batch = outbox.next_batch(1_000_000)
    outbox.release()
    return list(batch.readings) if batch else []


def produce(n: int, every_ms: int, seed: int = 1) -> list[Reading]:
    """n readings of two sensors in turn, one every ``every_ms``."""
    rng = random.Random(seed)
    return [Reading("ab"[i % 2], START + i * every_ms, rng.uniform(-50, 50)) for i in range(n)]


def fill(outbox: Outbox, readings: list[Reading], step: int = 20) -> None:
    for at in range(0, len(readings), step):
        outbox.append(readings[at : at + step])


def by_bucket(readings: list[Reading], bucket_ms: int) -> dict[tuple[str, int], list[float]]:
    found: dict[tuple[str, int], list[float]] = {}
    for reading in readings:
        found.setdefault((reading.key, reading.ts_ms // bucket_ms), []).append(reading.value)
    return found


def counts(outbox: Outbox) -> tuple[int, int]:
    return outbox.meta("thinned") or 0, outbox.meta("dropped") or 0


def test_the_oldest_minutes_keep_their_lowest_and_highest_and_the_newest_readings_stay_whole(tmp_path: Path) -> None:
    outbox = make(tmp_path, 2_000)
    readings = produce(6_000, every_ms=1_000)
    fill(outbox, readings)
    kept = contents(outbox)
    thinned, dropped = counts(outbox)
    assert outbox.depth == len(kept) <= 2_000
    assert (dropped, thinned) == (0, 6_000 - len(kept))
    assert set(kept) <= set(readings), "only what was really measured, with its own time"
    assert kept == sorted(kept, key=lambda reading: reading.ts_ms)
    # Nothing that the whole span had as an extreme is gone, in no minute.
    now, before = by_bucket(kept, 60_000), by_bucket(readings, 60_000)
    assert now.keys() == before.keys()
    for minute, values in before.items():
        assert (min(now[minute]), max(now[minute])) == (min(values), max(values))
    assert sum(len(values) == 2 for values in now.values()) > 100
    assert kept[-200:] == readings[-200:]
    outbox.close()


def test_then_ten_minutes_keep_theirs_and_only_then_the_oldest_are_dropped(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    outbox = make(tmp_path, 1_000)
    readings = produce(220_000, every_ms=1_000)
    first_drop = None
    for at in range(0, len(readings), 500):
        outbox.append(readings[at : at + 500])
        assert outbox.depth <= 1_000
        if first_drop is None and counts(outbox)[1]:
            first_drop = at
    kept = contents(outbox)
    thinned, dropped = counts(outbox)
    assert thinned + dropped + len(kept) == len(readings)
    # 1,000 readings hold more than a day of ten minutes; without thinning they were 17 minutes.
    assert first_drop is not None
    assert first_drop * 1_000 > 24 * 3_600_000
    now, before = by_bucket(kept, 600_000), by_bucket(readings, 600_000)
    oldest = sorted({bucket for _, bucket in now})[5:-20]
    for bucket in oldest:
        for key in "ab":
            values = before[key, bucket]
            assert (min(now[key, bucket]), max(now[key, bucket])) == (min(values), max(values))
    told = [record.getMessage() for record in caplog.records]
    assert [text.split(": ")[1] for text in told] == [
        "the oldest are thinned out to make room",
        "the oldest are dropped to make room",
    ]
    outbox.close()


def test_readings_too_far_apart_to_be_thinned_are_dropped_from_the_oldest_on(tmp_path: Path) -> None:
    outbox = make(tmp_path, 1_000)
    readings = produce(2_500, every_ms=600_000)
    fill(outbox, readings)
    assert contents(outbox) == readings[-1_000:]
    assert counts(outbox) == (0, 1_500)
    outbox.close()


def test_a_constant_value_is_kept_once_for_each_minute(tmp_path: Path) -> None:
    outbox = make(tmp_path, 1_000)
    fill(outbox, [Reading("a", START + n * 1_000, 21.0) for n in range(3_000)])
    kept = contents(outbox)
    assert len(by_bucket(kept, 60_000)) == 50
    assert sum(len(values) == 1 for values in by_bucket(kept, 60_000).values()) > 30
    outbox.close()


def test_what_is_on_its_way_to_the_server_is_neither_thinned_nor_dropped(tmp_path: Path) -> None:
    outbox = make(tmp_path, 1_000)
    readings = produce(2_000, every_ms=100)
    fill(outbox, readings[:1_000])
    batch = outbox.next_batch(100)
    assert batch is not None
    fill(outbox, readings[1_000:])
    assert outbox.next_batch(100) == batch
    outbox.settle(batch)
    assert outbox.depth == len(contents(outbox))
    outbox.close()


def test_readings_that_wait_for_the_clock_are_bounded_too(tmp_path: Path) -> None:
    outbox = make(tmp_path, 1_000)
    for n in range(0, 5_000, 50):
        outbox.append_undated([Sample("a", 10_000 + i * 1_000, float(i % 60)) for i in range(n, n + 50)], "boot")
        assert outbox.depth <= 1_000
        assert outbox.waiting == outbox.depth
    outbox.date("boot", START)
    assert outbox.waiting == 0
    assert len(contents(outbox)) == outbox.depth
    assert outbox.depth + sum(counts(outbox)) == 5_000
    outbox.close()


def test_status_says_how_many_were_thinned_out_and_dropped(tmp_path: Path) -> None:
    outbox = make(tmp_path, 1_000)
    fill(outbox, produce(3_000, every_ms=1_000))
    outbox.close()
    status = read_status(tmp_path)
    assert status.thinned == 3_000 - status.queued
    lines = dict(line.split("  ", 1) for line in as_lines(status, START))
    assert lines["thinned out"].split()[0] == str(status.thinned)
    assert lines["dropped"].split()[0] == "0"


WRITER = """
import sys
from pathlib import Path
from test_pi_thinning import SENSORS, START, make
from fieldroom_pi.model import Reading
outbox = make(Path(sys.argv[1]), 1_000)
n = int(sys.argv[2])
print("ready", flush=True)
while True:
    outbox.append([Reading("ab"[i % 2], START + i * 2_000, float(i)) for i in range(n, n + 10)])
    n += 10
    print(n, flush=True)
"""


def test_a_queue_killed_again_and_again_while_it_is_full_loses_count_of_nothing(tmp_path: Path) -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join((str(HERE), str(HERE.parent)))}
    rng = random.Random(3)
    written = 0
    for _ in range(4):
        command = [sys.executable, "-c", WRITER, str(tmp_path), str(written)]
        with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
            heard = [writer.stdout.readline() for _ in range(rng.randrange(60, 120))]
            # Not in step with the last line: in the middle of an append as well as between two.
            time.sleep(rng.uniform(0, 0.005))
            writer.send_signal(signal.SIGKILL)
            said_at_the_end = max(int(line) for line in [*heard, *writer.stdout.read().splitlines()])
        with sqlite3.connect(tmp_path / FILE_NAME) as db:
            assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            newest = db.execute("SELECT max(ts) FROM readings").fetchone()[0]
        db.close()
        written = (newest - START) // 2_000 + 1
        # What was said to be on disk is there; of the append that was under way all or nothing.
        assert written in (said_at_the_end, said_at_the_end + 10)
        outbox = make(tmp_path, 1_000)
        assert outbox.depth == len(contents(outbox)) <= 1_000
        assert outbox.depth + sum(counts(outbox)) == written
        outbox.close()
    assert written > 2_000, "the queue has been full"
