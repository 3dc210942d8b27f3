"""What every kind of chart gets around its data: size, and what a program finds out about it."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.charting.charts.options import ChartOptions


def framed(
    spec: dict[str, Any], options: ChartOptions, datasets: Mapping[str, Any], series: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The filled skeleton with its size, its data, and `usermeta`: locale and, of each sensor, where its data are."""
    spec["title"]["limit"] = options.plot_width
    spec["width"] = options.width
    spec["height"] = options.height
    spec["autosize"] = {"type": "fit-x" if options.width == "container" else "pad", "contains": "padding"}
    spec["datasets"] = dict(datasets)
    spec["usermeta"] = {
        "locale": options.locale,
        "series": list(series),
        # vega-embed reads this: no menu entry that would open another site's editor.
        "embedOptions": {"actions": {"export": True, "source": False, "compiled": False, "editor": False}},
    }
    return spec
