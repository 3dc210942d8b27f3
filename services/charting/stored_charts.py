"""Charts that are kept drawn: what somebody looked at lately is there, as it is now, when they look again.

For each sensor and range that was asked for there is one picture (SVG, light, English, UTC; any other is drawn when asked for). It
is drawn again once the sensor has new readings, at most as often as PERIODS says; what came late into the past shows within twelve
periods. Nobody asked for it for that long, and for an hour: it is kept no more, so that a place that nobody looks at draws nothing.
The worker draws one after the other, in the renderer's process of low priority, whoever waits the longest first. One that cannot be
drawn waits, and the others go on.
"""

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from models.charts import StoredChart
from models.devices import Sensor
from models.odm import DuplicateKey, OdmError
from models.readings import DAY_MS, HOUR_MS, MINUTE_MS
from schemas.charts import ChartRange, ChartUpdatedEvent
from services.charting import sensor_charts
from services.charting.chart_files import files
from services.charting.charts import ChartOptions
from services.charting.drawing import ChartFailed, ChartNotDrawable, ChartUnavailable, renderer
from services.charting.sensor_charts import RANGES
from services.push import push, sensor_room
from utils.clock import from_ms, now, now_ms
from utils.logs import get_logger

log = get_logger(__name__)

FOLDER = "stored"
# How often each is drawn again at most, in ms.
PERIODS: dict[ChartRange, int] = {
    "1h": MINUTE_MS, "24h": 5 * MINUTE_MS, "7d": HOUR_MS, "30d": 6 * HOUR_MS, "1y": DAY_MS,
}  # fmt: skip
# How long a chart is kept drawn after somebody asked for it: so many of its periods, an hour at least. Asked for again it is noted
# once in a while only: a page that shows the chart asks every minute.
_WANTED_PERIODS = 12
_WANTED_MS = HOUR_MS
_NOTED_SECONDS = 900
# Every chart is drawn again this often, so that a file that is older belongs to no chart.
LONGEST_MS = DAY_MS
FILE_SECONDS = 3 * 86_400
# How long one that could not be drawn waits at least, in ms.
FAILED_MS = HOUR_MS
_PATIENCE = 12
_PAGE = 200
# How often one that has nothing new to show is looked at: so many times a period, and every five minutes at least.
_LOOKS_A_PERIOD = 12
_LONGEST_LOOK_MS = 5 * MINUTE_MS
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
    """The sensor's charts that are drawn, the shortest range first; for a while from now on all of them are kept."""
    found = {chart.range: chart for chart in StoredChart.find({"sensor_id": sensor.id})}
    for range in PERIODS:
        _want(sensor.id, range, found.get(range))
    return [found[range] for range in RANGES if range in found and found[range].key is not None]


def picture(sensor: Sensor, range: ChartRange) -> Picture:
    """The sensor's chart as it is kept, or drawn now where none is within reach; for a while from now on it is kept.

    Raises ChartUnavailable, ChartNotDrawable.
    """
    chart = StoredChart.find_one({"sensor_id": sensor.id, "range": range})
    _want(sensor.id, range, chart)
    content = None if chart is None or chart.key is None else files().get(chart.key)
    if content is None:
        content = _drawn(sensor, range)[1]
    return Picture(content, _etag(content))


def wanted_ms(range: ChartRange) -> int:
    """How long a chart is kept drawn after somebody asked for it."""
    return max(_WANTED_PERIODS * PERIODS[range], _WANTED_MS)


def keep() -> Iterator[None]:
    """Draw what is due and forget what nobody wants any more, one chart at each step."""
    waiting: list[_Due] = []
    for which in ({"look_at": None}, {"look_at": {"$lte": now()}}):
        passed_over = 0
        # Those that are due stay where they are until they are drawn; enough of them are as much as one pass does.
        while len(waiting) < _PAGE:
            charts = StoredChart.find_raw(which, sort=[("look_at", 1)], limit=_PAGE, skip=passed_over)
            waiting_too = _look_at(charts)
            waiting += waiting_too
            passed_over += len(waiting_too)
            yield
            if len(charts) < _PAGE:
                break
    for due in sorted(waiting, key=lambda due: -due.waited):
        found = Sensor.get(due.sensor_id)
        if found is None:
            continue
        try:
            _store_or_put_off(found, due.range)
        except ChartUnavailable as error:
            log.warning("charts not kept", reason=error.message)
            return
        yield


def _look_at(charts: Sequence[Mapping[str, Any]]) -> list[_Due]:
    """Those of the charts that are to be drawn. What nobody wants any more is forgotten, the others are put off."""
    moment = now_ms()
    ids = list({chart["sensor_id"] for chart in charts})
    sensors = {row["_id"]: row for row in Sensor.find_raw({"_id": {"$in": ids}}, projection=("last",))} if ids else {}
    due: list[_Due] = []
    later: dict[int, list[ObjectId]] = {}
    for chart in charts:
        sensor = sensors.get(chart["sensor_id"])
        if sensor is None or _is_over(sensor, chart, moment):
            _forget(chart)
        elif (waited := _waited(sensor, chart, moment)) is not None:
            due.append(_Due(chart["sensor_id"], chart["range"], waited))
        else:
            later.setdefault(_next_look(chart, moment), []).append(chart["_id"])
    for ms, some in later.items():  # few, as those of a range go together
        StoredChart.update_many({"_id": {"$in": some}}, {"$set": {"look_at": from_ms(ms)}})
    return due


