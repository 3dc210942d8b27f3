"""Charts of sensors: which readings a range of time is drawn from, and the pictures made of them."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from pydantic_core import to_json

from models.devices import Sensor
from models.readings import DAY_MS, HOUR_MS, Reading, between
from schemas.charts import ChartKind, ChartRange
from services.charting import chart_annotations
from services.charting.charts import (
    MAX_UNITS,
    NO_ANNOTATIONS,
    ChartOptions,
    InvalidChartOption,
    RollupRow,
    Series,
    distribution_spec,
    heatmap_spec,
    trend_spec,
)
from services.charting.charts.heatmap import MOST_DAYS
from services.charting.charts.series import RawPoint, downsample, is_rolled_up
from services.charting.charts.timeaxis import utc_offsets
from services.charting.drawing import PictureFormat, renderer
from services.platform import current
from services.telemetry import readings, retention
from services.telemetry.rollups import DAY, HOUR, MINUTE, TEN_MINUTES, WIDTHS, Width
from utils import concurrency
from utils.clock import now_ms
from utils.errors import ValidationFailed

RANGES: dict[ChartRange, int] = {"1h": HOUR_MS, "24h": DAY_MS, "7d": 7 * DAY_MS, "30d": 30 * DAY_MS, "1y": 365 * DAY_MS}
DEFAULT_RANGE: ChartRange = "24h"
# A rollup is fine enough with a point for every second pixel: half the pixels cannot be told from all of them in a line.
_PIXELS_PER_POINT = 2
# More raw readings than this are drawn from minutes instead, however short the range.
_MAX_RAW = 20_000
# A distribution of more readings than this is estimated from a rollup of at most that many buckets.
_MAX_SAMPLE = 5_000
_MAX_BUCKETS = 1_500
_CACHE_BYTES = 16_000_000


@dataclass(frozen=True, slots=True)
class Chart:
    """A specification as JSON; tag: changes when it does."""

    spec: bytes
    tag: str


def window(range: ChartRange | None, start: int | None, end: int | None, pixels: int) -> tuple[int, int]:
    """The (start, end) that is asked for, in ms since the epoch.

    A range that ends now ends at a whole pixel after now, so that a chart asked for again within the time of a pixel is the
    same chart. Raises ValidationFailed where `start` is not before `end`, or both `range` and `start` are given.
    """
    if start is not None and range is not None:
        raise ValidationFailed({"range": "Give either a range or a start."})
    span = RANGES[range or DEFAULT_RANGE]
    if end is None:
        if start is not None:
            span = now_ms() - start
        pixel = max(1, span // pixels)
        end = -(-now_ms() // pixel) * pixel
    if start is None:
        start = max(0, end - span)
    if start >= end:
        raise ValidationFailed({"end": "The end has to be after the start."})
    return start, end


def check(kind: ChartKind, sensors: Sequence[Sensor], start: int, end: int) -> None:
    """Raises ValidationFailed where a chart of that kind does not take these sensors or this range; see `chart`."""
    if kind != "trend" and len(sensors) > 1:
        raise ValidationFailed({"kind": "Only a trend shows several sensors."})
    units = len({sensor.unit for sensor in sensors})
    if units > MAX_UNITS:
        raise ValidationFailed({"sensors": f"Sensors of {units} different units do not fit into one chart; {MAX_UNITS} do."})
    if kind == "heatmap" and end - start > MOST_DAYS * DAY_MS:
        raise ValidationFailed({"range": f"A daily profile shows at most {MOST_DAYS} days."})


def chart(kind: ChartKind, sensors: Sequence[Sensor], start: int, end: int, options: ChartOptions) -> Chart:
    """The chart of that kind; only a trend takes several sensors. Raises ValidationFailed, ChartUnavailable."""
    check(kind, sensors, start, end)
    if kind == "trend":
        return trend(sensors, start, end, options)
    draw = heatmap if kind == "heatmap" else distribution
    return draw(sensors[0], start, end, options)


def heatmap(sensor: Sensor, start: int, end: int, options: ChartOptions) -> Chart:
    """The sensor's days, hour by hour. Raises ValidationFailed, ChartUnavailable."""
    check("heatmap", [sensor], start, end)
    width = _hourly(start, end, options.zone)
    rows = readings.rolled_up(width, sensor.number, start, end)
    series = Series(str(sensor.id), sensor.name, sensor.unit, rows, width.ms)
    return _finished(heatmap_spec(series, rows, start, end, options, skeletons=renderer().skeleton))


def distribution(sensor: Sensor, start: int, end: int, options: ChartOptions) -> Chart:
    """How often the sensor measured what. Raises ChartUnavailable."""
    points, width = _sample(sensor, start, end)
    series = Series(str(sensor.id), sensor.name, sensor.unit, points, None if width is None else width.ms)
    rollup = None if width is None else width.name
    return _finished(distribution_spec(series, options, rollup=rollup, skeletons=renderer().skeleton))


def trend(sensors: Sequence[Sensor], start: int, end: int, options: ChartOptions) -> Chart:
    """The trend chart of sensors from `start` to `end`, in ms since the epoch.

    Raises ValidationFailed where they do not fit into one chart, ChartUnavailable.
    """
    check("trend", sensors, start, end)
    series = [_series(sensor, start, end, options.plot_width) for sensor in sensors]
    marked = chart_annotations.of(sensors[0], start, end) if len(sensors) == 1 else NO_ANNOTATIONS
    concurrency.give_way()
    try:
        spec = trend_spec(series, start, end, options, skeletons=renderer().skeleton, annotations=marked)
    except InvalidChartOption as error:
        raise ValidationFailed({error.field: error.reason}) from None
    return _finished(spec)


