"""Readings that are wrong can be removed: afterwards all is as if they had never come, whatever went on meanwhile."""

import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import services.telemetry.erasure
from models.accounts import User
from models.devices import Device, Sensor
from models.readings import DAY_MS, HOUR_MS, MINUTE_MS, Reading, RollupMark, timed_id
from schemas.sensors import AnnouncedSensor
from services.platform import current
from services.telemetry import devices, erasure, marks, readings, sensors
from services.telemetry.aggregation import Aggregator
from services.telemetry.ingest import Source, ingest
from services.telemetry.recent import Newest
from services.telemetry.rollups import MINUTE, WIDTHS
from tests.services.telemetry.test_rollups import DAY_START, MOMENTS, ROWS, assert_exact, stored
from tests.support.examples import examples
from tests.support.platforms import configure, running
from tests.support.realtime import Recorder
from utils.ids import new_id

Announce = Callable[..., dict[str, Sensor]]
SOMEBODY = new_id()


def work(fence: int = 1) -> None:
    """Aggregate until nothing is due."""
    for _ in range(1000):
        for _slice in Aggregator().work(fence):
            pass
        if not marks.due(1):
            return
    raise AssertionError("there is always more to do")


def look_again() -> None:
    """Have what is to be looked at once more be due now."""
    for mark in RollupMark.find():
        RollupMark.update_one({"_id": mark.id}, {"$set": {"due_at": mark.due_at - timedelta(seconds=60)}})
    work()


def last(sensor: Sensor) -> tuple[int, float] | None:
    found = Sensor.get(sensor.id)
    assert found is not None
    shown = sensors.view(found)["last"]
    assert shown == (None if found.last is None else found.last.model_dump())
    return None if shown is None else (shown["ts"], shown["value"])


@pytest.fixture(scope="module")
def house() -> Iterator[Source]:
    """A device with three sensors, a, b and c, in a database that the examples of one test share."""
    with tempfile.TemporaryDirectory() as folder, running(folder):
        device = devices.create(None, "House")[0]
        sensors.announce(device, [AnnouncedSensor(key=key, name=key) for key in "abc"])
        yield Source.of(device)


ERASE = st.tuples(st.just("erase"), st.sampled_from("abc"), MOMENTS, MOMENTS)
STEPS = st.lists(
    st.one_of(st.lists(ROWS, max_size=30), ERASE, ERASE, st.just("go on erasing"), st.integers(1, 12), st.just("work")), max_size=14
)  # fmt: skip


