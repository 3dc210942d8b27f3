"""What a range of readings comes to, whatever buckets it is put together from."""

import random
from collections.abc import Callable

import pytest

from models.devices import Sensor
from models.odm import Database
from models.readings import DAY_MS, HOUR_MS, MINUTE_MS
from services.telemetry import ingest, statistics
from services.telemetry.aggregation import Aggregator
from services.telemetry.ingest import Source
from services.telemetry.rollups import total

T0 = 1_760_054_400_000
Announce = Callable[..., dict[str, Sensor]]


@pytest.fixture
def history(announce: Announce, source: Source) -> tuple[Sensor, list[tuple[int, float]]]:
    """A sensor with three days of readings, aggregated."""
    sensor = announce("t")["t"]
    noise = random.Random(4)
    readings = [(T0 + n * 420_003 + noise.randrange(60_000), noise.uniform(-20, 40)) for n in range(600)]
    for start in range(0, len(readings), 500):
        ingest.ingest(source, [["t", ts, value] for ts, value in readings[start : start + 500]])
    for _ in Aggregator().work(1):
        pass
    return sensor, readings


def test_any_range_comes_to_what_its_readings_come_to(history: tuple[Sensor, list[tuple[int, float]]]) -> None:
    sensor, readings = history
    chance = random.Random(11)
    ranges = [(T0 + chance.randrange(3 * DAY_MS), chance.choice((MINUTE_MS, HOUR_MS, 7 * HOUR_MS, 3 * DAY_MS))) for _ in range(25)]
    ranges += [(T0, DAY_MS), (T0 - DAY_MS, 9 * DAY_MS), (readings[7][0], 1), (readings[7][0] - 5, 5)]
    for start, span in ranges:
        values = [value for ts, value in sorted(readings) if start <= ts < start + span]
        found = statistics.of_range(sensor, start, start + span)
        if not values:
            assert found is None
            continue
        assert found is not None
        assert found["mean"] == pytest.approx(total(values) / len(values))
        assert (found["count"], found["min"], found["max"]) == (len(values), min(values), max(values))
        assert (found["first"], found["last"]) == (values[0], values[-1])


def test_a_long_range_is_not_read_reading_by_reading(db: Database, history: tuple[Sensor, list[tuple[int, float]]]) -> None:
    sensor, _ = history
    with db.count_queries() as counts:
        statistics.of_range(sensor, T0 + 1, T0 + 365 * DAY_MS + 12_345)
    assert counts.reads <= 11