def _next_look(chart: Mapping[str, Any], moment: int) -> int:
    """When a chart that is not due now may be, in ms: a period after it was drawn; later on in steps, as many a period as
    what is new shall show within. Rounded up to a step, so that many are put off together."""
    period = PERIODS[chart["range"]]
    step = min(period // _LOOKS_A_PERIOD, _LONGEST_LOOK_MS)
    drawn = chart.get("updated_at")
    fresh_until = 0 if drawn is None else int(drawn.timestamp() * 1000) + period
    return -(-max(fresh_until, moment + 1) // step) * step


def _waited(sensor: Mapping[str, Any], chart: Mapping[str, Any], moment: int) -> float | None:
    """How many of its periods the chart has waited to be drawn; None where there is no need."""
    newest, range = (sensor.get("last") or {}).get("ts"), chart["range"]
    if newest is None or newest < moment - RANGES[range]:
        return None
    period = PERIODS[range]
    if _age_ms(chart.get("failed_at"), moment, math.inf) < max(period, FAILED_MS):
        return None
    age = _age_ms(chart.get("updated_at"), moment, LONGEST_MS)
    due = period if newest > chart.get("shown_ms", 0) else min(_PATIENCE * period, LONGEST_MS)
    return age / period if age >= due else None


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
    _upsert(sensor.id, range, {"failed_at": now(), "look_at": from_ms(now_ms() + max(PERIODS[range], FAILED_MS))})


def _store(sensor: Sensor, range: ChartRange) -> None:
    """Draw a chart, keep it, and tell whoever watches the sensor."""
    shown = 0 if sensor.last is None else sensor.last.ts
    (start, end), content = _drawn(sensor, range)
    key, etag = f"{FOLDER}/{sensor.id}-{range}.svg", _etag(content)
    files().put(key, content)
    what = {
        "format": "svg", "key": key, "etag": etag, "size": len(content), "start_ms": start, "end_ms": end, "shown_ms": shown,
        "updated_at": now(), "failed_at": None, "look_at": from_ms(now_ms() + PERIODS[range]),
    }  # fmt: skip
    _upsert(sensor.id, range, what)
    room = sensor_room(sensor.id)
    if push().watched_among([room]):
        event: ChartUpdatedEvent = {
            "sensor_id": str(sensor.id), "start": start, "end": end, "range": range, "format": "svg", "etag": etag,
            "url": url_of(sensor.id, range),
        }  # fmt: skip
        push().publish(room, "chart_updated", dict(event))


def url_of(sensor_id: ObjectId, range: str) -> str:
    """Where a kept chart is to be had."""
    return f"/api/sensors/{sensor_id}/charts/{range}.svg"


def _drawn(sensor: Sensor, range: ChartRange) -> tuple[tuple[int, int], bytes]:
    start, end = sensor_charts.window(range, None, None, _OPTIONS.plot_width)
    chart = sensor_charts.trend([sensor], start, end, _OPTIONS)
    return (start, end), renderer().draw(chart.spec, "svg", scale=1.0)


def _want(sensor_id: ObjectId, range: ChartRange, chart: StoredChart | None) -> None:
    if chart is None or chart.wanted_at is None or now() - chart.wanted_at > timedelta(seconds=_NOTED_SECONDS):
        _upsert(sensor_id, range, {"wanted_at": now()})


def _upsert(sensor_id: ObjectId, range: ChartRange, values: Mapping[str, Any]) -> None:
    which = {"sensor_id": sensor_id, "range": range}
    if StoredChart.update_one(which, {"$set": dict(values)}):
        return
    try:
        StoredChart(sensor_id=sensor_id, range=range, **values).insert()
    except DuplicateKey:
        StoredChart.update_one(which, {"$set": dict(values)})


def _is_over(sensor: Mapping[str, Any], chart: Mapping[str, Any], moment: int) -> bool:
    """Whether nobody wants a chart any more, or its sensor has been silent for all of the range."""
    if chart["range"] not in PERIODS or _age_ms(chart.get("wanted_at"), moment, math.inf) > wanted_ms(chart["range"]):
        return True
    tried = chart.get("key") is not None or chart.get("failed_at") is not None
    newest: int = (sensor.get("last") or {}).get("ts", 0)
    return tried and newest < moment - RANGES[chart["range"]]


def _forget(chart: Mapping[str, Any]) -> None:
    if chart.get("key") is not None:
        files().delete(chart["key"])
    StoredChart.delete_one({"_id": chart["_id"]})


def _etag(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
