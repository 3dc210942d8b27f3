"""Charts that are kept drawn, on the wire."""

from typing import Literal

from typing_extensions import TypedDict

from models.charts import StoredChart
from schemas.base import IdText, TimeText, time_text


class StoredChartView(TypedDict):
    """start, end: what it shows, in ms since the epoch. size: in bytes."""

    sensor_id: IdText
    range: str
    format: Literal["svg"]
    url: str
    etag: str
    size: int
    start: int
    end: int
    updated_at: TimeText


class StoredChartPage(TypedDict):
    items: list[StoredChartView]
    next: str | None


def stored_chart_view(chart: StoredChart, *, url: str) -> StoredChartView:
    """A chart that is kept drawn, and where it is to be had."""
    return {
        "sensor_id": str(chart.sensor_id), "range": chart.range, "format": "svg", "url": url, "etag": chart.etag,
        "size": chart.size, "start": chart.start_ms, "end": chart.end_ms, "updated_at": time_text(chart.updated_at) or "",
    }  # fmt: skip
