"""The trend chart's specification: what is in it for which readings."""

import json
import time
from itertools import pairwise
from typing import Any

import pytest

from services.charting.charts import (
    MAX_SERIES,
    ChartOptions,
    InvalidChartOption,
    RollupRow,
    Series,
    TooManySeries,
    TooManyUnits,
    build_skeleton,
    trend_spec,
)
from services.charting.charts.skeletons import fill

START = 1_795_132_800_000  # 2026-11-20T00:00:00Z
DAY = 86_400_000
MINUTE = 60_000


def spec_of(*series: Series, start: int = START, end: int = START + DAY, **options: Any) -> dict[str, Any]:
    return trend_spec(series, start, end, ChartOptions(**options), skeletons=build_skeleton)


def raw(name: str = "Bench", unit: str = "°C", count: int = 100, step: int = 10 * MINUTE) -> Series:
    return Series(name, name, unit, [[START + index * step, index % 7] for index in range(count)])


def rolled(name: str = "Bench", unit: str = "°C", minutes: int = 1440) -> Series:
    rows: list[RollupRow] = [
        {"ts": START + m * MINUTE, "count": 60, "min": m, "max": m + 2, "mean": m + 1, "first": m, "last": m}
        for m in range(minutes)
    ]
    return Series(name, name, unit, rows, step_ms=MINUTE)


def marks(spec: dict[str, Any]) -> list[str]:
    found = [spec["mark"]["type"]] if "mark" in spec else []
    return found + [mark for layer in spec.get("layer", ()) for mark in marks(layer)]


def values(spec: dict[str, Any], dataset: str = "left") -> list[Any]:
    return [row["v"] for row in spec["datasets"][dataset]]


def test_rolled_up_readings_have_a_band_and_raw_ones_have_not() -> None:
    assert "area" in marks(spec_of(rolled(), interactive=False))
    assert "area" not in marks(spec_of(raw(), interactive=False))


def test_a_silence_of_over_three_spacings_breaks_the_line_once() -> None:
    series = Series("a", "a", "V", [[START + minute * MINUTE, 1.0] for minute in (*range(60), *range(300, 400))])
    breaks = [row["t"] for row in spec_of(series)["datasets"]["left"] if row["v"] is None]
    assert len(breaks) == 1
    assert START + 59 * MINUTE < breaks[0] < START + 300 * MINUTE


def test_a_late_reading_is_no_silence() -> None:
    series = Series("a", "a", "V", [[START + minute * 20 * MINUTE, 1.0] for minute in (0, 1, 2, 4, 7, 8)])
    assert None not in values(spec_of(series))


def test_buckets_that_a_slow_sensor_leaves_empty_are_no_silence() -> None:
    rows: list[RollupRow] = [
        {"ts": START + n * 10 * MINUTE, "count": 1, "min": n, "max": n, "mean": n, "first": n, "last": n}
        for n in range(144)
        if not 50 <= n < 60
    ]
    shown = spec_of(Series("a", "a", "V", rows, step_ms=MINUTE))["datasets"]["left"]
    assert [row["t"] for row in shown if row["v"] is None] == [START + 49 * 10 * MINUTE + 1], "only where it was silent"


def test_a_sensor_that_was_slower_before_has_a_line_there_too() -> None:
    times = [*range(0, 54 * MINUTE, MINUTE), *range(54 * MINUTE, 56 * MINUTE, 1000)]
    series = Series("a", "a", "V", [[START + time, 1.0] for time in times])
    assert None not in values(spec_of(series, end=START + 60 * MINUTE))


def test_readings_between_silences_are_dots() -> None:
    series = Series("a", "a", "V", [[START + minute * MINUTE, 1.0] for minute in (0, 1, 2, 3, 300, 600, 602)], MINUTE)
    rows = spec_of(series, end=START + 610 * MINUTE)["datasets"]["left"]
    assert [row["t"] for row in rows if row.get("alone")] == [START + 300 * MINUTE]
    only = spec_of(Series("a", "a", "V", [[START, 1.0]]))["datasets"]["left"]
    assert [row.get("alone") for row in only] == [True]


@pytest.mark.parametrize("width", [200, 411, 760])
def test_merged_buckets_and_breaks_are_in_order_of_time_with_values_on_both_sides(width: int) -> None:
    series = rolled()
    kept = [
        row for row in series.points if not any(a <= row["ts"] < a + 25 * MINUTE for a in range(START, START + DAY, 97 * MINUTE))
    ]  # type: ignore[call-overload]
    rows = spec_of(Series("a", "a", "V", kept, MINUTE), width=width, interactive=False)["datasets"]["left"]
    assert [row["t"] for row in rows] == sorted({row["t"] for row in rows})
    readings = [row["v"] for row in rows]
    assert readings.count(None) == 14
    assert all(a is not None or b is not None for a, b in pairwise(readings))


