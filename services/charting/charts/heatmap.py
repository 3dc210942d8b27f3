"""The daily profile: the mean of each hour of each day, in a time zone."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from services.charting.charts.frame import framed
from services.charting.charts.options import ChartOptions, InvalidChartOption
from services.charting.charts.series import RollupRow, Series
from services.charting.charts.skeletons import SkeletonKey, Skeletons, fill
from services.charting.charts.theme import TEXTS
from services.charting.charts.timeaxis import day_ticks, local_time, range_label, utc_offsets
from services.charting.charts.valueaxis import drawable, value_range

_HOUR = 3_600_000
_DAY = 24 * _HOUR
_EPOCH = date(1970, 1, 1).toordinal()
MOST_DAYS = 1_100


def heatmap_spec(
    series: Series, rows: Sequence[RollupRow], start_ms: int, end_ms: int, options: ChartOptions, *, skeletons: Skeletons
) -> dict[str, Any]:
    """The Vega-Lite specification of a sensor's days from start_ms to end_ms, a column a day and a row an hour of its clock.

    rows: buckets of series.step_ms, an hour at most. A bucket belongs to the hour that its middle lies in; where it is no longer
    than the zone's offset from UTC is round, that is exact. On a day on which the clocks go forward one cell stays empty, on one
    on which they go back the hour that comes twice is one cell, the mean of both. Without a zone the hours are UTC's.

    The dataset is "cells", one row {d: date, h: hour, v: mean, lo: minimum, hi: maximum, n: readings} a cell.

    Raises InvalidChartOption (range), and what `skeletons` raises.
    """
    zone = options.zone or ZoneInfo("UTC")
    if not 0 <= start_ms < end_ms or end_ms - start_ms > MOST_DAYS * _DAY:
        raise InvalidChartOption("range", f"must start before it ends and be at most {MOST_DAYS} days")
    first, last = local_time(start_ms, zone).date(), local_time(end_ms - 1, zone).date()
    days = [date.fromordinal(number).isoformat() for number in range(first.toordinal(), last.toordinal() + 1)]
    cells = _cells(rows, (series.step_ms or _HOUR) // 2, utc_offsets(start_ms - _HOUR, end_ms, zone), set(days))
    ticks = day_ticks(first, last, options.locale, options.plot_width)
    words = TEXTS[options.locale]
    values = {"mean": "v", "min": "lo", "max": "hi"}
    said = [f"'{words['day']}': datum.d", f"'{words['hour']}': format(datum.h, '02') + ':00'"]
    said += [f"'{words[word]}': format(datum.{field}, ',.6~r')" for word, field in values.items()]
    skeleton = skeletons(SkeletonKey(theme=options.theme, locale=options.locale, kind="heatmap", interactive=options.interactive))
    spec: dict[str, Any] = fill(
        skeleton,
        {
            "title": series.name if options.title is None else options.title,
            "subtitle": "" if cells else words["no_data"],
            "days": days,
            "tick_values": [day.isoformat() for day, _ in ticks],
            "tick_labels": {day.isoformat(): label for day, label in ticks},
            "x_title": range_label(start_ms, end_ms, zone),
            "unit": series.unit,
            "extent": list(value_range(cell["v"] for cell in cells)),
            "tooltip": "{" + ", ".join(said) + "}",
        },
    )
    if not cells:
        spec["encoding"]["color"]["legend"] = None
    return framed(spec, options, {"cells": cells}, [{"sensor_id": series.sensor_id, "label": series.name, "dataset": "cells"}])


def _cells(rows: Sequence[RollupRow], middle: int, offsets: Sequence[tuple[int, int]], days: set[str]) -> list[dict[str, Any]]:
    since = [ts for ts, _ in offsets]
    merged: dict[int, list[float]] = {}
    for row in rows:
        moment = row["ts"] + middle
        hour = (moment + offsets[max(0, bisect_right(since, moment) - 1)][1]) // _HOUR
        count, mean, low, high = row["count"], drawable(row["mean"]), drawable(row["min"]), drawable(row["max"])
        cell = merged.get(hour)
        if cell is None:
            merged[hour] = [count, mean, low, high]
        else:
            total = cell[0] + count
            cell[1] += (mean - cell[1]) * (count / total)
            cell[0], cell[2], cell[3] = total, min(cell[2], low), max(cell[3], high)
    names: dict[int, str] = {}
    cells: list[dict[str, Any]] = []
    for hour, (total, mean, low, high) in merged.items():
        day = hour // 24
        if day not in names:
            names[day] = date.fromordinal(_EPOCH + day).isoformat()
        if names[day] in days:
            cells.append({"d": names[day], "h": hour % 24, "v": mean, "lo": low, "hi": high, "n": int(total)})
    return cells
