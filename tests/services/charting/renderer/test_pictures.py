"""Each kind of chart looks as the picture of it that somebody has looked at: tests/services/charting/renderer/pictures.

After a change of the looks: run this file with PICTURES=write in the environment, look at the pictures, and commit them.
"""

import math
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.charting.charts import (
    Annotations,
    ChartOptions,
    RollupRow,
    Series,
    Span,
    Threshold,
    distribution_spec,
    heatmap_spec,
    trend_spec,
)
from services.charting.charts.options import Locale, Theme
from services.charting.renderer.supervisor import Renderer
from tests.support.pictures import difference, read_png

FOLDER = Path(__file__).parent / "pictures"
START = 1_791_072_000_000  # 2026-10-04T00:00:00Z: four weeks with a change of the clocks in Berlin
HOUR = 3_600_000
END = START + 28 * 24 * HOUR
# Of 255. Text in another font changes its tiles by up to some 20; a line, a cell or a bar that is elsewhere by more than 40.
MOST = 32.0


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    renderer = Renderer(timeout=60)
    yield renderer
    renderer.close()


def rows() -> list[RollupRow]:
    """A daily wave that rises, with half a day without readings."""
    chance = random.Random(1)
    found: list[RollupRow] = []
    for n in range(28 * 24):
        mean = 20 + 5 * math.sin((n - 9) / 24 * 2 * math.pi) + n / 240 + chance.gauss(0, 0.4)
        low, high = mean - abs(chance.gauss(0, 0.6)), mean + abs(chance.gauss(0, 0.6))
        if not 300 <= n < 312:
            found.append({"ts": START + n * HOUR, "count": 3600, "min": low, "max": high, "mean": mean, "first": low, "last": high})
    return found


def series(locale: Locale) -> Series:
    return Series("a", "温室温度" if locale == "zh-CN" else "Greenhouse", "°C", rows(), HOUR)


def spec_of(kind: str, theme: Theme, locale: Locale, renderer: Renderer) -> dict[str, Any]:
    options = ChartOptions(
        theme=theme, locale=locale, interactive=False, time_zone="Europe/Berlin", width=600, height=240,
    )  # fmt: skip
    if kind == "heatmap":
        return heatmap_spec(series(locale), rows(), START, END, options, skeletons=renderer.skeleton)
    if kind == "distribution":
        return distribution_spec(series(locale), options, rollup="hour", skeletons=renderer.skeleton)
    marked = Annotations(
        [Threshold(27.0, "above"), Threshold(14.5, "below")],
        [Span(START + 120 * HOUR, START + 140 * HOUR), Span(END - 60 * HOUR, None)],
    )
    return trend_spec([series(locale)], START, END, options, skeletons=renderer.skeleton, annotations=marked)


@pytest.mark.parametrize("kind", ["trend", "heatmap", "distribution"])
@pytest.mark.parametrize(("theme", "locale"), [("light", "en"), ("dark", "zh-CN")])
def test_a_chart_looks_as_it_did_when_somebody_looked_at_it(kind: str, theme: Theme, locale: Locale, renderer: Renderer) -> None:
    path = FOLDER / f"{kind}-{theme}.png"
    drawn = renderer.render(spec_of(kind, theme, locale, renderer), "png", scale=0.5)
    if os.environ.get("PICTURES") == "write":
        FOLDER.mkdir(exist_ok=True)
        path.write_bytes(drawn)
    now, then = read_png(drawn), read_png(path.read_bytes())
    assert abs(now.width - then.width) <= 12
    assert abs(now.height - then.height) <= 6
    assert difference(now, then) <= MOST


def test_the_comparison_notices_a_line_that_is_elsewhere(renderer: Renderer) -> None:
    spec = spec_of("trend", "light", "en", renderer)
    for row in spec["datasets"]["left"]:
        for name in ("v", "lo", "hi"):
            row[name] = None if row[name] is None else 40 - row[name]
    drawn = renderer.render(spec, "png", scale=0.5)
    assert difference(read_png(drawn), read_png((FOLDER / "trend-light.png").read_bytes())) > MOST
