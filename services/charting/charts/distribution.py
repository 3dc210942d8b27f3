"""The distribution: how often a sensor measured what, with quantiles."""

import math
from collections.abc import Sequence
from typing import Any, cast

from services.charting.charts import histogram
from services.charting.charts.frame import framed
from services.charting.charts.histogram import Histogram
from services.charting.charts.options import ChartOptions
from services.charting.charts.series import RawPoint, Series, is_rolled_up
from services.charting.charts.skeletons import SkeletonKey, Skeletons, fill
from services.charting.charts.theme import TEXTS


def distribution_spec(series: Series, options: ChartOptions, *, rollup: str | None, skeletons: Skeletons) -> dict[str, Any]:
    """The Vega-Lite specification of a histogram of the series, with its quantiles (5, 25, 50, 75 and 95 %) marked.

    rollup: the name of the width of its buckets, None for readings; the chart says which it is drawn from. Bins: see
    services.charting.charts.histogram. The datasets are "bins", {x0, x1, share, n} each, and "quantiles", {q, value} each.

    Raises what `skeletons` raises.
    """
    points = series.points
    if is_rolled_up(points):
        made = histogram.of_rollups(points)
    else:
        made = histogram.of_readings([value for _, value in cast(Sequence[RawPoint], points)])
    words = TEXTS[options.locale]
    skeleton = skeletons(
        SkeletonKey(theme=options.theme, locale=options.locale, kind="distribution", interactive=options.interactive)
    )
    spec: dict[str, Any] = fill(
        skeleton,
        {
            "title": series.name if options.title is None else options.title,
            "subtitle": words["no_data"] if made is None else _quantiles_in_words(made, series.unit, options),
            "extent": [0, 1] if made is None else [made.bins[0].start, made.bins[-1].end],
            "x_title": series.unit if made is None else _basis(made, series.unit, rollup, options),
            "y_title": words["share_of"],
            "tooltip": _tooltip(options),
        },
    )
    if made is None:
        for channel in ("x", "y"):
            spec["layer"][0]["encoding"][channel]["axis"] = None
    bins = [] if made is None else [{"x0": bin.start, "x1": bin.end, "share": bin.share, "n": bin.count} for bin in made.bins]
    quantiles = [] if made is None else [{"q": share, "value": value} for share, value in made.quantiles]
    described = [{"sensor_id": series.sensor_id, "label": series.name, "dataset": "bins"}]
    return framed(spec, options, {"bins": bins, "quantiles": quantiles}, described)


def _quantiles_in_words(made: Histogram, unit: str, options: ChartOptions) -> str:
    median = TEXTS[options.locale]["median"]
    # To a tenth of a bin: more cannot be told apart in the picture.
    places = max(0, 1 - math.floor(math.log10(made.width)))
    largest = max(abs(value) for _, value in made.quantiles)
    form = f".{places}f" if places <= 9 and largest < 1e12 else ".6g"
    said = [f"{median if share == 0.5 else f'{share:.0%}'} {value:{form}}" for share, value in made.quantiles]
    return " · ".join(said) + (f" {unit}" if unit else "")


def _basis(made: Histogram, unit: str, rollup: str | None, options: ChartOptions) -> str:
    """Unit, width of the bins, and what was counted."""
    words = TEXTS[options.locale]
    width = f"{made.width:.4g} {unit}".strip()
    source = words["of_readings"] if rollup is None else words["of_rollups"]
    counted = source.format(count=f"{made.count:,}", width="" if rollup is None else words[f"of_{rollup}"])
    parts = [unit, words["bins"].format(width=width), counted]
    return " · ".join(part for part in parts if part)


def _tooltip(options: ChartOptions) -> str:
    words = TEXTS[options.locale]
    said = {"from": "format(datum.x0, ',.6~r')", "to": "format(datum.x1, ',.6~r')", "share": "format(datum.share, '.2~%')",
            "count": "format(datum.n, ',')"}  # fmt: skip
    return "{" + ", ".join(f"'{words[word]}': {expression}" for word, expression in said.items()) + "}"
