"""Thinning readings to what a chart's pixels can show."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.charting.charts import downsample
from services.charting.charts.series import RollupRow, expected_spacing, gaps, merge_buckets

points = st.lists(
    st.tuples(st.integers(0, 10**6), st.floats(-1e6, 1e6, allow_nan=False)), min_size=1, max_size=400, unique_by=lambda p: p[0]
).map(sorted)


@given(points, st.integers(4, 100))
def test_thinned_points_fit_and_keep_order_ends_and_extremes(readings: list[tuple[int, float]], limit: int) -> None:
    thinned = list(downsample(readings, limit))
    assert len(thinned) <= max(limit, 1)
    assert thinned == sorted(set(thinned))
    assert set(thinned) <= set(readings)
    assert (thinned[0], thinned[-1]) == (readings[0], readings[-1])
    values = [value for _, value in readings]
    assert {min(values), max(values)} <= {value for _, value in thinned}


def test_a_spike_of_one_reading_among_a_day_of_seconds_still_shows() -> None:
    day = [[second * 1000, 20 + math.sin(second / 5000)] for second in range(86_400)]
    day[54_321][1] = 95.0
    assert [54_321_000, 95.0] in downsample(day, 400)


def test_readings_in_a_corner_of_the_range_get_only_its_pixels() -> None:
    last_tenth = [[900_000 + index * 10, index % 17] for index in range(10_000)]
    assert 60 <= len(downsample(last_tenth, 800, 0, 1_000_000)) <= 84


def test_few_readings_are_left_alone() -> None:
    few = [[0, 1.0], [1, 2.0], [2, 3.0]]
    assert downsample(few, 4) == few


def test_thinning_to_under_four_points_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 4"):
        downsample([[0, 1.0]], 3)


def bucket(ts: int, low: float, high: float, mean: float, count: int = 1) -> RollupRow:
    return {"ts": ts, "count": count, "min": low, "max": high, "mean": mean, "first": low, "last": high}


def test_merged_buckets_say_what_one_rollup_over_both_would_say() -> None:
    rows = [bucket(0, 1, 5, 2, count=3), bucket(60_000, -1, 4, 6, count=1), bucket(120_000, 0, 9, 3)]
    assert merge_buckets(rows, 60_000, 2) == [
        {"ts": 0, "count": 4, "min": -1, "max": 5, "mean": 3.0, "first": 1, "last": 4},
        bucket(120_000, 0, 9, 3),
    ]


def test_merged_buckets_stay_the_same_while_the_range_moves() -> None:
    rows = [bucket(minute * 60_000, 0, minute, 1) for minute in range(1000)]
    earlier, later = merge_buckets(rows[:900], 60_000, 300), merge_buckets(rows[30:930], 60_000, 300)
    assert {row["ts"] for row in later[1:-1]} <= {row["ts"] for row in merge_buckets(rows, 60_000, 334)}
    assert earlier[50:300] == [row for row in later if earlier[50]["ts"] <= row["ts"] <= earlier[-1]["ts"]][: len(earlier[50:300])]


def test_one_silence_does_not_change_the_expected_spacing() -> None:
    assert expected_spacing([0, 10, 20, 30, 5000, 5010]) == 10
    assert expected_spacing([7]) == 0
    assert expected_spacing([index * 250 for index in range(100_000)]) == 250


def test_only_silences_longer_than_the_limit_are_gaps() -> None:
    assert list(gaps([0, 10, 41, 71], 30)) == [(10, 41)]


def test_minutes_before_seconds_are_no_silences() -> None:
    minutes = [n * 60_000.0 for n in range(54)]
    seconds = [minutes[-1] + 60_000 + n * 1000 for n in range(120)]
    times = minutes + seconds
    assert list(gaps(times, 3 * expected_spacing(times))) == []
    hour_later = seconds[-1] + 3_600_000
    assert list(gaps([*times, hour_later], 3000.0)) == [(seconds[-1], hour_later)]
    without = [*minutes[:20], *minutes[30:], *seconds]
    assert list(gaps(without, 3000.0)) == [(minutes[19], minutes[30])]


regimes = st.lists(st.tuples(st.integers(1, 10**6), st.integers(12, 60)), min_size=1, max_size=5)


def _times(regimes: list[tuple[int, int]]) -> list[float]:
    """Times of a sensor that sends `count` readings `step` ms apart, and then others."""
    times = [0.0]
    for step, count in regimes:
        for _ in range(count):
            times.append(times[-1] + step)
    return times


@given(regimes)
def test_a_sensor_that_changes_how_often_it_sends_is_never_silent(regimes: list[tuple[int, int]]) -> None:
    times = _times(regimes)
    assert list(gaps(times, 3 * expected_spacing(times))) == []


@given(regimes, regimes, st.integers(4, 1000))
def test_a_silence_that_is_long_beside_all_others_always_shows(
    before: list[tuple[int, int]], after: list[tuple[int, int]], factor: int
) -> None:
    early, late = _times(before), _times(after)
    silence = factor * max(step for step, _ in (*before, *after))
    begin = early[-1] + silence
    times = early + [begin + time for time in late]
    assert list(gaps(times, 3 * expected_spacing(times))) == [(early[-1], begin)]
