"""The axis of values: a steady sensor can be read off it, and no reading is too small or too large for it."""

import json
import math
import re
import sys
from collections.abc import Callable, Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.charting.charts import (
    NO_ANNOTATIONS,
    Annotations,
    ChartOptions,
    RollupRow,
    Series,
    Threshold,
    build_skeleton,
    distribution_spec,
    heatmap_spec,
    trend_spec,
)
from services.charting.charts.valueaxis import MOST, drawable, value_range
from services.charting.renderer.supervisor import Renderer

START = 1_795_132_800_000
HOUR, MINUTE = 3_600_000, 60_000
OPTIONS = ChartOptions(interactive=False)

Draw = Callable[[dict[str, object]], list[str]]


@pytest.fixture(scope="module")
def labels() -> Iterator[Draw]:
    """The texts in a chart as it is drawn."""
    renderer = Renderer(timeout=60)

    def drawn(spec: dict[str, object]) -> list[str]:
        svg = renderer.render(spec, "svg").decode()
        assert "NaN" not in svg
        assert "Infinity" not in svg
        return re.findall(r">([^<>]+)</text>", svg)

    yield drawn
    renderer.close()


def trend(values: list[float], annotations: Annotations = NO_ANNOTATIONS) -> dict[str, object]:
    series = Series("a", "a", "V", [[START + n * MINUTE, value] for n, value in enumerate(values)])
    return trend_spec([series], START, START + HOUR, OPTIONS, skeletons=build_skeleton, annotations=annotations)


def rolled_up(values: list[float]) -> Series:
    rows: list[RollupRow] = [
        {"ts": START + n * MINUTE, "count": 9, "min": value, "max": value, "mean": value, "first": value, "last": value}
        for n, value in enumerate(values)
    ]
    return Series("a", "a", "V", rows, MINUTE)


def distribution(values: list[float]) -> dict[str, object]:
    series = Series("a", "a", "V", [[START + n, value] for n, value in enumerate(values)])
    return distribution_spec(series, OPTIONS, rollup=None, skeletons=build_skeleton)


def heatmap(values: list[float]) -> dict[str, object]:
    series = rolled_up(values)
    return heatmap_spec(series, series.points, START, START + 24 * HOUR, OPTIONS, skeletons=build_skeleton)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (0.4, "0.4"),
        (3.3, "3.3"),
        (-0.4, "−0.4"),
        (1.5e-5, "0.000015"),
        (1013.25, "1,013.25"),
        (21.5, "21.5"),
        (0.0, "0.0"),
        (8, "8"),
    ],
)
def test_a_steady_value_can_be_read_off_every_chart(value: float, label: str, labels: Draw) -> None:
    assert label in labels(trend([value] * 59))
    assert label in labels(trend([value]))
    assert label in labels(heatmap([value]))
    written = f"median {label.replace('−', '-').replace(',', '')}"
    assert any(written in text for text in labels(distribution([value] * 59)))


def test_a_nearly_steady_value_has_labels_that_differ(labels: Draw) -> None:
    found = [text for text in labels(trend([1013.25, 1013.2501] * 20)) if text.startswith("1,013.")]
    assert len(found) >= 3
    assert len(set(found)) == len(found)


def test_noise_of_the_last_bit_is_no_course(labels: Draw) -> None:
    assert "1.0" in labels(trend([1.0, math.nextafter(1.0, 2.0)] * 20))


@pytest.mark.parametrize(
    "values",
    [[5e-324 * n for n in range(59)], [1e-310] * 5, [1e-299 * n for n in range(9)], [1.7e308, -1.7e308, 3.0], [1.7e308] * 3,
     [1e-310, 5.0, 1e300], [sys.float_info.max, -sys.float_info.max]],
)  # fmt: skip
def test_no_reading_is_too_small_or_too_large_to_be_drawn(values: list[float], labels: Draw) -> None:
    for spec in (trend(values), distribution(values), heatmap(values)):
        json.dumps(spec, allow_nan=False)
        assert labels(spec)


def test_a_threshold_beside_a_steady_value_is_on_the_axis() -> None:
    spec = trend([20.0] * 9, Annotations([Threshold(21.0, "above")]))
    shown = {param["name"]: param["value"] for param in spec["params"] if "value" in param}  # type: ignore[attr-defined]
    assert shown["left_low"] <= 20.0 < 21.0 <= shown["left_high"]


numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(numbers, min_size=1, max_size=20))
@example([5e-324])
@example([1.7e308, -1.7e308])
def test_every_value_is_on_an_axis_of_some_length(values: list[float]) -> None:
    shown = [drawable(value) for value in values]
    low, high = value_range(shown)
    assert all(low <= value <= high for value in shown)
    assert -MOST <= low < high <= MOST
    assert math.isfinite(high - low)


@given(st.lists(numbers, min_size=1, max_size=20))
def test_every_histogram_is_json(values: list[float]) -> None:
    json.dumps(distribution(values), allow_nan=False)
    spec = distribution_spec(rolled_up(values), OPTIONS, rollup="minute", skeletons=build_skeleton)
    json.dumps(spec, allow_nan=False)
