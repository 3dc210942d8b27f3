"""What a chart is drawn from, and when it is the same chart as before."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bson import ObjectId

from models.accounts import User
from models.alerts import Alert, AlertRule
from models.devices import Device, Sensor
from models.odm import Database
from schemas.sensors import AnnouncedSensor
from services.charting import sensor_charts
from services.charting.charts import ChartOptions, SkeletonKey, build_skeleton
from services.charting.drawing import ChartRenderer, PictureFormat
from services.platform import current
from services.telemetry import sensors
from services.telemetry.aggregation import Aggregator
from services.telemetry.ingest import Source, ingest
from utils.clock import from_ms, now_ms
from utils.errors import ValidationFailed

Announce = Callable[..., dict[str, Sensor]]
T0 = 1_760_054_400_000
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@pytest.fixture
def engine() -> str:
    """Charts take readings as test_readings shows them to come from either engine."""
    return "sqlite"


class InThisProcess:
    """Real skeletons, made here rather than in the renderer's process; pictures that say what was drawn."""

    def __init__(self) -> None:
        self.drawn = 0

    def skeleton(self, key: SkeletonKey) -> Mapping[str, Any]:
        return build_skeleton(key)

    def draw(self, spec: bytes, format: PictureFormat, *, scale: float) -> bytes:
        self.drawn += 1
        return f"{format} {scale} {len(spec)}".encode()

    def page_policy(self) -> str:
        return ""


@pytest.fixture(autouse=True)
def renderer(db: Database) -> InThisProcess:
    made = InThisProcess()
    current().provide(ChartRenderer, made)
    return made


def points(chart: sensor_charts.Chart) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(chart.spec)["datasets"]["left"]
    return [row for row in rows if row["v"] is not None]


@pytest.fixture
def sensor(announce: Announce, source: Source) -> Sensor:
    """One with a reading a minute for three days, and a spike that only one reading has."""
    found = announce("t")["t"]
    rows = [["t", T0 + n * MINUTE, float(n % 60)] for n in range(3 * 1440)]
    rows[2000][2] = 999.0
    ingest(source, rows)
    aggregator = Aggregator()
    for _ in range(5):
        for _slice in aggregator.work(1):
            pass
    return found


@pytest.mark.parametrize(
    ("span", "width", "step"),
    [(HOUR, 760, None), (3 * HOUR, 760, None), (14 * HOUR, 760, MINUTE), (DAY, 760, MINUTE), (3 * DAY, 760, 10 * MINUTE),
     (3 * DAY, 140, HOUR), (7 * DAY, 300, HOUR), (365 * DAY, 760, 6 * HOUR), (400 * DAY, 760, DAY)],
)  # fmt: skip
def test_a_chart_takes_the_coarsest_rollup_that_is_fine_enough(sensor: Sensor, span: int, width: int, step: int | None) -> None:
    chart = sensor_charts.trend([sensor], T0, T0 + span, ChartOptions(width=width))
    rows = points(chart)
    assert 0 < len(rows) <= width
    assert ("lo" in rows[0]) == (step is not None)
    if step is not None:
        assert all(row["t"] % step == 0 for row in rows)


@pytest.mark.parametrize("span", [2 * DAY, 3 * DAY, 30 * DAY, 365 * DAY])
def test_a_spike_of_one_reading_shows_at_every_range(sensor: Sensor, span: int) -> None:
    rows = points(sensor_charts.trend([sensor], T0, T0 + span, ChartOptions()))
    assert max(row.get("hi", row["v"]) for row in rows) == 999.0


@pytest.mark.parametrize("span", [HOUR, DAY, 30 * DAY, 365 * DAY])
def test_the_first_readings_show_at_every_range_before_the_worker_has_come_to_them(
    announce: Announce, source: Source, span: int
) -> None:
    sensor = announce("t")["t"]
    ingest(source, [["t", T0 + n * MINUTE, float(n)] for n in range(5)])
    rows = points(sensor_charts.trend([sensor], T0, T0 + span, ChartOptions()))
    assert (rows[0]["v"], rows[-1]["v"]) == (0.0, 4.0)


def test_very_dense_readings_are_drawn_from_minutes(announce: Announce, source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sensor_charts, "_MAX_RAW", 800)
    sensor = announce("t")["t"]
    ingest(source, [["t", T0 + n * 1000, float(n)] for n in range(1000)])
    for _ in Aggregator().work(1):
        pass
    rows = points(sensor_charts.trend([sensor], T0, T0 + HOUR, ChartOptions()))
    assert [row["t"] for row in rows] == [T0 + n * MINUTE for n in range(17)]


def test_the_same_data_is_the_same_chart_and_new_data_another(sensor: Sensor, source: Source) -> None:
    def tag() -> str:
        return sensor_charts.trend([sensor], T0, T0 + HOUR, ChartOptions()).tag

    before = tag()
    assert tag() == before
    assert sensor_charts.trend([sensor], T0, T0 + HOUR, ChartOptions(theme="dark")).tag != before
    ingest(source, [["t", T0 + 30_500, 5.0]])
    assert tag() != before


