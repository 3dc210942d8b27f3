"""Charts that are kept drawn: those that somebody looked at lately, as fresh as promised, and gone with their sensor."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from models.charts import StoredChart
from models.devices import Sensor
from models.odm import Database
from services.charting import stored_charts
from services.charting.chart_files import ChartFiles, ChartFolder
from services.charting.drawing import ChartFailed, ChartNotDrawable, ChartUnavailable, PictureFormat
from services.platform import current
from services.telemetry import sensors
from services.telemetry.aggregation import Aggregator
from services.telemetry.ingest import Source, ingest
from tests.services.charting.test_sensor_charts import InThisProcess
from tests.services.charting.test_sensor_charts import renderer as renderer  # the renderer of its charts is ours too
from tests.support.realtime import Recorder
from utils.clock import now, now_ms

Announce = Callable[..., dict[str, Sensor]]
MINUTE, DAY = 60_000, 86_400_000


@pytest.fixture(autouse=True)
def folder(db: Database, tmp_path: Path) -> Path:
    return tmp_path / "charts"


@pytest.fixture
def sensor(announce: Announce, source: Source) -> Sensor:
    """One that measures since ten minutes ago."""
    found = announce("t")["t"]
    measure(source, found, range(10, 0, -1))
    return found


@pytest.fixture
def looked_at(sensor: Sensor) -> Sensor:
    """The same, and somebody has just looked at its charts."""
    stored_charts.listing(sensor)
    return sensor


def measure(source: Source, sensor: Sensor, minutes_ago: range) -> None:
    ingest(source, [[sensor.key, now_ms() - n * MINUTE, float(n)] for n in minutes_ago])
    for _slice in Aggregator().work(1):
        pass


def keep() -> None:
    """One pass, at which every chart is looked at: what a test has changed behind its back too."""
    StoredChart.update_many({}, {"$set": {"look_at": None}})
    for _step in stored_charts.keep():
        pass


def kept() -> dict[str, StoredChart]:
    return {chart.range: chart for chart in StoredChart.find({}) if chart.key is not None}


def age(range: str, seconds: float) -> None:
    StoredChart.update_one({"range": range}, {"$set": {"updated_at": now() - timedelta(seconds=seconds)}})


def test_what_nobody_looks_at_is_not_drawn(sensor: Sensor, renderer: InThisProcess) -> None:
    keep()
    assert (renderer.drawn, StoredChart.find({})) == (0, [])


def test_the_charts_of_a_sensor_that_somebody_looked_at_are_there_the_next_time(
    looked_at: Sensor, told: Recorder, folder: Path, renderer: InThisProcess
) -> None:
    keep()
    assert set(kept()) == {"1h", "24h", "7d", "30d", "1y"}
    chart = kept()["24h"]
    assert len(list((folder / "stored").iterdir())) == 5
    picture = stored_charts.picture(looked_at, "24h")
    assert (picture.etag, len(picture.content), renderer.drawn) == (chart.etag, chart.size, 5)
    assert [chart.range for chart in stored_charts.listing(looked_at)] == ["1h", "24h", "7d", "30d", "1y"]
    [told_of] = [event for event in told.payloads("chart_updated") if event.get("range") == "24h"]
    assert told_of["url"] == f"/api/sensors/{looked_at.id}/charts/24h.svg"
    assert (told_of["etag"], told_of["end"] - told_of["start"]) == (chart.etag, DAY)


def test_whoever_looks_at_one_chart_has_that_one_kept(sensor: Sensor) -> None:
    assert stored_charts.picture(sensor, "7d").content.startswith(b"svg"), "drawn while they wait"
    keep()
    assert set(kept()) == {"7d"}


@pytest.mark.parametrize(("range", "hours"), [("1h", 1), ("24h", 1), ("7d", 12), ("30d", 72), ("1y", 288)])
def test_a_chart_is_kept_for_twelve_of_its_periods_after_somebody_looked(looked_at: Sensor, range: str, hours: int) -> None:
    keep()
    for age_minutes, is_kept in ((hours * 60 - 1, True), (hours * 60 + 1, False)):
        StoredChart.update_one({"range": range}, {"$set": {"wanted_at": now() - timedelta(minutes=age_minutes)}})
        keep()
        assert (range in kept()) is is_kept
    assert len(kept()) == 4


def test_that_somebody_looks_is_written_down_once_in_a_while_and_not_each_time(
    looked_at: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[object] = []
    update = StoredChart.update_one
    monkeypatch.setattr(StoredChart, "update_one", lambda *given: writes.append(given) or update(*given))
    for _ in range(3):
        stored_charts.listing(looked_at)
        stored_charts.picture(looked_at, "24h")
    assert writes == []
    StoredChart.update_one({"range": "24h"}, {"$set": {"wanted_at": now() - timedelta(minutes=16)}})
    writes.clear()
    for _ in range(3):
        stored_charts.listing(looked_at)
    assert len(writes) == 1


def test_a_worker_and_a_server_that_share_a_folder_share_their_charts(
    looked_at: Sensor, folder: Path, renderer: InThisProcess
) -> None:
    keep()  # the worker
    drawn = renderer.drawn
    current().provide(ChartFiles, ChartFolder(folder.parent))  # the server, with the same folder
    stored_charts.picture(looked_at, "24h")
    assert renderer.drawn == drawn


def test_a_chart_is_drawn_again_for_new_readings_and_not_more_often_than_promised(
    looked_at: Sensor, source: Source, renderer: InThisProcess
) -> None:
    keep()
    before = renderer.drawn
    keep()
    age("24h", 301)
    keep()
    assert renderer.drawn == before, "nothing new was measured"
    measure(source, looked_at, range(0, 1))
    age("24h", 200)
    keep()
    assert renderer.drawn == before, "it was drawn less than five minutes ago"
    age("24h", 301)
    keep()
    assert renderer.drawn == before + 1


def test_what_came_late_shows_within_twelve_periods(looked_at: Sensor, renderer: InThisProcess) -> None:
    keep()
    before = renderer.drawn
    age("24h", 12 * 300 + 1)
    keep()
    assert renderer.drawn == before + 1


def test_a_deleted_sensors_charts_go_with_it(looked_at: Sensor, folder: Path) -> None:
    keep()
    sensors.delete(looked_at)
    keep()
    assert StoredChart.find({}) == []
    assert list((folder / "stored").iterdir()) == []


def test_a_range_in_which_nothing_was_measured_is_not_kept(looked_at: Sensor) -> None:
    keep()
    Sensor.update_one({"_id": looked_at.id}, {"$set": {"last": {"ts": now_ms() - 2 * DAY, "value": 1.0}}})
    keep()
    assert set(kept()) == {"7d", "30d", "1y"}, "the last reading is two days old"


def test_a_chart_whose_file_is_out_of_reach_is_drawn_when_asked_for(looked_at: Sensor, folder: Path) -> None:
    keep()
    for path in (folder / "stored").iterdir():
        path.unlink()
    assert stored_charts.picture(looked_at, "24h").content.startswith(b"svg")


@pytest.mark.parametrize("error", [ChartNotDrawable, ChartFailed, ZeroDivisionError])
def test_a_chart_that_cannot_be_drawn_holds_up_no_other_and_is_not_tried_all_the_time(
    announce: Announce, source: Source, renderer: InThisProcess, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    broken, sound = announce("broken", "sound").values()
    tried: list[str] = []

    def draw(spec: bytes, format: PictureFormat, *, scale: float) -> bytes:
        tried.append(json.loads(spec)["title"]["text"])
        if tried[-1] == "broken":
            raise error
        return b"svg"

    monkeypatch.setattr(renderer, "draw", draw)
    for sensor in (broken, sound):
        measure(source, sensor, range(10, 0, -1))
        stored_charts.listing(sensor)
    for _pass in range(3):
        keep()
    assert sorted(tried) == ["broken"] * 5 + ["sound"] * 5, "each range once"
    assert {chart.sensor_id for chart in kept().values()} == {sound.id}
    StoredChart.update_one({"sensor_id": broken.id, "range": "24h"}, {"$set": {"failed_at": now() - timedelta(hours=1)}})
    keep()
    assert tried.count("broken") == 6, "it is tried again later"
    monkeypatch.undo()
    StoredChart.update_one({"sensor_id": broken.id, "range": "24h"}, {"$set": {"failed_at": now() - timedelta(hours=1)}})
    keep()
    [chart] = StoredChart.find({"sensor_id": broken.id, "range": "24h"})
    assert (chart.failed_at, chart.key is None) == (None, False)


def test_a_busy_renderer_is_left_alone_until_the_next_pass(
    looked_at: Sensor, renderer: InThisProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[bytes] = []

    def busy(spec: bytes, format: PictureFormat, *, scale: float) -> bytes:
        tried.append(spec)
        raise ChartUnavailable()

    monkeypatch.setattr(renderer, "draw", busy)
    keep()
    assert len(tried) == 1
    monkeypatch.undo()
    keep()
    assert set(kept()) == {"1h", "24h", "7d", "30d", "1y"}


def test_a_folder_of_charts_holds_whole_files_only_and_forgets_old_ones(tmp_path: Path) -> None:
    files = ChartFolder(tmp_path)
    files.put("jobs/a.svg", b"first")
    files.put("jobs/a.svg", b"second")
    assert files.get("jobs/a.svg") == b"second"
    assert [path.name for path in (tmp_path / "charts" / "jobs").iterdir()] == ["a.svg"]
    files.delete_older("jobs", 3600)
    assert files.get("jobs/a.svg") == b"second"
    files.delete_older("jobs", -1)
    assert files.get("jobs/a.svg") is None
    files.delete("jobs/a.svg")
