"""How long does the server take for a chart of a sensor that has measured every second for a month, or a year?

`python -m bench.charts [--year] [--requests N]`. One sensor with a month (2.6 million readings; a year, 31.5 million, by the flag)
at 1 Hz is loaded in bulk with its rollups, and beside it one with the last day only. Then /api/sensors/<id>/chart is asked for over
each range, as a signed-in browser asks: the time is the server's for the whole request, from routing to the last byte of JSON, and
beside it what of that was its own time on the processor, which other work on the machine disturbs less. Expected: a median of
that under 30 ms for each range, and for what both sensors have no more than 1.5 times that of the one without a history, or
2 ms. The other kinds of chart are measured beside it. Also told: the bytes of the database for each stored reading.
"""

import argparse
import math
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from bench.support.tables import percentile, print_table
from config import load_config
from models.devices import Sensor
from models.readings import DAY_MS, HOUR_MS, MINUTE_MS, Reading, timed_id
from services.charting.sensor_charts import RANGES
from services.platform import Platform
from services.telemetry.rollups import WIDTHS, Summary, merge, summarize
from utils.clock import now_ms

MOST_MS: Final = 30.0
FLAT: Final = 1.5
NOISE_MS: Final = 2.0
SECOND: Final = 1000
SLICE: Final = 60 * 60
SHORT_DAYS: Final = 1
KINDS: Final = ("trend", "heatmap", "distribution")
Rows = list[tuple[int, Summary]]


def seconds(start: int, end: int) -> Iterator[list[tuple[int, float]]]:
    """A reading a second, an hour at a time: a daily wave with noise, and a spike now and then."""
    chance = random.Random(1)
    for hour in range(start, end, HOUR_MS):
        level = 20 + 5 * math.sin(hour % DAY_MS / DAY_MS * 2 * math.pi)
        yield [
            (ts, round(level + chance.gauss(0, 0.3) + (9 if chance.random() < 1e-5 else 0), 2))
            for ts in range(hour, hour + HOUR_MS, SECOND)
        ]


def load_readings(sensor: Sensor, start: int, end: int) -> Rows:
    """Store the readings; returns the summaries of their minutes."""
    minutes: Rows = []
    for part in seconds(start, end):
        Reading.insert_rows([(timed_id(sensor.number, ts), value) for ts, value in part])
        for minute, readings in groupby(part, key=lambda reading: reading[0] // MINUTE_MS * MINUTE_MS):
            minutes.append((timed_id(sensor.number, minute), summarize([value for _, value in readings])))
    return minutes


def load_rollups(minutes: Rows) -> int:
    """Store the minutes and all that is made of them, as the worker would; returns how many buckets that is."""
    stored, rows = 0, minutes
    for width in WIDTHS:
        if width is not WIDTHS[0]:
            rows = [
                (id, merge([summary for _, summary in parts])) for id, parts in groupby(rows, key=lambda row: width.bucket(row[0]))
            ]
        for start in range(0, len(rows), SLICE):
            width.document.insert_rows(
                [
                    (id, each["count"], each["sum"], each["rest"], each["min"], each["max"], each["first"], each["last"], 1)
                    for id, each in rows[start : start + SLICE]
                ]
            )
        stored += len(rows)
    return stored


def size(folder: Path) -> int:
    """Bytes of the database, with everything that was written in its one file."""
    path = folder / "fieldroom.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.stat().st_size


def signed_in(app: Flask) -> tuple[FlaskClient, list[Sensor]]:
    """A browser, and the sensors "long" and "short" of a device of its person."""
    client = app.test_client()
    client.post("/api/auth/register", json={"username": "ada", "password": "correct horse 7"})
    device = client.post("/api/devices", json={"name": "Pi"}).get_json()["device"]
    for key in ("long", "short"):
        client.post("/api/sensors", json={"device_id": device["id"], "key": key, "name": key, "unit": "°C"})
    return client, sorted(Sensor.find({}), key=lambda sensor: sensor.key)


def ask(client: FlaskClient, sensor: Sensor, kind: str, range: str, requests: int) -> tuple[list[float], list[float], int]:
    """The ms on the clock and on the processor of each request, and the bytes of the chart.

    The first requests, which make what is kept for all, do not count.
    """
    path = f"/api/sensors/{sensor.id}/chart?range={range}&kind={kind}&tz=Europe/Berlin"
    clock, processor, length = [], [], 0
    for number in [*([0] * 3), *([1] * requests)]:
        began, worked = time.perf_counter(), time.thread_time()
        answer = client.get(path)
        spent, worked = time.perf_counter() - began, time.thread_time() - worked
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code} {answer.text[:300]}")
        length = len(answer.data)
        if number:
            clock.append(spent * 1000)
            processor.append(worked * 1000)
    return clock, processor, length


