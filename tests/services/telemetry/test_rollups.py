"""Rollups are exact whatever the order, the repetition and the lateness of readings, and whatever interrupts the worker."""

import math
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.devices import Device, Sensor
from models.odm import Database
from models.readings import Discard, Reading, RollupMark, between, number_of, timed_id, ts_of
from schemas.sensors import AnnouncedSensor
from services.platform import current
from services.telemetry import devices, discards, marks, readings, sensors
from services.telemetry.aggregation import MARKS_PER_PASS, Aggregator
from services.telemetry.ingest import Source, ingest
from services.telemetry.rollups import DAY, HOUR, MINUTE, WIDTHS, Aggregation, Fenced, Width, mean, merge, summarize, total
from tests.support.examples import examples
from tests.support.platforms import running
from tests.support.realtime import Recorder

Announce = Callable[..., dict[str, Sensor]]
DAY_START = 1_760_054_400_000  # midnight UTC
assert DAY_START % DAY.ms == 0


def work(aggregator: Aggregator | None = None, fence: int = 1) -> None:
    """Aggregate until nothing is due."""
    aggregator = aggregator or Aggregator()
    for _ in range(1000):
        for _slice in aggregator.work(fence):
            pass
        if not RollupMark.count():
            return
    raise AssertionError("there is always more to do")


def stored(width: Width) -> dict[int, dict[str, Any]]:
    """All rollups of a width: id -> its numbers."""
    rows = width.document.find_raw({}, sort=[("_id", 1)])
    return {row["_id"]: {name: row[name] for name in ("count", "sum", "min", "max", "first", "last")} for row in rows}


