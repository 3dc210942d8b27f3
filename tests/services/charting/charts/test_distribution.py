"""The distribution: shares that add up, quantiles that are right, an estimate that is one."""

import random
import statistics
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.charting.charts import ChartOptions, RollupRow, Series, build_skeleton, distribution_spec
from services.charting.charts.histogram import MOST_BINS, of_readings, of_rollups

Values = list[float]
numbers = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 3))


def bucket(values: Values) -> RollupRow:
    return {
        "ts": 0, "count": len(values), "min": min(values), "max": max(values), "first": values[0], "last": values[-1],
        "mean": min(max(statistics.fmean(values), min(values)), max(values)),
    }  # fmt: skip


@given(st.lists(numbers, min_size=1, max_size=200))
def test_every_reading_is_in_one_bin(values: Values) -> None:
    made = of_readings(values)
    assert made is not None
    assert sum(bin.count for bin in made.bins) == made.count == len(values)
    assert sum(bin.share for bin in made.bins) == pytest.approx(1)
    assert len(made.bins) <= MOST_BINS + 2
    assert made.bins[0].start <= min(values) + 1e-9 * abs(min(values))
    assert made.bins[-1].end >= max(values) - 1e-9 * abs(max(values))


@given(st.lists(st.lists(numbers, min_size=1, max_size=20), min_size=1, max_size=50))
def test_an_estimate_from_rollups_counts_every_reading_and_stays_within_the_extremes(groups: list[Values]) -> None:
    made = of_rollups([bucket(group) for group in groups])
    everything = [value for group in groups for value in group]
    assert made is not None
    assert made.count == len(everything)
    assert sum(bin.share for bin in made.bins) == pytest.approx(1)
    quantiles = [value for _, value in made.quantiles]
    assert quantiles == sorted(quantiles)
    assert min(everything) - 1e-6 <= quantiles[0]
    assert quantiles[-1] <= max(everything) + 1e-6


def test_quantiles_of_readings_are_exact() -> None:
    made = of_readings([float(n) for n in range(101)])
    assert made is not None
    assert [value for _, value in made.quantiles] == [5, 25, 50, 75, 95]


def test_quantiles_from_rollups_come_close_to_those_of_the_readings() -> None:
    chance = random.Random(7)
    groups = [[chance.gauss(hour % 24, 1.0) for _ in range(60)] for hour in range(240)]
    estimate, exact = of_rollups([bucket(group) for group in groups]), of_readings([v for group in groups for v in group])
    assert estimate is not None
    assert exact is not None
    for (_, guessed), (_, right) in zip(estimate.quantiles, exact.quantiles, strict=True):
        assert guessed == pytest.approx(right, abs=0.5)


@pytest.mark.parametrize("value", [0.0, 21.5, -1e-12, 1e9])
def test_a_sensor_that_always_says_the_same_has_one_bar(value: float) -> None:
    made = of_readings([value] * 50)
    assert made is not None
    assert [bin.count for bin in made.bins if bin.count] == [50]


def spec_of(points: Any, rollup: str | None = None, **options: Any) -> dict[str, Any]:
    return distribution_spec(Series("a", "Shed", "°C", points), ChartOptions(**options), rollup=rollup, skeletons=build_skeleton)


def test_the_chart_says_what_it_is_drawn_from() -> None:
    raw = spec_of([(n, float(n % 10)) for n in range(1000)])
    assert raw["layer"][0]["encoding"]["x"]["title"] == "°C · bins of 1 °C · 1,000 readings"
    assert "median 4.5" in raw["title"]["subtitle"]
    rolled = spec_of([bucket([float(n), n + 1.0]) for n in range(100)], "ten minutes", locale="zh-CN")
    assert "由每十分钟的均值与极值估计" in rolled["layer"][0]["encoding"]["x"]["title"]
    assert [row["q"] for row in rolled["datasets"]["quantiles"]] == [0.05, 0.25, 0.5, 0.75, 0.95]


def test_nothing_measured_is_said() -> None:
    spec = spec_of([])
    assert spec["title"]["subtitle"] == "No data in this period"
    assert spec["datasets"] == {"bins": [], "quantiles": []}
