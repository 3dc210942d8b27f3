"""Ticks of a time axis in a given zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.charting.charts.timeaxis import axis_ticks, local_time, range_label, utc_offsets

BERLIN = ZoneInfo("Europe/Berlin")
KOLKATA = ZoneInfo("Asia/Kolkata")
SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR = 3_600_000


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_a_day_is_marked_every_three_hours_of_the_viewers_clock_with_the_date_at_midnight() -> None:
    ticks = axis_ticks(ms("2026-11-19T12:10"), ms("2026-11-20T12:10"), KOLKATA, "en", 760)
    assert [label for _, label in ticks] == ["18:00", "21:00", "Nov 20", "03:00", "06:00", "09:00", "12:00", "15:00"]
    assert ticks[0][0] == ms("2026-11-19T12:30")


def test_dates_read_as_dates_in_chinese() -> None:
    week = axis_ticks(ms("2026-11-12T16:00"), ms("2026-11-19T16:00"), SHANGHAI, "zh-CN", 760)
    assert [label for _, label in week] == [f"11月{day}日" for day in range(13, 21)]
    year = axis_ticks(ms("2026-02-01T00:00"), ms("2027-02-01T00:00"), SHANGHAI, "zh-CN", 760)
    assert "2027年" in [label for _, label in year]
    assert "3月" not in [label for _, label in year] or "4月" in [label for _, label in year]


def test_a_minute_is_marked_in_seconds() -> None:
    labels = [label for _, label in axis_ticks(ms("2026-11-20T12:00"), ms("2026-11-20T12:01"), BERLIN, "en", 400)]
    assert labels == ["13:00:00", "13:00:15", "13:00:30", "13:00:45", "13:01:00"]


@pytest.mark.parametrize(
    ("day", "labels"),
    [
        ("2026-03-29", ["00:00", "01:00", "03:00", "04:00", "05:00"]),
        ("2026-10-25", ["00:00", "01:00", "02:00", "02:00", "03:00"]),
    ],
)
def test_ticks_follow_the_clock_where_it_is_changed(day: str, labels: list[str]) -> None:
    begin = int(datetime.fromisoformat(day).replace(tzinfo=BERLIN).timestamp() * 1000)
    ticks = axis_ticks(begin, begin + 4 * HOUR, BERLIN, "en", 400)
    assert [ts for ts, _ in ticks] == [begin + hours * HOUR for hours in range(5)]
    assert [f"{local_time(ts, BERLIN):%H:%M}" for ts, _ in ticks] == labels


def test_both_changes_of_a_year_are_found_to_the_millisecond() -> None:
    assert utc_offsets(ms("2026-01-01T00:00"), ms("2027-01-01T00:00"), BERLIN) == [
        (ms("2026-01-01T00:00"), HOUR),
        (ms("2026-03-29T01:00"), 2 * HOUR),
        (ms("2026-10-25T01:00"), HOUR),
    ]


@given(
    st.integers(0, 4_000_000_000_000),
    st.integers(1000, 20 * 366 * 24 * HOUR),
    st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Beirut"]),
    st.integers(150, 2000),
)
def test_any_range_has_ticks_in_order_within_it_that_leave_room_for_their_labels(
    start: int, span: int, zone: str, width: int
) -> None:
    ticks = [ts for ts, _ in axis_ticks(start, start + span, ZoneInfo(zone), "en", width)]
    assert ticks == sorted(set(ticks))
    assert all(start <= ts <= start + span for ts in ticks)
    assert len(ticks) <= max(2, width // 75) + 2


def test_the_range_names_its_dates_and_zone() -> None:
    assert range_label(ms("2026-11-19T12:00"), ms("2026-11-20T12:00"), BERLIN) == "2026-11-19 – 2026-11-20 · Europe/Berlin"
    assert range_label(ms("2026-11-18T23:00"), ms("2026-11-19T23:00"), BERLIN) == "2026-11-19 · Europe/Berlin"
