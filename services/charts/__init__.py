"""Charts of sensor readings as Vega-Lite: pure functions from readings to a specification.

Drawing a specification (SVG, PNG, HTML) is workers.renderer's part.
"""

from services.charts.options import ChartError, ChartOptions, InvalidChartOption
from services.charts.page import page, page_policy
from services.charts.series import RollupRow, Series, downsample
from services.charts.skeletons import SkeletonKey, Skeletons, build_skeleton
from services.charts.trend import MAX_SERIES, TooManySeries, TooManyUnits, trend_spec

__all__ = [
    "MAX_SERIES",
    "ChartError",
    "ChartOptions",
    "InvalidChartOption",
    "RollupRow",
    "Series",
    "SkeletonKey",
    "Skeletons",
    "TooManySeries",
    "TooManyUnits",
    "build_skeleton",
    "downsample",
    "page",
    "page_policy",
    "trend_spec",
]
