"""Charts of sensor readings as Vega-Lite: pure functions from readings to a specification.

Drawing a specification (SVG, PNG, HTML) is services.charting.renderer's part.
"""

from services.charting.charts.annotations import NO_ANNOTATIONS, Annotations, Span, Threshold
from services.charting.charts.distribution import distribution_spec
from services.charting.charts.heatmap import heatmap_spec
from services.charting.charts.options import ChartError, ChartOptions, InvalidChartOption
from services.charting.charts.page import page, page_policy
from services.charting.charts.series import RollupRow, Series, downsample
from services.charting.charts.skeletons import SkeletonKey, Skeletons, build_skeleton
from services.charting.charts.trend import MAX_SERIES, MAX_UNITS, TooManySeries, TooManyUnits, trend_spec

__all__ = [
    "MAX_SERIES",
    "MAX_UNITS",
    "NO_ANNOTATIONS",
    "Annotations",
    "ChartError",
    "ChartOptions",
    "InvalidChartOption",
    "RollupRow",
    "Series",
    "SkeletonKey",
    "Skeletons",
    "Span",
    "Threshold",
    "TooManySeries",
    "TooManyUnits",
    "build_skeleton",
    "distribution_spec",
    "downsample",
    "heatmap_spec",
    "page",
    "page_policy",
    "trend_spec",
]