def test_a_picture_is_drawn_once(sensor: Sensor, renderer: InThisProcess) -> None:
    chart = sensor_charts.trend([sensor], T0, T0 + HOUR, ChartOptions())
    assert sensor_charts.picture(chart, "png") == sensor_charts.picture(chart, "png")
    sensor_charts.picture(chart, "svg")
    sensor_charts.picture(chart, "png", scale=1.0)
    assert renderer.drawn == 3


def test_the_range_that_ends_now_moves_by_whole_pixels() -> None:
    start, end = sensor_charts.window("24h", None, None, 1000)
    pixel = DAY // 1000
    assert end % pixel == 0
    assert end - start == DAY
    assert 0 <= end - now_ms() <= pixel
    assert sensor_charts.window(None, None, None, 1000)[1] - sensor_charts.window(None, None, None, 1000)[0] == DAY


def test_a_range_can_be_given_by_its_ends() -> None:
    assert sensor_charts.window(None, T0, T0 + 5, 100) == (T0, T0 + 5)
    assert sensor_charts.window("1h", None, T0, 100) == (T0 - HOUR, T0)
    start, end = sensor_charts.window(None, T0, None, 100)
    assert (start, end >= now_ms()) == (T0, True)


@pytest.mark.parametrize(("start", "end"), [(T0, T0), (T0 + 1, T0), (MAX := (1 << 42) - 1, None)])
def test_a_range_that_does_not_end_after_its_start_is_refused(start: int, end: int | None) -> None:
    with pytest.raises(ValidationFailed):
        sensor_charts.window(None, start, end, 100)


def test_a_range_and_a_start_contradict_each_other() -> None:
    with pytest.raises(ValidationFailed):
        sensor_charts.window("1h", T0, None, 100)


def test_three_units_do_not_fit_into_one_chart(alice: User, device: Device) -> None:
    sensors.announce(device, [AnnouncedSensor(key=unit, name=unit, unit=unit) for unit in ("°C", "%", "lx")])
    found = Sensor.find({"device_id": device.id})
    two = json.loads(sensor_charts.trend(found[:2], T0, T0 + HOUR, ChartOptions()).spec)
    assert set(two["datasets"]) == {"left", "right"}
    with pytest.raises(ValidationFailed):
        sensor_charts.trend(found, T0, T0 + HOUR, ChartOptions())


def cells(chart: sensor_charts.Chart) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(chart.spec)["datasets"]["cells"]
    return found


@pytest.mark.parametrize("tz", ["UTC", "Asia/Shanghai", "Asia/Kolkata", "Asia/Kathmandu"])
def test_a_daily_profile_is_exact_in_zones_that_are_not_whole_hours_off_too(sensor: Sensor, tz: str) -> None:
    found = cells(sensor_charts.heatmap(sensor, T0, T0 + 3 * DAY, ChartOptions(time_zone=tz)))
    assert sum(cell["n"] for cell in found) == 3 * 1440
    for cell in found:
        midnight = datetime.fromisoformat(cell["d"]).replace(tzinfo=ZoneInfo(tz))
        begins = (midnight + timedelta(hours=cell["h"])).timestamp() * 1000
        values = [999.0 if n == 2000 else float(n % 60) for n in range(3 * 1440) if begins <= T0 + n * MINUTE < begins + HOUR]
        assert (cell["n"], cell["lo"], cell["hi"]) == (len(values), min(values), max(values))
        assert cell["v"] == pytest.approx(sum(values) / len(values))


def test_a_distribution_is_of_readings_where_they_are_few_and_estimated_where_they_are_many(sensor: Sensor, source: Source) -> None:
    few = json.loads(sensor_charts.distribution(sensor, T0, T0 + 3 * DAY, ChartOptions()).spec)
    assert "4,320 readings" in few["layer"][0]["encoding"]["x"]["title"]
    ingest(source, [["t", T0 + 4 * DAY + n * 1000, 20.0] for n in range(5000)])
    for _slice in Aggregator().work(1):
        pass
    many = json.loads(sensor_charts.distribution(sensor, T0, T0 + 5 * DAY, ChartOptions()).spec)
    assert "9,320 readings, estimated" in many["layer"][0]["encoding"]["x"]["title"]


def test_the_rules_and_alerts_of_a_sensor_are_marked_on_its_chart(sensor: Sensor, alice: User) -> None:
    about: dict[str, Any] = {"sensor_id": sensor.id, "number": sensor.number, "room_id": ObjectId(), "created_by": alice.id}
    for threshold, enabled in ((70.0, True), (65.0, False)):
        AlertRule(**about, when="above", threshold=threshold, enabled=enabled).insert()
    times = {"started_at": from_ms(T0), "fired_at": from_ms(T0 + HOUR), "resolved_at": from_ms(T0 + 2 * HOUR)}
    Alert(
        **about, **times, rule_id=ObjectId(), device_id=sensor.device_id, sensor_name="t", when="above", incident_version=1
    ).insert()
    spec = json.loads(sensor_charts.trend([sensor], T0, T0 + DAY, ChartOptions()).spec)
    assert spec["datasets"]["limits"] == [{"v": 70.0, "l": "> 70"}]
    assert spec["datasets"]["spans"] == [{"t": T0 + HOUR, "t2": T0 + 2 * HOUR}]
