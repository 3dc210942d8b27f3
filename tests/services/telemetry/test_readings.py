"""Reading readings back: ranges, resolutions and pages."""

from collections.abc import Callable

import pytest

from models.devices import Sensor
from models.readings import MAX_TS, MinuteRollup, timed_id
from services.telemetry import readings
from services.telemetry.aggregation import Aggregator
from services.telemetry.ingest import Source, ingest
from services.telemetry.readings import FEWEST_RECENT, LONGEST_RECENT_MS, MAX_RECENT, RECENT_MS
from services.telemetry.rollups import MINUTE
from utils.clock import now_ms
from utils.errors import ValidationFailed
from utils.ids import new_id
from utils.pagination import encode_cursor

Announce = Callable[..., dict[str, Sensor]]
T0 = 1_760_054_400_000
ALL = {"start": None, "end": None, "cursor": None}


@pytest.fixture
def sensor(announce: Announce, source: Source) -> Sensor:
    """A sensor with a reading every 10 s for two hours, between two others, all rolled up."""
    found = announce("a", "b", "c")
    rows = [[key, T0 + n * 10_000, float(n)] for key in "abc" for n in range(720)]
    ingest(source, rows)
    for _ in Aggregator().work(1):
        pass
    return found["b"]


def everything(sensor: Sensor, resolution: str, limit: int) -> list[int]:
    """The times of all pages, one after the other."""
    times: list[int] = []
    cursor = None
    for _ in range(1000):
        page = readings.page(sensor, start=None, end=None, resolution=resolution, limit=limit, cursor=cursor)
        assert len(page.items) <= limit
        times += [item["ts"] for item in page.items]
        cursor = page.next
        if cursor is None:
            return times
    raise AssertionError("the pages have no end")


def test_pages_of_raw_readings_leave_nothing_out_and_repeat_nothing(sensor: Sensor) -> None:
    for limit in (37, 360, 720, 1000):
        assert everything(sensor, "raw", limit) == [T0 + n * 10_000 for n in range(720)], limit


def test_pages_of_rollups_leave_nothing_out_and_repeat_nothing(sensor: Sensor) -> None:
    for resolution, step, count in (("minute", 60_000, 120), ("hour", 3_600_000, 2), ("day", 86_400_000, 1)):
        assert everything(sensor, resolution, 7) == [T0 + n * step for n in range(count)], resolution


def test_a_range_holds_both_its_ends(sensor: Sensor) -> None:
    page = readings.page(sensor, start=T0 + 10_000, end=T0 + 30_000, resolution="raw", limit=10, cursor=None)
    assert page.items == [{"ts": T0 + n * 10_000, "value": float(n)} for n in (1, 2, 3)]
    assert page.next is None
    nothing = readings.page(sensor, start=T0 + 30_000, end=T0 + 10_000, resolution="raw", limit=10, cursor=None)
    assert nothing.items == []


def test_a_rolled_up_range_begins_with_the_bucket_that_its_start_lies_in(sensor: Sensor) -> None:
    page = readings.page(sensor, start=T0 + 119_000, end=T0 + 120_000, resolution="minute", limit=10, cursor=None)
    assert [item["ts"] for item in page.items] == [T0 + 60_000, T0 + 120_000]
    assert page.items[0] == {
        "ts": T0 + 60_000, "count": 6, "min": 6.0, "max": 11.0, "mean": 8.5, "first": 6.0, "last": 11.0,
    }  # fmt: skip


@pytest.mark.parametrize("limit", [0, 999, 1000, 1001, 2000, 2500])
def test_a_long_range_that_is_read_in_parts_is_whole(sensor: Sensor, limit: int) -> None:
    start = T0 + 86_400_000
    times = [start + n * 60_000 for n in range(2_100)]
    MinuteRollup.insert_many(
        MinuteRollup(id=timed_id(sensor.number, ts), count=1, sum=1.0, min=1.0, max=1.0, first=1.0, last=1.0, fence=1)
        for ts in times
    )
    found = readings.rolled_up(MINUTE, sensor.number, start + 30_000, times[-1], limit)
    assert [row["ts"] for row in found] == (times[:limit] if limit else times)


