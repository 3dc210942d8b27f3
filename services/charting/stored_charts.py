"""Charts that are kept drawn: a sensor's recent past is there before anybody asks for it.

For each sensor with readings in a range there is one picture (SVG, light, English, UTC; any other is drawn when asked for). It is
drawn again once the sensor has new readings, at most as often as PERIODS says; what came late into the past shows within twelve
periods. The last hour changes all the time, so it is kept only while somebody asks for it. The worker draws one after the other,
in the renderer's process of low priority, whoever waits the longest first. One that cannot be drawn waits, and the others go on.
"""

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from models.charts import StoredChart
from models.devices import Sensor
from models.odm import Document, DuplicateKey, OdmError
from models.readings import DAY_MS, HOUR_MS, MINUTE_MS
from schemas.charts import ChartRange, ChartUpdatedEvent
from services.charting import sensor_charts
from services.charting.chart_files import files
from services.charting.charts import ChartOptions
from services.charting.drawing import ChartFailed, ChartNotDrawable, ChartUnavailable, renderer
from services.charting.sensor_charts import RANGES
from services.realtime import realtime, sensor_room
from utils.clock import now, now_ms
from utils.logs import get_logger

log = get_logger(__name__)

FOLDER = "stored"
# How often each is drawn again at most, in ms.
PERIODS: dict[ChartRange, int] = {
    "1h": MINUTE_MS, "24h": 5 * MINUTE_MS, "7d": HOUR_MS, "30d": 6 * HOUR_MS, "1y": DAY_MS,
}  # fmt: skip
ONLY_WHILE_WANTED: frozenset[ChartRange] = frozenset({"1h"})
WANTED_SECONDS = 3600
# Every chart is drawn again this often, so that a file that is older belongs to no chart.
LONGEST_MS = DAY_MS
FILE_SECONDS = 3 * 86_400
# How long one that could not be drawn waits at least, in ms.
FAILED_MS = HOUR_MS
_PATIENCE = 12
_PAGE = 200
_OPTIONS = ChartOptions(interactive=False, time_zone="UTC")


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart as SVG."""

    content: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class _Due:
    """A chart to draw, and how many of its periods it has waited for that."""

    sensor_id: ObjectId
    range: ChartRange
    waited: float


def listing(sensor: Sensor) -> list[StoredChart]:
    """The sensor's charts that are drawn, the shortest range first; from now on the others are wanted too."""
    found = {chart.range: chart for chart in StoredChart.find({"sensor_id": sensor.id})}
    for range in ONLY_WHILE_WANTED:
        _want(sensor.id, range, found.get(range))
    return [found[range] for range in RANGES if range in found and found[range].key is not None]


def picture(sensor: Sensor, range: ChartRange) -> Picture:
    """The sensor's chart as it is kept, or drawn now where none is within reach. Raises ChartUnavailable, ChartNotDrawable."""
    chart = StoredChart.find_one({"sensor_id": sensor.id, "range": range})
    if range in ONLY_WHILE_WANTED:
        _want(sensor.id, range, chart)
    content = None if chart is None or chart.key is None else files().get(chart.key)
    if content is None:
        content = _drawn(sensor, range)[1]
    return Picture(content, _etag(content))


def keep() -> Iterator[None]:
    """Draw what is due and forget what nobody can want any more, one chart at each step."""
    yield from _clear()
    waiting: list[_Due] = []
    for sensors in _pages(Sensor, ("last",)):
        found = StoredChart.find_raw({"sensor_id": {"$in": [row["_id"] for row in sensors]}})
        waiting += _due(sensors, {(row["sensor_id"], row["range"]): row for row in found})
        yield
    for due in sorted(waiting, key=lambda due: -due.waited):
        sensor = Sensor.get(due.sensor_id)
        if sensor is None:
            continue
        try:
            _store_or_put_off(sensor, due.range)
        except ChartUnavailable as error:
            log.warning("charts not kept", reason=error.message)
            return
        yield


def _clear() -> Iterator[None]:
    """Forget the charts of sensors that are gone or silent, and those that nobody wants any more."""
    for charts in _pages(StoredChart, ()):
        wanted = {"_id": {"$in": list({row["sensor_id"] for row in charts})}}
        sensors = {row["_id"]: row for row in Sensor.find_raw(wanted, projection=("last",))}
        for chart in charts:
            if _is_over(sensors.get(chart["sensor_id"]), chart):
                _forget(chart)
        yield


def _pages(document: type[Document], fields: tuple[str, ...]) -> Iterator[list[Any]]:
    """All documents in the order of their ids, some milliseconds' worth at a time."""
    after: dict[str, Any] = {}
    while page := document.find_raw(after, projection=fields, sort=[("_id", 1)], limit=_PAGE):
        yield page
        after = {"_id": {"$gt": page[-1]["_id"]}}


