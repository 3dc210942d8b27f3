"""What is too old goes, and what remains is as right as before."""

import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import services.telemetry.ingest
import services.telemetry.retention
from models.devices import Device, Sensor, SensorRetention
from models.odm import Document
from models.readings import DAY_MS, MINUTE_MS, Reading, RollupMark, TenMinuteRollup, between, timed_id, ts_of
from schemas.retention import UpdateRetention
from schemas.sensors import AnnouncedSensor, UpdateSensor
from services.charting import sensor_charts
from services.telemetry import devices, marks, readings, retention, sensors
from services.telemetry.aggregation import Aggregator
from services.telemetry.ingest import Source, ingest, ingest_for
from services.telemetry.retention import Retention
from services.telemetry.rollups import DAY, HOUR, MINUTE, WIDTHS, Width
from tests.services.telemetry.test_rollups import expected, stored, work
from tests.support.examples import examples
from tests.support.platforms import configure, running
from utils.clock import from_ms
from utils.errors import ValidationFailed

Announce = Callable[..., dict[str, Sensor]]
START = 1_760_054_400_000  # midnight UTC
SHORT = Retention(raw_days=1, minute_days=2, hour_days=3, day_days=0)


class Calendar:
    """The time as services see it."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now = START
        for module in (services.telemetry.ingest, services.telemetry.retention):
            patch.setattr(module, "now_ms", lambda: self.now)
        patch.setattr(marks, "now", lambda: from_ms(self.now))


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> Calendar:
    return Calendar(monkeypatch)


def keep(days: Retention) -> None:
    """Have that hold for sensors without a retention of their own."""
    configure(**{f"retention_{name}": value for name, value in days.view().items()})


def expire() -> None:
    for _ in retention.remove():
        pass


def kept(width: Width) -> set[int]:
    return {ts_of(id) for id in stored(width)}


def test_each_width_goes_in_its_time(calendar: Calendar, announce: Announce, source: Source) -> None:
    announce("t")
    keep(SHORT)
    for day in range(7):
        calendar.now = START + day * DAY_MS + DAY_MS // 2
        ingest(source, [["t", calendar.now - n * MINUTE_MS, 1.0] for n in range(3)])
        work()
    expire()
    days = {ts // DAY_MS - START // DAY_MS for ts in (ts_of(row["_id"]) for row in Reading.find_raw())}
    # One day more than is promised, until the last of what was accepted in time is aggregated.
    assert days == {4, 5, 6}
    assert {ts // DAY_MS - START // DAY_MS for ts in kept(MINUTE)} == {3, 4, 5, 6}
    assert {ts_of(row["_id"]) // DAY_MS - START // DAY_MS for row in TenMinuteRollup.find_raw()} == {3, 4, 5, 6}
    assert {ts // DAY_MS - START // DAY_MS for ts in kept(HOUR)} == {2, 3, 4, 5, 6}
    assert {ts // DAY_MS - START // DAY_MS for ts in kept(DAY)} == set(range(7))


def test_a_reading_from_before_is_refused_alone(calendar: Calendar, announce: Announce, source: Source) -> None:
    found = announce("t", "forever")
    keep(SHORT)
    Sensor.update_one(
        {"_id": found["forever"].id}, {"$set": {"retention": SensorRetention(raw_days=0, minute_days=0, hour_days=0).model_dump()}}
    )
    calendar.now = START + 10 * DAY_MS + 5
    limit = START + 9 * DAY_MS
    answer = ingest(source, [["t", limit - 1, 1.0], ["t", limit, 2.0], ["forever", START, 3.0], ["t", calendar.now, 4.0]])
    assert answer == {"accepted": 3, "duplicates": 0, "rejected": [{"index": 0, "code": "too_old"}]}
    assert ingest_for(source, found["t"].id, [[limit - 1, 1.0]])["rejected"] == [{"index": 0, "code": "too_old"}]
    assert ingest_for(source, found["forever"].id, [[START + 1, 1.0]])["rejected"] == []
    calendar.now += DAY_MS
    assert ingest(source, [["t", limit, 2.0]])["rejected"] == [{"index": 0, "code": "too_old"}], "it moves with the days"


def test_a_longer_retention_does_not_bring_back_what_is_gone(calendar: Calendar, announce: Announce, source: Source) -> None:
    """The trap: half of a minute's readings are gone, and a late one has the minute computed from the other half."""
    sensor = announce("t")["t"]
    keep(SHORT)
    rows = [["t", START + n * 1000, float(n)] for n in range(120)]
    calendar.now = START + 500_000
    ingest(source, rows)
    work()
    before = {width.name: stored(width) for width in WIDTHS}
    calendar.now = START + 3 * DAY_MS + MINUTE_MS
    expire()
    assert Reading.count() == 0
    sensors.update(sensor, UpdateSensor(retention=UpdateRetention(raw_days=0, minute_days=0, hour_days=0, day_days=0)))
    late = ingest(source, [["t", START + 1500, 99.0], ["t", START + DAY_MS + 1, 5.0]])
    assert late["rejected"] == [{"index": 0, "code": "too_old"}]
    assert late["accepted"] == 1
    work()
    assert {id: stored(DAY)[id] for id in before["day"]} == before["day"]
    assert {id: stored(HOUR)[id] for id in before["hour"]} == before["hour"]


