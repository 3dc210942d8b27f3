"""Charts of sensor readings as Vega-Lite: pure functions from readings to a specification.

Drawing a specification (SVG, PNG, HTML) is workers.renderer's part.
"""

from services.charts.annotations import NO_ANNOTATIONS, Annotations, Span, Threshold
from services.charts.distribution import distribution_spec
from services.charts.heatmap import heatmap_spec
from services.charts.options import ChartError, ChartOptions, InvalidChartOption
from services.charts.page import page, page_policy
from services.charts.series import RollupRow, Series, downsample
from services.charts.skeletons import SkeletonKey, Skeletons, build_skeleton
from services.charts.trend import MAX_SERIES, TooManySeries, TooManyUnits, trend_spec

__all__ = [
    "MAX_SERIES",
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
