"""/chart: what a sensor shows, posted as it is now; it opens to the live chart."""

import re

from models.accounts import User
from models.devices import Sensor
from models.messages import MAX_CHART_POINTS, ChartSnapshot
from schemas.charts import ChartRange
from services.charting import sensor_charts
from services.commands import Call, Outcome, command
from services.telemetry import sensor_search, sensors
from utils.errors import NotFound
from utils.ids import parse_id

_LISTED = 5
# What looks like a range at the end of the name and is none that there is: "pub 2h".
_NO_RANGE = re.compile(r"\s\d+ ?(m|min|h|hours?|d|days?|w|weeks?|months?|y|years?)$", re.IGNORECASE)


@command("chart", "/chart <sensor> [1h|24h|7d|30d|1y]", en="Post a sensor's chart", zh="发布传感器图表")
def chart(call: Call) -> Outcome:
    name, span = _read(call.argument)
    if not name:
        return call.usage()
    found = _named(name, call.user)
    if not found:
        if _NO_RANGE.search(name):
            return call.usage()
        return call.fail(en=f"You see no sensor called {name}.", zh=f"没有你可以查看的名为 {name} 的传感器。")
    if len(found) > 1:
        keys = ", ".join(f"{sensor.key} ({sensor.id})" for sensor in found[:_LISTED])
        return call.fail(
            en=f"Several sensors are called {name}. Give an id: {keys}", zh=f"有多个名为 {name} 的传感器，请使用编号：{keys}"
        )
    [sensor] = found
    start, end = sensor_charts.window(span, None, None, MAX_CHART_POINTS)
    points = sensor_charts.points(sensor, start, end, MAX_CHART_POINTS)
    snapshot = ChartSnapshot(sensor_id=sensor.id, name=sensor.name, unit=sensor.unit, start_ms=start, end_ms=end, points=points)
    return call.post(_in_words(snapshot, span, chinese=call.user.locale == "zh-CN"), chart=snapshot)


def _read(argument: str) -> tuple[str, ChartRange]:
    """The sensor and the range that are asked for; the sensor's name may hold blanks, and may stand in quotation marks."""
    name, _, last = argument.rpartition(" ")
    for span in sensor_charts.RANGES:
        if last == span and name:
            return name.strip().strip('"'), span
    return argument.strip('"'), sensor_charts.DEFAULT_RANGE


def _named(name: str, user: User) -> list[Sensor]:
    """The sensors that `user` sees and may mean: that of the id, else those of the name or the key."""
    sensor_id = parse_id(name)
    if sensor_id is not None:
        try:
            return [sensors.visible(sensor_id, user)]
        except NotFound:
            return []
    return sensor_search.called(name, user, _LISTED)


def _in_words(chart: ChartSnapshot, span: str, *, chinese: bool) -> str:
    """What the chart says, for whoever cannot see it."""
    if not chart.points:
        return f"{chart.name}（{span}）：没有读数" if chinese else f"{chart.name} ({span}): no readings"
    values = [value for _, value in chart.points]
    low, high, last = (f"{value:.6g} {chart.unit}".strip() for value in (min(values), max(values), values[-1]))
    if chinese:
        return f"{chart.name}（{span}）：{last}，最低 {low}，最高 {high}"
    return f"{chart.name} ({span}): {last}, between {low} and {high}"