def test_a_minute_whose_readings_are_gone_is_not_computed_again(calendar: Calendar, announce: Announce, source: Source) -> None:
    """Such as by a process that had not heard yet that the retention is a shorter one now."""
    sensor = announce("t")["t"]
    calendar.now = START + 500_000
    ingest(source, [["t", START + n * 1000, float(n)] for n in range(120)])
    work()
    before = {width.name: stored(width) for width in WIDTHS}
    keep(Retention(raw_days=1, minute_days=100))
    calendar.now = START + 5 * DAY_MS
    expire()
    mark = marks.place([timed_id(sensor.number, START + 1500)])
    Reading.insert_rows([(timed_id(sensor.number, START + 1500), 99.0)])
    marks.release(mark)
    work()
    assert {width.name: stored(width) for width in WIDTHS} == before


def test_readings_that_wait_for_the_worker_are_kept_until_they_are_aggregated(
    calendar: Calendar, announce: Announce, source: Source
) -> None:
    announce("t")
    keep(SHORT)
    calendar.now = START + 1000
    ingest(source, [["t", START, 1.0]])
    calendar.now = START + 30 * DAY_MS  # the worker was away for a month
    expire()
    assert Reading.count() == 1
    work()
    expire()
    assert Reading.count() == 0
    assert len(stored(DAY)) == 1


def test_much_is_removed_in_slices_and_the_worker_goes_on_meanwhile(
    calendar: Calendar, announce: Announce, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    sensor = announce("t")["t"]
    calendar.now = START + 1
    for part in range(0, 12_000, 1000):
        Reading.insert_rows([(timed_id(sensor.number, START + part + n), 1.0) for n in range(1000)])
    keep(SHORT)
    calendar.now = START + 9 * DAY_MS
    aggregator = Aggregator()
    ingest(source, [["t", calendar.now, 1.0]])
    passes = 0
    while Reading.count(between(sensor.number, START, START + DAY_MS)):
        slices = sum(1 for _ in aggregator.work(1))
        assert slices < 60
        passes += 1
        assert passes < 20
    assert passes > 1
    assert not RollupMark.count()
    assert Reading.count() == 1


@pytest.mark.parametrize("own", [{"raw_days": 500}, {"raw_days": 0}, {"hour_days": 1}, {"minute_days": 0}, {"day_days": 5}])
def test_what_is_finer_is_not_kept_for_longer_than_what_is_coarser(announce: Announce, own: dict[str, int]) -> None:
    keep(Retention(90, 400, 1825, 0))
    sensor = announce("t")["t"]
    with pytest.raises(ValidationFailed):
        sensors.update(sensor, UpdateSensor(retention=UpdateRetention(**own)))
    assert sensors.view(sensor)["retention"] == {"raw_days": 90, "minute_days": 400, "hour_days": 1825, "day_days": 0}


def test_a_sensor_has_a_retention_of_its_own_and_gives_it_up_again(announce: Announce) -> None:
    keep(Retention(90, 400, 1825, 0))
    sensor = announce("t")["t"]
    own = sensors.update(sensor, UpdateSensor(retention=UpdateRetention(raw_days=7, minute_days=30)))
    assert sensors.view(own)["retention"] == {"raw_days": 7, "minute_days": 30, "hour_days": 1825, "day_days": 0}
    again = sensors.update(own, UpdateSensor(retention=UpdateRetention()))
    assert sensors.view(again)["retention"] == {"raw_days": 90, "minute_days": 400, "hour_days": 1825, "day_days": 0}


@pytest.mark.usefixtures("db")
def test_a_later_setting_that_contradicts_a_sensors_own_loses_nothing() -> None:
    keep(Retention(10, 20, 30, 40))
    assert retention.of({"raw_days": 25}) == Retention(25, 25, 30, 40)
    assert retention.of({"raw_days": 0}) == Retention(0, 0, 0, 0)
    assert retention.of({"hour_days": 5}) == Retention(10, 20, 20, 40)


@pytest.fixture(scope="module")
def house() -> Iterator[Source]:
    """A device with two sensors in a database that the examples of one test share."""
    with tempfile.TemporaryDirectory() as folder, running(folder):
        device = devices.create(None, "House")[0]
        sensors.announce(device, [AnnouncedSensor(key=key, name=key) for key in "ab"])
        yield Source.of(device)


DAYS = st.integers(0, 4)
ROWS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(-4 * DAY_MS, 0), st.integers(-9, 9).map(float)), max_size=12)
STEPS = st.lists(
    st.one_of(
        ROWS, st.just("work"), st.just("expire"), st.integers(0, 2 * DAY_MS),
        st.tuples(DAYS, DAYS, DAYS, DAYS).map(lambda days: Retention(*days).ordered()),
    ),
    max_size=16,
)  # fmt: skip