def expected(width: Width, values: dict[tuple[int, int], float]) -> dict[int, dict[str, Any]]:
    """The same, worked out the plain way; values: by (sensor's number, ts)."""
    buckets: dict[int, list[tuple[int, float]]] = {}
    for (number, ts), value in values.items():
        buckets.setdefault(timed_id(number, ts // width.ms * width.ms), []).append((ts, value))
    found = {}
    for id, members in buckets.items():
        in_order = [value for _, value in sorted(members)]
        found[id] = {
            "count": len(in_order), "sum": math.fsum(in_order), "min": min(in_order), "max": max(in_order),
            "first": in_order[0], "last": in_order[-1],
        }  # fmt: skip
    return found


def assert_exact(values: dict[tuple[int, int], float]) -> None:
    for width in WIDTHS:
        found, wanted = stored(width), expected(width, values)
        assert found.keys() == wanted.keys(), width.name
        for id, numbers in wanted.items():
            # Twice a float's digits: what is off, if anything, is far below the last digit of the largest value.
            largest = max(abs(numbers["min"]), abs(numbers["max"]))
            assert math.isclose(found[id].pop("sum"), numbers.pop("sum"), rel_tol=2**-52, abs_tol=2**-100 * largest), width.name
            assert found[id] == numbers, width.name


@pytest.fixture(scope="module")
def house() -> Iterator[Source]:
    """A device with three sensors, a, b and c, in a database that the examples of one test share."""
    with tempfile.TemporaryDirectory() as folder, running(folder):
        device = devices.create(None, "House")[0]
        sensors.announce(device, [AnnouncedSensor(key=key, name=key) for key in "abc"])
        yield Source.of(device)


# Over three days, but near one another often enough to meet in minutes and at the edges of buckets.
MOMENTS = st.one_of(
    st.integers(0, 3 * DAY.ms),
    st.sampled_from([0, 1, MINUTE.ms - 1, MINUTE.ms, HOUR.ms - 1, HOUR.ms, DAY.ms - 1, DAY.ms, 2 * DAY.ms]),
    st.integers(0, 3 * MINUTE.ms),
)
VALUES = st.floats(-1e9, 1e9, allow_nan=False) | st.integers(-5, 5).map(float) | st.sampled_from([1e16, -1e16, 1e-9])
ROWS = st.tuples(st.sampled_from("abc"), MOMENTS, VALUES)
STEPS = st.lists(st.one_of(st.lists(ROWS, max_size=30), st.just("work"), st.integers(0, 12)), max_size=12)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_rollups_equal_a_plain_reference_after_any_history(house: Source, steps: list[Any]) -> None:
    """A history: batches in any order, sent again, late; passes of the worker, finished or broken off after some slices."""
    for document in (Reading, RollupMark, *(width.document for width in WIDTHS)):
        document.delete_many({})
    values: dict[tuple[int, int], float] = {}
    house.renew()
    for step in steps:
        if step == "work":
            work()
        elif isinstance(step, int):
            for _ in zip(range(step), Aggregator().work(1), strict=False):
                pass
        else:
            ingest(house, [[key, DAY_START + moment, value] for key, moment, value in step])
            for key, moment, value in step:
                values.setdefault((house.sensors[key][1], DAY_START + moment), value)
    work()
    assert_exact(values)


def test_a_late_reading_updates_its_minute_its_hour_and_its_day(announce: Announce, source: Source) -> None:
    number = announce("t")["t"].number
    ingest(source, [["t", DAY_START + 30_000, 10.0], ["t", DAY_START + 90_000, 20.0]])
    work()
    ingest(source, [["t", DAY_START + 10_000, 30.0]])
    work()
    assert stored(MINUTE)[timed_id(number, DAY_START)]["first"] == 30.0
    for width in (HOUR, DAY):
        assert stored(width) == {
            timed_id(number, DAY_START): {"count": 3, "sum": 60.0, "min": 10.0, "max": 30.0, "first": 30.0, "last": 20.0}
        }


def test_minutes_with_more_readings_than_a_slice_takes_are_whole(announce: Announce, source: Source) -> None:
    number = announce("t")["t"].number
    rows = [["t", DAY_START + n * 37, float(n % 91)] for n in range(4_000)]
    ingest(source, rows)
    work()
    assert_exact({(number, ts): value for _, ts, value in rows})


def test_a_marked_minute_that_stayed_empty_has_no_rollup_and_confuses_no_other(announce: Announce, source: Source) -> None:
    number = announce("t")["t"].number
    ingest(source, [["t", DAY_START, 1.0], ["t", DAY_START + 3 * MINUTE.ms, 2.0]])
    for empty in (1, 2):  # as if a batch had been lost between its mark and its readings
        marks.release(marks.place([timed_id(number, DAY_START + empty * MINUTE.ms)]))
    work()
    assert_exact({(number, DAY_START): 1.0, (number, DAY_START + 3 * MINUTE.ms): 2.0})


def test_a_worker_that_dies_at_any_slice_leaves_nothing_undone(announce: Announce, source: Source) -> None:
    number = announce("t")["t"].number
    rows = [["t", DAY_START + n * 20_000, float(n)] for n in range(60)]
    ingest(source, rows)
    total = sum(1 for _ in Aggregation([MINUTE.bucket(timed_id(number, ts)) for _, ts, _ in rows], 1).slices())
    for died_after in range(total + 3):
        for width in WIDTHS:
            width.document.delete_many({})
        placed = RollupMark.find()
        for _ in zip(range(died_after), Aggregator().work(1), strict=False):
            pass
        work()
        assert_exact({(number, ts): value for _, ts, value in rows})
        RollupMark.insert_many(placed)


def test_readings_stored_without_their_mark_released_are_aggregated_after_the_grace(
    announce: Announce, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = announce("t")["t"].number

    def crash(_mark: object) -> None:
        raise SystemExit

    monkeypatch.setattr(marks, "release", crash)
    with pytest.raises(SystemExit):
        ingest(source, [["t", DAY_START, 1.0]])
    aggregator = Aggregator()
    list(aggregator.work(1))
    assert stored(MINUTE) == {}
    for mark in RollupMark.find():
        RollupMark.update_one({"_id": mark.id}, {"$set": {"due_at": mark.due_at - timedelta(seconds=marks.GRACE_SECONDS)}})
    work(aggregator)
    assert_exact({(number, DAY_START): 1.0})


def test_a_worker_whose_lease_has_passed_on_cannot_overwrite_its_successor(announce: Announce, source: Source) -> None:
    number = announce("t")["t"].number
    ingest(source, [["t", DAY_START, 1.0]])
    slow = Aggregator().work(1)
    next(slow)  # it has read the minute, and is held up before it writes
    ingest(source, [["t", DAY_START + 1, 2.0]])
    work(fence=2)
    with pytest.raises(Fenced):
        list(slow)
    assert_exact({(number, DAY_START): 1.0, (number, DAY_START + 1): 2.0})


def test_the_worker_keeps_the_newest_reading_in_the_sensor(announce: Announce, source: Source) -> None:
    sensor = announce("t")["t"]

    def last() -> tuple[int, float] | None:
        found = Sensor.get(sensor.id)
        assert found is not None
        return None if found.last is None else (found.last.ts, found.last.value)

    ingest(source, [["t", DAY_START + 5, 5.0], ["t", DAY_START + 9, 9.0]])
    work()
    assert last() == (DAY_START + 9, 9.0)
    ingest(source, [["t", DAY_START + 1, 1.0]])
    work()
    assert last() == (DAY_START + 9, 9.0)
    ingest(source, [["t", DAY_START + DAY.ms, 2.0]])
    work()
    assert last() == (DAY_START + DAY.ms, 2.0)


def test_watchers_are_told_which_part_of_a_chart_changed(announce: Announce, source: Source, told: Recorder) -> None:
    sensor = announce("t")["t"]
    ingest(source, [["t", DAY_START + 61_000, 5.0], ["t", DAY_START + 301_000, 5.0]])
    work()
    assert told.payloads("chart_updated") == [
        {"sensor_id": str(sensor.id), "start": DAY_START + 60_000, "end": DAY_START + 359_999}
    ]


def test_watchers_are_told_of_a_chart_once_in_a_while(announce: Announce, source: Source, told: Recorder) -> None:
    announce("t")
    aggregator = Aggregator()
    for n in range(5):
        ingest(source, [["t", DAY_START + n, 5.0]])
        work(aggregator)
    assert len(told.payloads("chart_updated")) == 1
    told.watched = set()
    ingest(source, [["t", DAY_START + 10, 5.0]])
    work()
    assert len(told.payloads("chart_updated")) == 1, "nobody watches"


def test_a_deleted_sensor_leaves_nothing_and_takes_nothing_of_its_neighbours(
    device: Device, announce: Announce, source: Source, told: Recorder
) -> None:
    found = announce("a", "b", "c")
    ingest(source, [[key, DAY_START + n * 1000, 1.0] for n in range(700) for key in "abc"])
    work()
    sensors.delete(found["b"])
    for _ in discards.remove():
        pass
    assert {number_of(row["_id"]) for row in Reading.find_raw()} == {found["a"].number, found["c"].number}
    assert {number_of(id) for width in WIDTHS for id in stored(width)} == {found["a"].number, found["c"].number}
    assert Reading.count(between(found["a"].number, 0, DAY_START * 2)) == 700
    assert not Discard.count()


def test_readings_that_arrive_while_their_sensor_is_deleted_go_too(
    announce: Announce, source: Source, told: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    sensor = announce("t")["t"]
    insert = Reading.insert_rows

    def late(rows: list[tuple[int, float]]) -> Any:
        sensors.delete(sensor)
        for _ in discards.remove():
            pass
        return insert(rows)

    monkeypatch.setattr(Reading, "insert_rows", late)
    ingest(source, [["t", DAY_START, 1.0]])
    assert Reading.count() == 1
    work()
    work()
    assert not any([Reading.count(), *(width.document.count() for width in WIDTHS)])


def test_aggregating_many_sensors_costs_no_round_trip_for_each_reading(db: Database, announce: Announce, source: Source) -> None:
    announce(*[f"s{n}" for n in range(20)])
    ingest(source, [[f"s{n % 20}", DAY_START + n * 50, 1.0] for n in range(1000)])
    with db.count_queries() as counts:
        list(Aggregator().work(1))
    # For each sensor what lies below each width, and what is asked for once; for each sensor its newest reading.
    assert counts.reads <= len(WIDTHS) * 20 + 15
    assert counts.writes <= len(WIDTHS) + 20 + 2


def test_a_mean_is_right_where_huge_values_and_their_opposites_stand_beside_small_ones(announce: Announce, source: Source) -> None:
    announce("t")
    values = [[1e16, 95.125, -1e16][n % 3] for n in range(3 * 240)]
    # One after the other in minutes of their own, so that what cancels meets in the hours only.
    ingest(source, [["t", DAY_START + n * 40_000, value] for n, value in enumerate(values)])
    work()
    (day,) = stored(DAY).values()
    assert (day["count"], day["sum"]) == (720, 240 * 95.125)
    for hour in stored(HOUR).values():
        assert mean(hour) == 95.125 * 30 / 90


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_a_mean_lies_between_its_extremes_whatever_the_floats(values: list[float]) -> None:
    summary = summarize(values)
    assert math.isfinite(summary["sum"])
    assert summary["min"] <= mean(summary) <= summary["max"]
    halves = [summarize(part) for part in (values[: len(values) // 2], values[len(values) // 2 :]) if part]
    merged = merge(halves)
    assert math.isfinite(merged["sum"])
    assert (merged["count"], merged["min"], merged["max"], merged["first"], merged["last"]) == (
        len(values), min(values), max(values), values[0], values[-1],
    )  # fmt: skip


def test_rollups_on_the_wire_have_their_mean_and_start(announce: Announce, source: Source) -> None:
    sensor = announce("t")["t"]
    ingest(source, [["t", DAY_START + 1_000, 1.0], ["t", DAY_START + 2_000, 4.0]])
    work()
    assert readings.rolled_up(MINUTE, sensor.number, DAY_START + 1_500, DAY_START + 1_500) == [
        {"ts": DAY_START, "count": 2, "min": 1.0, "max": 4.0, "mean": 2.5, "first": 1.0, "last": 4.0}
    ]
    assert ts_of(timed_id(sensor.number, DAY_START)) == DAY_START


def test_a_sum_survives_what_is_too_large_on_the_way() -> None:
    largest = 1.7976931348623157e308
    assert total([largest, largest, -largest, -largest, 1e300]) == pytest.approx(1e300)
    assert total([largest, largest]) == largest
    assert total([-largest, -largest]) == -largest
    assert total([0.1] * 10) == 1.0


def writes_of_a_pass() -> int:
    with current().database.count_queries() as counts:
        work()
    return counts.writes


def test_the_newest_readings_of_many_sensors_are_written_in_one_commit(announce: Announce, source: Source) -> None:
    keys = [f"s{n}" for n in range(20)]
    found = announce("t", *keys)
    source.renew()
    ingest(source, [["t", DAY_START, 5.0]])
    of_one = writes_of_a_pass()
    ingest(source, [[key, DAY_START, 5.0] for key in keys])
    assert writes_of_a_pass() == of_one
    newest = {row["_id"]: row["last"] for row in Sensor.find_raw({}, projection=("last",))}
    assert newest == {sensor.id: {"ts": DAY_START, "value": 5.0} for sensor in found.values()}


def test_a_sensor_that_is_deleted_while_its_newest_reading_is_written_stays_deleted(
    announce: Announce, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, gone = announce("a", "b").values()
    write = Sensor.bulk_update

    def late(operations: list[Any]) -> Any:
        sensors.delete(gone)
        return write(operations)

    monkeypatch.setattr(Sensor, "bulk_update", late)
    ingest(source, [["a", DAY_START, 1.0], ["b", DAY_START, 2.0]])
    work()
    assert [(sensor.id, sensor.last and sensor.last.value) for sensor in Sensor.find({})] == [(kept.id, 1.0)]


def test_marks_that_keep_coming_are_taken_together_once_in_a_while(announce: Announce, source: Source) -> None:
    number = announce("t")["t"].number
    aggregator = Aggregator(rollup_seconds=0.3)
    ingest(source, [["t", DAY_START, 1.0]])
    list(aggregator.work(1))
    assert_exact({(number, DAY_START): 1.0})
    ingest(source, [["t", DAY_START + 1, 2.0]])
    list(aggregator.work(1))
    assert RollupMark.count() == 1
    time.sleep(0.3)
    list(aggregator.work(1))
    assert_exact({(number, DAY_START): 1.0, (number, DAY_START + 1): 2.0})


def test_marks_that_have_piled_up_are_taken_without_a_rest(announce: Announce, source: Source) -> None:
    number = announce("t")["t"].number
    for n in range(MARKS_PER_PASS + 1):
        ingest(source, [["t", DAY_START + n, 1.0]])
    aggregator = Aggregator(rollup_seconds=600)
    list(aggregator.work(1))
    assert aggregator.behind
    list(aggregator.work(1))
    assert not aggregator.behind
    assert_exact({(number, DAY_START + n): 1.0 for n in range(MARKS_PER_PASS + 1)})