def test_auto_is_the_finest_that_fits(sensor: Sensor) -> None:
    for limit, resolution in ((720, "raw"), (719, "minute"), (122, "minute"), (100, "hour"), (1, "day")):
        page = readings.page(sensor, start=None, end=None, resolution="auto", limit=limit, cursor=None)
        assert (page.resolution, page.next) == (resolution, None), limit


def test_auto_counts_buckets_and_not_the_time_between_the_first_and_the_last(announce: Announce, source: Source) -> None:
    sensor = announce("t")["t"]
    times = [1, 1_680_000_000_000, *(T0 + n * 1_000 for n in range(240))]
    ingest(source, [["t", ts, 1.0] for ts in times])
    for _ in Aggregator().work(1):
        pass
    for limit, resolution in ((300, "raw"), (10, "minute"), (6, "minute"), (5, "hour"), (3, "hour"), (2, "day")):
        page = readings.page(sensor, start=None, end=None, resolution="auto", limit=limit, cursor=None)
        assert page.resolution == resolution, limit


def test_the_next_page_of_auto_keeps_the_resolution(sensor: Sensor, source: Source) -> None:
    ingest(source, [["b", T0 + 10 * 86_400_000, 1.0]])
    for _ in Aggregator().work(1):
        pass
    first = readings.page(sensor, start=None, end=None, resolution="auto", limit=1, cursor=None)
    assert (first.resolution, len(first.items)) == ("day", 1)
    second = readings.page(sensor, start=None, end=None, resolution="auto", limit=1, cursor=first.next)
    assert (second.resolution, [item["ts"] for item in second.items]) == ("day", [T0 + 10 * 86_400_000])


def test_a_sensor_without_readings_is_an_empty_raw_page(announce: Announce) -> None:
    page = readings.page(announce("new")["new"], start=None, end=None, resolution="auto", limit=5, cursor=None)
    assert (page.items, page.resolution, page.next) == ([], "raw", None)


@pytest.mark.parametrize("position", ["", "raw", "raw:", "raw:x", "year:5", "minute:-5", "raw:99999999999999999999", "raw:٣"])
def test_a_cursor_that_is_none_is_refused(position: str) -> None:
    sensor = Sensor(number=1, slot=0, device_id=new_id(), key="t", name="T")
    with pytest.raises(ValidationFailed) as refused:
        readings.page(sensor, start=None, end=None, resolution="raw", limit=5, cursor=encode_cursor(position))
    assert set(refused.value.fields) == {"cursor"}


def test_who_begins_to_watch_gets_what_is_new_to_them(announce: Announce, source: Source) -> None:
    sensor = announce("t")["t"]
    now = now_ms()
    old, fresh = now - LONGEST_RECENT_MS - 60_000, now - 10_000
    ingest(source, [["t", old, 1.0], ["t", fresh, 2.0]])
    assert readings.recent(sensor, None) == [(fresh, 2.0)]
    assert readings.recent(sensor, old - 1) == [(old, 1.0), (fresh, 2.0)]
    assert readings.recent(sensor, old) == [(fresh, 2.0)]
    assert readings.recent(sensor, MAX_TS) == []
    ingest(source, [["t", now - n, 3.0] for n in range(1500)])
    assert len(readings.recent(sensor, 0)) == MAX_RECENT
    assert readings.recent(sensor, 0)[-1] == (now, 3.0)


@pytest.mark.parametrize(
    ("step", "count"),
    [
        (1_000, RECENT_MS // 1_000 + 1),
        (30_000, 31),
        (60_000, FEWEST_RECENT),
        (300_000, FEWEST_RECENT),
        (3_600_000, 25),
        (86_400_000, 2),
    ],
)
def test_who_begins_to_watch_gets_enough_for_a_line_however_seldom_the_sensor_sends(
    announce: Announce, source: Source, step: int, count: int
) -> None:
    sensor = announce("t")["t"]
    newest = now_ms() - 3 * 86_400_000  # silent for days: what it sent last is there all the same
    ingest(source, [["t", newest - n * step, float(n)] for n in range(2_000 if step == 1_000 else 100)])
    assert [ts for ts, _ in readings.recent(sensor, None)] == [newest - n * step for n in reversed(range(count))]


def test_an_export_holds_every_reading_of_its_range_in_order(sensor: Sensor) -> None:
    found = [reading for part in readings.parts(sensor.number, T0 + 1, T0 + 5_000_000) for reading in part]
    assert found == [(T0 + n * 10_000, float(n)) for n in range(1, 501)]