def main() -> int:
    """Returns 1 where an expectation does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--year", action="store_true", help="a year instead of a month")
    parser.add_argument("--requests", type=int, default=30, help="for each range and kind")
    options = parser.parse_args()
    days = 365 if options.year else 30
    with tempfile.TemporaryDirectory() as name:
        app = create_app(load_config({"FLASK_ENV": "testing", "DATA_DIR": name, "RATELIMIT_ENABLED": "0"}))
        platform: Platform = app.extensions["fieldroom"]
        with platform.entered():
            holds = fill_and_measure(app, Path(name), days, options.requests)
        platform.close()
    return 0 if holds else 1


def fill_and_measure(app: Flask, folder: Path, days: int, requests: int) -> bool:
    """Loads one sensor with so many days and one with few; prints what they take and the times. Whether the expectations hold."""
    client, (long, short) = signed_in(app)
    end = now_ms() // HOUR_MS * HOUR_MS + HOUR_MS
    before, began = size(folder), time.perf_counter()
    minutes = load_readings(long, end - days * DAY_MS, end)
    count, after = days * DAY_MS // SECOND, size(folder)
    load_rollups(load_readings(short, end - SHORT_DAYS * DAY_MS, end))
    between = size(folder)
    buckets = load_rollups(minutes)
    print(f"{count:,} readings and {buckets:,} buckets loaded in {time.perf_counter() - began:,.0f} s")
    reading, rollups = (after - before) / count, (size(folder) - between) / count
    print(f"{reading:.1f} bytes for each stored reading, and {rollups:.1f} more for its rollups\n")
    return measure(client, long, short, requests)


def measure(client: FlaskClient, long: Sensor, short: Sensor, requests: int) -> bool:
    """Prints the times; returns whether the expectations hold."""
    rows: list[Sequence[object]] = []
    medians: dict[tuple[str, str], float] = {}
    for kind in KINDS:
        for range in RANGES:
            clock, processor, length = ask(client, long, kind, range, requests)
            medians[kind, range] = statistics.median(processor)
            ms = [medians[kind, range], statistics.median(clock), percentile(clock, 0.9)]
            rows.append([f"{kind} {range}", *(f"{each:.1f}" for each in ms), f"{length / 1000:.0f}"])
    print_table(["ms of server time", "processor", "median", "p90", "kB"], rows)
    print()
    expectations = [(f"trend {range}: under {MOST_MS:g} ms", medians["trend", range] < MOST_MS) for range in RANGES]
    for range in ("1h", "24h"):
        without = statistics.median(ask(client, short, "trend", range, requests)[1])
        flat = medians["trend", range] <= max(FLAT * without, without + NOISE_MS)
        expectations.append(
            (f"trend {range}: {without:.1f} ms without the history, {medians['trend', range]:.1f} ms with it", flat)
        )
    for what, holds in expectations:
        print(f"{'holds' if holds else 'DOES NOT HOLD'}: {what}")
    return all(holds for _, holds in expectations)


if __name__ == "__main__":
    sys.exit(main())
