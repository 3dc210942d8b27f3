"""The daily profile: which cell a reading is in, whatever the clocks do."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.charting.charts import ChartOptions, InvalidChartOption, RollupRow, Series, build_skeleton, heatmap_spec

HOUR = 3_600_000
DAY = 24 * HOUR


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def rows(start: int, hours: int, step: int = HOUR) -> list[RollupRow]:
    return [
        {"ts": start + n * step, "count": 2, "min": n - 1.0, "max": n + 1.0, "mean": float(n), "first": n, "last": n}
        for n in range(hours * HOUR // step)
    ]


def spec_of(found: list[RollupRow], start: int, end: int, *, step: int = HOUR, **options: Any) -> dict[str, Any]:
    series = Series("a", "Shed", "°C", found, step)
    return heatmap_spec(series, found, start, end, ChartOptions(**options), skeletons=build_skeleton)


def cells(spec: dict[str, Any]) -> dict[tuple[str, int], dict[str, Any]]:
    return {(cell["d"], cell["h"]): cell for cell in spec["datasets"]["cells"]}


def test_each_hour_of_each_local_day_is_a_cell() -> None:
    start = ms("2026-06-09T22:00")  # midnight in Berlin
    found = cells(spec_of(rows(start, 48), start, start + 2 * DAY, time_zone="Europe/Berlin"))
    assert len(found) == 48
    assert found["2026-06-10", 0] == {"d": "2026-06-10", "h": 0, "v": 0.0, "lo": -1.0, "hi": 1.0, "n": 2}
    assert found["2026-06-11", 23]["v"] == 47.0


def test_the_hour_that_the_clocks_skip_is_empty() -> None:
    start = ms("2026-03-28T23:00")
    found = cells(spec_of(rows(start, 23), start, start + 23 * HOUR, time_zone="Europe/Berlin"))
    assert [hour for day, hour in found if day == "2026-03-29"] == [0, 1, *range(3, 24)]


def test_the_hour_that_comes_twice_is_the_mean_of_both() -> None:
    start = ms("2026-10-24T22:00")
    found = cells(spec_of(rows(start, 25), start, start + 25 * HOUR, time_zone="Europe/Berlin"))
    assert len(found) == 24
    assert found["2026-10-25", 2] == {"d": "2026-10-25", "h": 2, "v": 2.5, "lo": 1.0, "hi": 4.0, "n": 4}


def test_a_zone_half_an_hour_off_is_right_with_ten_minutes() -> None:
    start = ms("2026-06-09T18:30")  # midnight in Kolkata
    found = cells(spec_of(rows(start, 24, HOUR // 6), start, start + DAY, step=HOUR // 6, time_zone="Asia/Kolkata"))
    assert len(found) == 24
    assert (found["2026-06-10", 0]["v"], found["2026-06-10", 0]["n"]) == (2.5, 12)


def test_days_without_readings_have_their_place_on_the_axis() -> None:
    start = ms("2026-06-10T00:00")
    spec = spec_of(rows(start, 1), start, start + 9 * DAY)
    assert spec["encoding"]["x"]["scale"]["domain"] == [f"2026-06-{day}" for day in range(10, 19)]
    assert spec["title"]["subtitle"] == ""


def test_nothing_measured_is_said_in_the_readers_language() -> None:
    start = ms("2026-06-10T00:00")
    spec = spec_of([], start, start + DAY, locale="zh-CN")
    assert spec["title"]["subtitle"] == "此时段没有数据"
    assert spec["encoding"]["color"]["legend"] is None


@pytest.mark.parametrize("days", [0, -1, 1101])
def test_a_range_that_cannot_be_shown_is_refused(days: int) -> None:
    with pytest.raises(InvalidChartOption):
        spec_of([], ms("2026-06-10T00:00"), ms("2026-06-10T00:00") + days * DAY)


def test_offsets_between_readings_are_looked_up_and_not_computed_anew() -> None:
    """The local hour of each cell agrees with the standard library's, across a year with both changes of the clocks."""
    start = ms("2026-01-01T00:00")
    zone = ZoneInfo("America/New_York")
    found = cells(spec_of(rows(start, 365 * 24), start, start + 365 * DAY, time_zone=zone.key))
    for n in range(0, 365 * 24, 37):
        local = datetime.fromtimestamp((start + n * HOUR) / 1000, zone)
        assert abs(found[f"{local:%Y-%m-%d}", local.hour]["v"] - n) <= 0.5