@settings(max_examples=examples(80), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_rollups_equal_a_plain_reference_whatever_is_removed_and_sent_again(house: Source, steps: list[Any]) -> None:
    """Batches, removals and one worker, each broken off anywhere in favour of the others."""
    for document in (Reading, RollupMark, *(width.document for width in WIDTHS)):
        document.delete_many({})
    Sensor.update_many({}, {"$unset": {"last": ""}})
    current().part(Newest).clear()
    values: dict[tuple[int, int], float] = {}
    house.renew()
    aggregator = Aggregator()
    passing = aggregator.work(1)
    erasing: Iterator[int] = iter(())
    number = begin = end = 0

    def go_on() -> bool:
        """What the next step of a removal removes in the reference; whether there was one."""
        nonlocal begin
        gone = [key for key in values if key[0] == number and begin <= key[1] <= end]
        count = next(erasing, None)
        assert (count or 0) == len(gone)
        for key in gone:
            del values[key]
        begin = end + 1 if count is None else max(ts for _, ts in gone) + 1
        return count is not None

    for step in steps:
        if step == "work":
            for _ in passing:
                pass
            passing = aggregator.work(1)
        elif step == "go on erasing":
            go_on()
        elif isinstance(step, int):
            for _ in zip(range(step), passing, strict=False):
                pass
        elif isinstance(step, tuple):
            while go_on():
                pass
            _, key, one, other = step
            sensor_id, number = house.sensors[key]
            begin, end = DAY_START + min(one, other), DAY_START + max(one, other)
            erasing = erasure.steps(sensor_id, begin, end)
            go_on()
        else:
            ingest(house, [[key, DAY_START + moment, value] for key, moment, value in step])
            for key, moment, value in step:
                values.setdefault((house.sensors[key][1], DAY_START + moment), value)
    while go_on():
        pass
    for _ in passing:
        pass
    work()
    assert_exact(values)
    for sensor in Sensor.find({}):
        own = [(ts, value) for (of, ts), value in values.items() if of == sensor.number]
        assert last(sensor) == max(own, default=None)
    look_again()
    assert_exact(values)
    assert not RollupMark.exists({})


def test_what_was_removed_can_come_again_with_another_value(announce: Announce, source: Source) -> None:
    sensor = announce("t")["t"]
    ingest(source, [["t", DAY_START + n * MINUTE_MS, 99.0] for n in range(5)])
    work()
    assert last(sensor) == (DAY_START + 4 * MINUTE_MS, 99.0)
    answer = erasure.erase(sensor, DAY_START + MINUTE_MS, DAY_START + 4 * MINUTE_MS, SOMEBODY)
    assert answer == {"removed": 4, "more": False}
    assert last(sensor) == (DAY_START, 99.0), "at once, not only when the worker has seen to it"
    assert erasure.erase(sensor, DAY_START + 1, DAY_START + DAY_MS, SOMEBODY) == {"removed": 0, "more": False}
    again = ingest(source, [["t", DAY_START + n * MINUTE_MS, 1.0] for n in range(5)])
    assert (again["accepted"], again["duplicates"]) == (4, 1)
    work()
    assert_exact({(sensor.number, DAY_START + n * MINUTE_MS): 99.0 if n == 0 else 1.0 for n in range(5)})
    assert last(sensor) == (DAY_START + 4 * MINUTE_MS, 1.0)


def test_buckets_that_nothing_is_left_in_go_up_to_the_day(announce: Announce, source: Source, told: Recorder) -> None:
    sensor = announce("t")["t"]
    ingest(source, [["t", DAY_START + 5, 1.0], ["t", DAY_START + DAY_MS + 5, 2.0], ["t", DAY_START + DAY_MS + HOUR_MS, 3.0]])
    work()
    told.published.clear()
    erasure.erase(sensor, DAY_START + 5, DAY_START + DAY_MS + 5, SOMEBODY)
    work()
    assert_exact({(sensor.number, DAY_START + DAY_MS + HOUR_MS): 3.0})
    (changed,) = told.payloads("chart_updated")
    assert (changed["start"], changed["end"]) == (DAY_START, DAY_START + DAY_MS + MINUTE_MS - 1)
    erasure.erase(sensor, 0, DAY_START + 9 * DAY_MS, SOMEBODY)
    work()
    assert_exact({})
    assert last(sensor) is None


def test_a_removal_takes_so_many_and_says_that_there_are_more(
    announce: Announce, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    sensor = announce("t")["t"]
    for part in range(2):
        ingest(source, [["t", DAY_START + (part * 2_500 + n) * 1000, 1.0] for n in range(2_500)])
    monkeypatch.setattr(services.telemetry.erasure, "MOST", 3_000)
    everything = (sensor, DAY_START, DAY_START + DAY_MS, SOMEBODY)
    first = erasure.erase(*everything)
    assert first == {"removed": 3_000, "more": True}
    assert readings.raw(sensor.number, 0, DAY_START + DAY_MS, 1)[0][0] == DAY_START + 3_000_000, "the earliest go first"
    assert erasure.erase(*everything) == {"removed": 2_000, "more": False}
    work()
    assert_exact({})


def test_a_removal_that_is_broken_off_leaves_its_minutes_marked(announce: Announce, source: Source) -> None:
    number = announce("t")["t"].number
    ingest(source, [["t", DAY_START, 1.0], ["t", DAY_START + 1, 2.0], ["t", DAY_START + HOUR_MS, 3.0]])
    work()
    steps = erasure.steps(source.sensors["t"][0], DAY_START + 1, DAY_START + HOUR_MS)
    next(steps)
    work()  # as if the process had died here: its mark is not due yet
    assert stored(MINUTE)[timed_id(number, DAY_START)]["count"] == 2
    look_again()
    assert_exact({(number, DAY_START): 1.0})
    assert last(Sensor.find()[0]) == (DAY_START, 1.0)


def test_a_worker_that_lost_its_lease_in_the_middle_of_a_write_brings_nothing_back_for_good(
    announce: Announce, source: Source
) -> None:
    sensor = announce("t")["t"]
    ingest(source, [["t", DAY_START, 1.0]])
    slow = Aggregator().work(1)
    next(slow)  # it has read the minute, and is held up before it writes
    erasure.erase(sensor, DAY_START, DAY_START, SOMEBODY)
    work(fence=2)
    list(slow)
    look_again()
    look_again()
    assert_exact({})


def test_what_is_too_old_to_be_accepted_stays_as_it_is(announce: Announce, source: Source, device: Device) -> None:
    sensor = announce("t")["t"]
    ingest(source, [["t", DAY_START, 1.0], ["t", DAY_START + DAY_MS, 2.0], ["t", DAY_START + DAY_MS + 1, 3.0]])
    work()
    Sensor.update_one({"_id": sensor.id}, {"$set": {"kept_from": DAY_START + DAY_MS}})
    assert erasure.erase(sensor, 0, DAY_START + DAY_MS, SOMEBODY)["removed"] == 1
    work()
    assert_exact({(sensor.number, DAY_START): 1.0, (sensor.number, DAY_START + DAY_MS + 1): 3.0})
    configure(retention_raw_days=1, retention_minute_days=2, retention_hour_days=3, retention_day_days=4)
    assert erasure.erase(sensor, 0, DAY_START + 2 * DAY_MS, SOMEBODY)["removed"] == 0


def test_another_sensors_readings_stay(alice: User, announce: Announce, source: Source) -> None:
    found = announce("a", "b")
    ingest(source, [[key, DAY_START + n, 1.0] for key in "ab" for n in range(10)])
    work()
    assert erasure.erase(found["a"], 0, DAY_START + DAY_MS, alice.id)["removed"] == 10
    work()
    assert_exact({(found["b"].number, DAY_START + n): 1.0 for n in range(10)})