def points(sensor: Sensor, start: int, end: int, most: int) -> list[tuple[int, float]]:
    """At most `most` (ts, value) that show the sensor's course from `start` to `end`: its readings, or the means of a rollup."""
    found, _ = _points(sensor, start, end, most)
    plain = [(row["ts"], row["mean"]) for row in found] if is_rolled_up(found) else found
    return [(int(ts), float(value)) for ts, value in downsample(plain, most)] if plain else []  # type: ignore[arg-type]


def picture(chart: Chart, format: PictureFormat, *, scale: float = 2.0) -> bytes:
    """The chart drawn; the last ones drawn are kept. Raises ChartUnavailable."""
    key = f"{chart.tag}.{scale}.{format}"
    pictures = current().part(_Pictures)
    drawn = pictures.get(key)
    if drawn is None:
        drawn = renderer().draw(chart.spec, format, scale=scale)
        pictures.put(key, drawn)
    return drawn


def _series(sensor: Sensor, start: int, end: int, pixels: int) -> Series:
    points, width = _points(sensor, start, end, pixels)
    return Series(str(sensor.id), sensor.name, sensor.unit, points, None if width is None else width.ms)


def _points(sensor: Sensor, start: int, end: int, pixels: int) -> tuple[Sequence[RawPoint] | Sequence[RollupRow], Width | None]:
    """Readings from the coarsest rollup that is fine enough, or raw ones where none is.

    Where those are gone, as their retention wants it, the next wider buckets that are left. Where they are no more than pixels
    they are drawn themselves: buckets would show less, and nothing yet of what came a moment ago.
    """
    if not retention.may_be_gone(sensor, start, 0) and Reading.count(between(sensor.number, start, end), pixels + 1) <= pixels:
        return readings.raw(sensor.number, start, end, pixels), None
    found, width = _wanted(sensor.number, start, end, pixels)
    for wider in WIDTHS:
        if found or not retention.may_be_gone(sensor, start, 0 if width is None else width.ms):
            break
        if width is None or wider.ms > width.ms:
            found, width = readings.rolled_up(wider, sensor.number, start, end), wider
    return found, width


def _wanted(number: int, start: int, end: int, pixels: int) -> tuple[Sequence[RawPoint] | Sequence[RollupRow], Width | None]:
    """What a range is drawn from as long as all of it is there."""
    for width in reversed(WIDTHS):
        if (end - start) // width.ms >= pixels // _PIXELS_PER_POINT:
            return readings.rolled_up(width, number, start, end), width
    found: list[tuple[int, float]] = []
    for part in readings.parts(number, start, end):
        found += part
        if len(found) > _MAX_RAW:
            break
    if len(found) > _MAX_RAW and end - start >= 2 * MINUTE.ms:
        return readings.rolled_up(MINUTE, number, start, end), MINUTE
    return found[:_MAX_RAW], None


def _hourly(start: int, end: int, zone: ZoneInfo | None) -> Width:
    """The coarsest rollup of which each bucket lies within one hour of the zone's clock, as far as the range allows it."""
    offsets = [0] if zone is None else [offset for _, offset in utc_offsets(start, end, zone)]
    for width, longest in ((HOUR, MOST_DAYS * DAY_MS), (TEN_MINUTES, 31 * DAY_MS), (MINUTE, 7 * DAY_MS)):
        if end - start <= longest and all(offset % width.ms == 0 for offset in offsets):
            return width
    return TEN_MINUTES if end - start <= 31 * DAY_MS else HOUR


def _sample(sensor: Sensor, start: int, end: int) -> tuple[Sequence[RawPoint] | Sequence[RollupRow], Width | None]:
    """What a distribution is made of: the readings where they are few, else the finest rollup with few enough buckets."""
    width = next((width for width in WIDTHS if (end - start) // width.ms <= _MAX_BUCKETS), DAY)
    rows = readings.rolled_up(width, sensor.number, start, end)
    if sum(row["count"] for row in rows) > _MAX_SAMPLE:
        return rows, width
    found = readings.raw(sensor.number, start, end, 2 * _MAX_SAMPLE)
    if not found and rows and retention.may_be_gone(sensor, start, 0):
        return rows, width
    return found, None


def _finished(spec: Mapping[str, Any]) -> Chart:
    concurrency.give_way()
    body = to_json(spec, inf_nan_mode="null")  # Infinity and NaN are no JSON
    return Chart(body, hashlib.sha256(body).hexdigest()[:32])


class _Pictures:
    """The pictures drawn last, up to a number of bytes."""

    def __init__(self, capacity: int = _CACHE_BYTES) -> None:
        self._capacity = capacity
        self._size = 0
        self._by_key: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        with self._lock:
            if key in self._by_key:
                self._by_key.move_to_end(key)
            return self._by_key.get(key)

    def put(self, key: str, picture: bytes) -> None:
        with self._lock:
            self._size += len(picture) - len(self._by_key.pop(key, b""))
            self._by_key[key] = picture
            while self._size > self._capacity:
                self._size -= len(self._by_key.popitem(last=False)[1])