def _due(sensors: Iterable[Mapping[str, Any]], stored: Mapping[tuple[ObjectId, str], Mapping[str, Any]]) -> Iterator[_Due]:
    moment = now_ms()
    for sensor in sensors:
        newest = (sensor.get("last") or {}).get("ts")
        if newest is None:
            continue
        for range, period in PERIODS.items():
            chart = stored.get((sensor["_id"], range), {})
            if newest < moment - RANGES[range] or (range in ONLY_WHILE_WANTED and not _is_wanted(chart)):
                continue
            if _age_ms(chart.get("failed_at"), moment, math.inf) < max(period, FAILED_MS):
                continue
            age = _age_ms(chart.get("updated_at"), moment, LONGEST_MS)
            if age >= (period if newest > chart.get("shown_ms", 0) else min(_PATIENCE * period, LONGEST_MS)):
                yield _Due(sensor["_id"], range, age / period)


def _age_ms(since: datetime | None, moment: int, never: float) -> float:
    return never if since is None else moment - since.timestamp() * 1000


def _store_or_put_off(sensor: Sensor, range: ChartRange) -> None:
    """Draw and keep a chart, or note that it cannot be drawn. Raises ChartUnavailable where that says nothing of this one."""
    try:
        _store(sensor, range)
    except (ChartNotDrawable, ChartFailed) as error:
        log.warning("chart not kept", sensor=str(sensor.id), range=range, reason=error.message)
    except (ChartUnavailable, OdmError, OSError):
        raise
    except Exception:  # whatever is wrong with it, it is to hold up no other
        log.exception("chart not kept", sensor=str(sensor.id), range=range)
    else:
        return
    _upsert(sensor.id, range, {"failed_at": now()})


def _store(sensor: Sensor, range: ChartRange) -> None:
    """Draw a chart, keep it, and tell whoever watches the sensor."""
    shown = 0 if sensor.last is None else sensor.last.ts
    (start, end), content = _drawn(sensor, range)
    key, etag = f"{FOLDER}/{sensor.id}-{range}.svg", _etag(content)
    files().put(key, content)
    what = {
        "format": "svg", "key": key, "etag": etag, "size": len(content), "start_ms": start, "end_ms": end, "shown_ms": shown,
        "updated_at": now(), "failed_at": None,
    }  # fmt: skip
    _upsert(sensor.id, range, what)
    room = sensor_room(sensor.id)
    if realtime().watched_among([room]):
        event: ChartUpdatedEvent = {
            "sensor_id": str(sensor.id), "start": start, "end": end, "range": range, "format": "svg", "etag": etag,
            "url": url_of(sensor.id, range),
        }  # fmt: skip
        realtime().publish(room, "chart_updated", dict(event))


def url_of(sensor_id: ObjectId, range: str) -> str:
    """Where a kept chart is to be had."""
    return f"/api/sensors/{sensor_id}/charts/{range}.svg"


def _drawn(sensor: Sensor, range: ChartRange) -> tuple[tuple[int, int], bytes]:
    start, end = sensor_charts.window(range, None, None, _OPTIONS.plot_width)
    chart = sensor_charts.trend([sensor], start, end, _OPTIONS)
    return (start, end), renderer().draw(chart.spec, "svg", scale=1.0)


def _want(sensor_id: ObjectId, range: ChartRange, chart: StoredChart | None) -> None:
    # Written down once in a while only: a page that shows the chart asks every minute.
    if chart is None or chart.wanted_at is None or now() - chart.wanted_at > timedelta(seconds=WANTED_SECONDS / 4):
        _upsert(sensor_id, range, {"wanted_at": now()})


def _upsert(sensor_id: ObjectId, range: ChartRange, values: Mapping[str, Any]) -> None:
    which = {"sensor_id": sensor_id, "range": range}
    if StoredChart.update_one(which, {"$set": dict(values)}):
        return
    try:
        StoredChart(sensor_id=sensor_id, range=range, **values).insert()
    except DuplicateKey:
        StoredChart.update_one(which, {"$set": dict(values)})


def _is_wanted(chart: Mapping[str, Any]) -> bool:
    wanted_at: datetime | None = chart.get("wanted_at")
    return wanted_at is not None and now() - wanted_at < timedelta(seconds=WANTED_SECONDS)


def _is_over(sensor: Mapping[str, Any] | None, chart: Mapping[str, Any]) -> bool:
    """Whether a chart's sensor is gone, or has been silent for all of the range, or nobody wants it any more."""
    if sensor is None or chart["range"] not in PERIODS:
        return True
    newest = (sensor.get("last") or {}).get("ts", 0)
    tried = chart.get("key") is not None or chart.get("failed_at") is not None
    silent = tried and newest < now_ms() - RANGES[chart["range"]]
    return silent or (chart["range"] in ONLY_WHILE_WANTED and not _is_wanted(chart))


def _forget(chart: Mapping[str, Any]) -> None:
    if chart.get("key") is not None:
        files().delete(chart["key"])
    StoredChart.delete_one({"_id": chart["_id"]})


def _etag(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
