"""The trend chart: one or more sensors over time, on one axis for each of up to two units."""

from collections.abc import Mapping, Sequence
from typing import Any, cast
from zoneinfo import ZoneInfo

from services.charting.charts import theme
from services.charting.charts.annotations import NO_ANNOTATIONS, Annotations, Threshold, limit_rows, span_rows
from services.charting.charts.frame import framed
from services.charting.charts.options import ChartError, ChartOptions, InvalidChartOption
from services.charting.charts.series import (
    GAP_FACTOR,
    GAP_MIN_PIXELS,
    RawPoint,
    RollupRow,
    Series,
    downsample,
    expected_spacing,
    gaps,
    is_rolled_up,
    merge_buckets,
)
from services.charting.charts.skeletons import SkeletonKey, Skeletons, fill
from services.charting.charts.timeaxis import axis_ticks, range_label, utc_offsets
from services.charting.charts.tooltip import tooltip
from services.charting.charts.valueaxis import drawable, value_range

MAX_SERIES = len(theme.PALETTES["light"])
_AXES = ("left", "right")
MAX_UNITS = len(_AXES)
_LAST_MS = 253_402_214_400_000  # 9999-12-31: the last day that every zone can write

_Row = dict[str, Any]


class TooManyUnits(ChartError):
    """The sensors have more units than the two axes can show. Attribute: `units`, in the order met."""

    def __init__(self, units: Sequence[str]) -> None:
        super().__init__(f"sensors of {len(units)} different units do not fit into one chart; {MAX_UNITS} do")
        self.units = tuple(units)