@settings(max_examples=examples(80), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_is_left_equals_a_reference_that_forgets_nothing(house: Source, steps: list[Any]) -> None:
    """A history: late readings, passes of the worker, days that go by, and a retention that changes and is put into effect."""
    documents: list[type[Document]] = [Reading, RollupMark, *(width.document for width in WIDTHS)]
    for document in documents:
        document.delete_many({})
    Sensor.update_many({}, {"$set": {"kept_from": 0}})
    Device.update_many({}, {"$inc": {"sensors_version": 1}})
    keep(Retention())
    values: dict[tuple[int, int], float] = {}
    with pytest.MonkeyPatch.context() as patch:
        calendar = Calendar(patch)
        for step in steps:
            if step == "work":
                work()
            elif step == "expire":
                expire()
            elif isinstance(step, int):
                calendar.now += step
            elif isinstance(step, Retention):
                work()  # a shorter one takes effect on what is aggregated; see the test of what is not
                keep(step)
                Device.update_many({}, {"$inc": {"sensors_version": 1}})
            else:
                house.renew()
                rows = [[key, calendar.now + ago, value] for key, ago, value in step]
                refused = {each["index"] for each in ingest(house, rows)["rejected"]}
                for at, (key, ts, value) in enumerate(rows):
                    if at not in refused:
                        values.setdefault((house.sensors[key][1], ts), value)
        work()
        for width in WIDTHS:
            found, wanted = stored(width), expected(width, values)
            assert found.items() <= wanted.items(), width.name
        assert stored(DAY).keys() == expected(DAY, values).keys() or any(isinstance(step, Retention) for step in steps)


@pytest.mark.parametrize(
    ("age", "resolution", "step"), [(0, "raw", MINUTE_MS), (3, "minute", MINUTE_MS), (5, "hour", HOUR.ms), (6, "day", DAY_MS)]
)
def test_a_short_range_whose_readings_are_gone_shows_what_is_left_of_it(
    calendar: Calendar, announce: Announce, source: Source, age: int, resolution: str, step: int
) -> None:
    announce("t")
    keep(Retention(raw_days=1, minute_days=3, hour_days=4, day_days=0))
    for day in range(7):
        calendar.now = START + day * DAY_MS + 4 * HOUR.ms
        ingest(source, [["t", START + day * DAY_MS + n * MINUTE_MS, float(n)] for n in range(180)])
        work()
    expire()
    sensor = Sensor.find_one({"key": "t"})
    assert sensor is not None
    start = START + (6 - age) * DAY_MS
    page = readings.page(sensor, start=start, end=start + 2 * HOUR.ms - 1, resolution="auto", limit=1000, cursor=None)
    assert page.resolution == resolution
    assert [item["ts"] for item in page.items] == list(range(start, start + 2 * HOUR.ms, step))
    course = sensor_charts.points(sensor, start, start + 2 * HOUR.ms - 1, 1000)
    assert course[0][0] == start
    silent = readings.page(sensor, start=start + 5 * HOUR.ms, end=start + 6 * HOUR.ms, resolution="raw", limit=9, cursor=None)
    assert silent.items == []


def test_a_time_without_readings_that_nothing_was_removed_from_stays_empty(
    calendar: Calendar, announce: Announce, source: Source
) -> None:
    announce("t")
    calendar.now = START + HOUR.ms
    ingest(source, [["t", START + n * MINUTE_MS, 1.0] for n in range(20)])
    work()
    sensor = Sensor.find_one({"key": "t"})
    assert sensor is not None
    start, end = START + 30 * MINUTE_MS, START + 50 * MINUTE_MS
    assert sensor_charts.points(sensor, start, end, 100) == [], "the hour's bucket says nothing of its silent half"
    assert readings.page(sensor, start=start, end=end, resolution="auto", limit=9, cursor=None).items == []