def test_no_series_has_more_than_a_point_per_pixel_and_none_of_its_extremes_is_lost() -> None:
    many = Series("a", "a", "V", [[START + index * 1000, (index * 7919) % 10_007] for index in range(80_000)])
    kept = [value for value in values(spec_of(many, width=500)) if value is not None]
    assert len(kept) <= 500
    assert (min(kept), max(kept)) == (0, 10_006)
    week = spec_of(rolled(minutes=10_080), end=START + 7 * DAY, width=300, interactive=False)["datasets"]["left"]
    assert len(week) <= 301
    assert (min(row["lo"] for row in week), max(row["hi"] for row in week)) == (0, 10_081)


def test_two_units_have_an_axis_each_and_a_third_is_refused() -> None:
    spec = spec_of(raw("Inside"), raw("Humidity", "%"), raw("Outside"), interactive=False)
    assert spec["resolve"] == {"scale": {"y": "independent"}}
    assert {row["s"] for row in spec["datasets"]["left"]} == {"Inside (°C)", "Outside (°C)"}
    assert {row["s"] for row in spec["datasets"]["right"]} == {"Humidity (%)"}
    with pytest.raises(TooManyUnits) as refused:
        spec_of(raw("a", "°C"), raw("b", "%"), raw("c", "lx"))
    assert refused.value.units == ("°C", "%", "lx")


def test_more_sensors_than_colours_are_refused() -> None:
    spec_of(*(raw(str(number)) for number in range(MAX_SERIES)))
    with pytest.raises(TooManySeries) as refused:
        spec_of(*(raw(str(number)) for number in range(MAX_SERIES + 1)))
    assert (refused.value.count, refused.value.limit) == (MAX_SERIES + 1, MAX_SERIES)


def test_sensors_of_the_same_name_are_told_apart() -> None:
    spec = spec_of(raw("Bench"), raw("Bench"), raw("Bench"))
    assert [series["label"] for series in spec["usermeta"]["series"]] == ["Bench", "Bench · 2", "Bench · 3"]


def test_a_live_page_learns_where_to_add_readings() -> None:
    spec = spec_of(raw("t", "°C"), raw("h", "%"), theme="dark")
    assert spec["usermeta"]["series"] == [
        {"sensor_id": "t", "label": "t (°C)", "dataset": "left", "color": "#56b4e9"},
        {"sensor_id": "h", "label": "h (%)", "dataset": "right", "color": "#e69f00"},
    ]


def test_a_chart_without_readings_says_so_in_its_language() -> None:
    empty = Series("a", "静", "V", [])
    assert spec_of(empty, locale="zh-CN")["title"]["subtitle"] == "此时段没有数据"
    assert spec_of(raw())["title"]["subtitle"] == ""


@pytest.mark.parametrize(("start", "end"), [(5, 5), (6, 5), (-1, 5), (0, 10**15)])
def test_a_range_that_is_none_is_refused(start: int, end: int) -> None:
    with pytest.raises(InvalidChartOption) as refused:
        spec_of(raw(), start=start, end=end)
    assert refused.value.field == "range"


def test_a_name_that_looks_like_a_hole_or_an_expression_stays_a_name() -> None:
    spec = spec_of(raw("@x_start"), raw("'+alert(1)+'"), title="@names")
    assert spec["title"]["text"] == "@names"
    assert {row["s"] for row in spec["datasets"]["left"]} == {"@x_start", "'+alert(1)+'"}


@pytest.mark.parametrize("options", [{"interactive": False}, {"time_zone": "Asia/Shanghai"}, {"width": "container"}])
def test_a_filled_specification_has_no_hole_left_and_leaves_the_skeleton_as_it_was(options: dict[str, Any]) -> None:
    first = json.dumps(spec_of(raw("one"), raw("two", "%"), **options))
    assert '"@' not in first
    spec_of(rolled("other"), raw("names", "%"), **options)
    assert json.dumps(spec_of(raw("one"), raw("two", "%"), **options)) == first


def test_a_hole_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        fill({"title": "@title"}, {})


def test_a_request_for_a_day_of_minutes_costs_little() -> None:
    series = rolled()
    spec_of(series)
    best = 1.0
    for _ in range(10):
        begin = time.process_time()
        spec_of(series, width=1440)
        best = min(best, time.process_time() - begin)
    # About 1.5 ms where Altair with the data would take 80: far from both, so that a slow machine does not matter.
    assert best < 0.02