class TooManySeries(ChartError):
    """More sensors than there are colours to tell them apart. Attributes: `count`, `limit`."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} sensors do not fit into one chart; {MAX_SERIES} do")
        self.count = count
        self.limit = MAX_SERIES


def trend_spec(
    series_list: Sequence[Series],
    start_ms: int,
    end_ms: int,
    options: ChartOptions,
    *,
    skeletons: Skeletons,
    annotations: Annotations = NO_ANNOTATIONS,
) -> dict[str, Any]:
    """The Vega-Lite specification of these sensors from start_ms to end_ms (Unix time in ms), with its data.

    Rolled-up series are drawn as the mean with a band from minimum to maximum, raw ones as they are. No series has
    more than one point per pixel of width, and its extremes are among them. A silence of over 3 times the
    spacing that is usual around it is a gap in the line.

    The data are the datasets "left" and "right" (the second only with two units), one row {t: ms, s: label, v: value,
    and with a band lo and hi} a point, v null where the line breaks. `usermeta.series` says of each sensor which
    dataset, label and colour it has, so that a live page can add rows to the view; the parameters x_start and x_end are
    the range, in ms, left_low and left_high (right_low, right_high) what the axis of values shows at least.

    skeletons: where the specification without data comes from, see services.charting.charts.skeletons.
    annotations: of the one sensor; with several none is marked.

    Raises TooManySeries, TooManyUnits, InvalidChartOption (range), and what `skeletons` raises.
    """
    if not 0 <= start_ms < end_ms <= _LAST_MS:
        raise InvalidChartOption("range", "must start before it ends, between 1970 and 9999")
    if len(series_list) > MAX_SERIES:
        raise TooManySeries(len(series_list))
    units = list(dict.fromkeys(series.unit for series in series_list))
    if len(units) > MAX_UNITS:
        raise TooManyUnits(units)
    zone = options.zone
    band = any(is_rolled_up(series.points) for series in series_list)
    labels = _labels(series_list, with_unit=len(units) > 1)
    colors = theme.PALETTES[options.theme][: len(series_list)]
    datasets: dict[str, list[_Row]] = {axis: [] for axis in _AXES[: max(1, len(units))]}
    described = []
    for series, label, color in zip(series_list, labels, colors, strict=True):
        axis = _AXES[units.index(series.unit)]
        datasets[axis] += _rows(series, label, start_ms, end_ms, options.plot_width, band)
        described.append({"sensor_id": series.sensor_id, "label": label, "dataset": axis, "color": color})
    marks = _marks(annotations, datasets["left"], start_ms, end_ms) if len(series_list) == 1 else {}
    skeleton = skeletons(
        SkeletonKey(
            theme=options.theme,
            locale=options.locale,
            two_axes=len(units) > 1,
            band=band,
            dots=any("alone" in row for rows in datasets.values() for row in rows),
            legend=len(series_list) > 1,
            zoned=zone is not None,
            interactive=options.interactive,
            marks=bool(marks),
        )
    )
    empty = not any(datasets.values())
    spec: dict[str, Any] = fill(
        skeleton,
        {
            "title": options.title if options.title is not None else _default_title(series_list),
            "subtitle": theme.TEXTS[options.locale]["no_data"] if empty else "",
            "x_start": start_ms,
            "x_end": end_ms,
            "names": labels,
            "colors": list(colors),
            **_axis_values(series_list, units, colors),
            **_value_ranges(datasets, marks),
            "tooltip": tooltip(
                options.locale,
                band=band,
                sensor=len(series_list) > 1,
                offsets=None if zone is None else utc_offsets(start_ms, end_ms, zone),
            ),
            **_time_values(start_ms, end_ms, zone, options),
        },
    )
    return framed(spec, options, {**datasets, **marks}, described)


def _marks(annotations: Annotations, rows: Sequence[_Row], start_ms: int, end_ms: int) -> dict[str, list[_Row]]:
    """The datasets of thresholds and spans, or nothing where there is nothing to mark."""
    spans = span_rows(annotations.spans, start_ms, end_ms)
    shown = [row for row in rows if row["v"] is not None]
    limits: list[_Row] = []
    if shown:
        low: float = min(row["lo" if "lo" in row else "v"] for row in shown)
        high: float = max(row["hi" if "hi" in row else "v"] for row in shown)
        thresholds = [Threshold(drawable(each.value), each.when) for each in annotations.thresholds]
        limits = limit_rows(thresholds, low, high)
    return {"spans": spans, "limits": limits} if spans or limits else {}


def _value_ranges(datasets: Mapping[str, Sequence[_Row]], marks: Mapping[str, Sequence[_Row]]) -> dict[str, float]:
    """What each axis shows at least: its readings with their extremes, and on the left the thresholds."""
    ranges: dict[str, float] = {}
    for axis, rows in datasets.items():
        shown = [*rows, *(marks.get("limits", ()) if axis == "left" else ())]
        values = [row[name] for row in shown for name in ("v", "lo", "hi") if row.get(name) is not None]
        ranges[f"{axis}_low"], ranges[f"{axis}_high"] = value_range(values)
    return ranges


def _default_title(series_list: Sequence[Series]) -> str:
    return series_list[0].name if len(series_list) == 1 else ""


def _labels(series_list: Sequence[Series], *, with_unit: bool) -> list[str]:
    """The name of each series in legend and tooltips: with its unit if they differ, and no two alike."""
    labels: list[str] = []
    for series in series_list:
        name = f"{series.name} ({series.unit})" if with_unit and series.unit else series.name
        label, number = name, 2
        while label in labels:
            label, number = f"{name} · {number}", number + 1
        labels.append(label)
    return labels


def _rows(series: Series, label: str, start_ms: int, end_ms: int, width: int, band: bool) -> list[_Row]:
    points = series.points
    if not points:
        return []
    pixel_ms = (end_ms - start_ms) / width
    rows: list[_Row]
    times: list[float]
    if is_rolled_up(points):
        step = series.step_ms or expected_spacing([row["ts"] for row in points]) or 1
        merged = merge_buckets(points, int(step), width)
        times = [row["ts"] for row in points]
        # Of a sensor that sends every ten minutes most minutes are empty, and none of them is a silence.
        step = max(step, expected_spacing(times))
        rows = [_bucket_row(row, label) for row in merged]
    else:
        raw = cast(Sequence[RawPoint], points)
        times = [point[0] for point in raw]
        step = series.step_ms or expected_spacing(times)
        kept = downsample(raw, max(4, width), start_ms, end_ms)
        rows = [{"t": ts, "s": label, "v": drawable(value)} for ts, value in kept]
        if band:
            for row in rows:
                row["lo"] = row["hi"] = row["v"]
    breaks = gaps(times, max(GAP_FACTOR * step, GAP_MIN_PIXELS * pixel_ms))
    return _with_breaks(rows, [before + 1 for before, _ in breaks], label)


def _bucket_row(row: RollupRow, label: str) -> _Row:
    return {"t": row["ts"], "s": label, "v": drawable(row["mean"]), "lo": drawable(row["min"]), "hi": drawable(row["max"])}


def _with_breaks(rows: list[_Row], breaks: Sequence[float], label: str) -> list[_Row]:
    """The rows with one without a value at each break, and `alone` on those that have a break on either side."""
    if not breaks and len(rows) > 1:
        return rows
    rows = rows + [{"t": ts, "s": label, "v": None, "lo": None, "hi": None} for ts in breaks]
    rows.sort(key=lambda row: row["t"])
    values = [None, *(row["v"] for row in rows), None]
    for row, before, after in zip(rows, values, values[2:], strict=False):
        if before is None and after is None and row["v"] is not None:
            row["alone"] = True
    return rows


def _axis_values(series_list: Sequence[Series], units: Sequence[str], colors: Sequence[str]) -> dict[str, Any]:
    """Each axis' unit, in the colour of its line where it has just one and there is another axis to tell it from."""
    values: dict[str, Any] = {"left_unit": "", "left_title_color": None}
    for axis, unit in zip(_AXES, units, strict=False):
        own = [color for series, color in zip(series_list, colors, strict=True) if series.unit == unit]
        values[f"{axis}_unit"] = unit
        values[f"{axis}_title_color"] = own[0] if len(units) > 1 and len(own) == 1 else None
    return values


def _time_values(start_ms: int, end_ms: int, zone: ZoneInfo | None, options: ChartOptions) -> Mapping[str, Any]:
    if zone is None:
        return {}
    ticks = axis_ticks(start_ms, end_ms, zone, options.locale, options.plot_width)
    return {
        "tick_values": [ts for ts, _ in ticks],
        "tick_labels": {str(ts): label for ts, label in ticks},
        "x_title": range_label(start_ms, end_ms, zone),
    }
