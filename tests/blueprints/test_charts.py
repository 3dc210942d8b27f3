"""Charts over HTTP: what they are, when they need not be sent again, and what is refused."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from schemas.charts import ChartRange
from services.charting.drawing import ChartRenderer, ChartUnavailable
from services.charting.sensor_charts import RANGES
from tests.support.platforms import application, having
from tests.support.server import PASSWORD
from utils.clock import now_ms

T0 = 1_760_054_400_000
PNG = b"\x89PNG\r\n\x1a\n"
RANGE = f"start={T0}&end={T0 + 3_600_000}"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An application with one sensor, the renderer's process behind it, and somebody signed in: (client, sensor id, token)."""
    with application(tmp_path_factory.mktemp("charts")) as app:
        yield serve(app)


def serve(app: Flask) -> Any:
    """The sensor and its readings."""
    client = app.test_client()
    client.post("/api/auth/register", json={"username": "alice", "password": PASSWORD})
    made = client.post("/api/devices", json={"name": "Pi"}).get_json()
    token = {"Authorization": f"Bearer {made['token']}"}
    ids = []
    for key, unit in (("t", "°C"), ("h", "%"), ("p", "hPa")):
        body = {"device_id": made["device"]["id"], "key": key, "name": f"<b>{key}</b>", "unit": unit}
        sensor = client.post("/api/sensors", json=body).get_json()["sensor"]
        rows = [[T0 + n * 60_000, 20 + n % 7] for n in range(60)]
        client.post(f"/api/sensors/{sensor['id']}/readings", json={"readings": rows}, headers=token)
        ids.append(sensor["id"])
    return client, ids, token


Served = tuple[FlaskClient, list[str], dict[str, str]]


def test_the_chart_is_vega_lite_with_its_data(served: Served) -> None:
    client, ids, _ = served
    answer = client.get(f"/api/sensors/{ids[0]}/chart?{RANGE}")
    spec = answer.get_json()
    assert answer.headers["Content-Type"] == "application/json"
    assert spec["$schema"].startswith("https://vega.github.io/schema/vega-lite/")
    assert [row["v"] for row in spec["datasets"]["left"]] == [20 + n % 7 for n in range(60)]


@pytest.mark.parametrize(
    ("ending", "content_type", "begins"),
    [("svg", "image/svg+xml", b"<svg"), ("png", "image/png", PNG), ("html", "text/html; charset=utf-8", b"<!DOCTYPE html>")],
)  # fmt: skip
def test_the_chart_is_drawn_in_each_format(served: Served, ending: str, content_type: str, begins: bytes) -> None:
    client, ids, _ = served
    answer = client.get(f"/api/sensors/{ids[0]}/chart.{ending}?{RANGE}&theme=dark&locale=zh-CN&tz=Asia/Shanghai")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith(content_type)
    assert answer.data.lstrip().startswith(begins)
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert b"<b>t</b>" not in answer.data, "a sensor's name is text, not markup"


@pytest.mark.parametrize("kind", ["heatmap", "distribution"])
@pytest.mark.parametrize("ending", ["", ".svg", ".html"])
def test_there_are_other_kinds_of_chart(served: Served, kind: str, ending: str) -> None:
    client, ids, _ = served
    answer = client.get(f"/api/sensors/{ids[0]}/chart{ending}?{RANGE}&kind={kind}&tz=Asia/Kolkata&locale=zh-CN")
    assert answer.status_code == 200
    assert b"<b>t</b>" not in answer.data or not ending
    again = client.get(answer.request.full_path, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    refused = client.get(f"/api/charts?sensors={ids[0]},{ids[1]}&{RANGE}&kind={kind}")
    assert refused.get_json()["error"]["fields"] == {"kind": "Only a trend shows several sensors."}


def test_the_page_runs_its_own_scripts_and_nothing_else(served: Served) -> None:
    client, ids, _ = served
    answer = client.get(f"/api/sensors/{ids[0]}/chart.html?{RANGE}")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'sha256-" in policy
    assert "unsafe-eval" not in policy
    assert not re.search(r'(src|href)="https?:', answer.text)


def test_a_picture_has_the_size_that_was_asked_for(served: Served) -> None:
    client, ids, _ = served
    small = client.get(f"/api/sensors/{ids[0]}/chart.png?{RANGE}&width=200&height=100&scale=1").data
    large = client.get(f"/api/sensors/{ids[0]}/chart.png?{RANGE}&width=200&height=100&scale=2").data
    width, height = (int.from_bytes(small[at : at + 4], "big") for at in (16, 20))
    assert 200 <= width < 320
    assert 100 <= height < 220
    assert int.from_bytes(large[16:20], "big") in range(2 * width - 2, 2 * width + 3)


@pytest.mark.parametrize("path", ["chart", "chart.svg", "chart.png", "chart.html"])
def test_who_has_the_chart_is_not_sent_it_again_until_it_changes(served: Served, path: str) -> None:
    client, ids, token = served
    url = f"/api/sensors/{ids[1]}/{path}?start={T0}&end={T0 + 7_200_000}"
    first = client.get(url)
    tag = {"If-None-Match": first.headers["ETag"]}
    again = client.get(url, headers=tag)
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert first.headers["Cache-Control"] == "private, no-cache"
    fresh = T0 + 3_600_000 + now_ms() % 3_000_000
    client.post(f"/api/sensors/{ids[1]}/readings", json={"readings": [[fresh, 99]]}, headers=token)
    changed = client.get(url, headers=tag)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


def test_several_sensors_of_two_units_share_a_chart(served: Served) -> None:
    client, ids, _ = served
    spec = client.get(f"/api/charts?sensors={ids[0]},{ids[1]}&{RANGE}").get_json()
    assert set(spec["datasets"]) == {"left", "right"}
    assert [each["sensor_id"] for each in spec["usermeta"]["series"]] == ids[:2]


@pytest.mark.parametrize("range_", RANGES)
def test_each_named_range_is_drawn_up_to_now(served: Served, range_: ChartRange) -> None:
    client, ids, _ = served
    spec = client.get(f"/api/sensors/{ids[0]}/chart?range={range_}").get_json()
    shown = {each["name"]: each.get("value") for each in spec["params"]}
    pixel = RANGES[range_] // 760
    assert shown["x_end"] - shown["x_start"] == RANGES[range_]
    assert now_ms() - 10_000 <= shown["x_end"] <= now_ms() + pixel


@pytest.mark.parametrize(
    "query",
    [
        "range=2h", f"range=1h&start={T0}", f"start={T0}&end={T0}", f"start={T0 + 1}&end={T0}", "theme=pink", "locale=xx",
        "tz=Mars/Olympus", "tz=America", "tz=../../etc/passwd", "width=100", "width=5000", "height=1", "width=x", "more=1",
    ],
)  # fmt: skip
def test_a_chart_that_makes_no_sense_is_refused(served: Served, query: str) -> None:
    client, ids, _ = served
    answer = client.get(f"/api/sensors/{ids[0]}/chart?{query}")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "validation_failed")


def test_sensors_that_do_not_fit_or_do_not_exist_are_refused(served: Served) -> None:
    client, ids, _ = served
    nowhere = "0" * 24
    for query, status in (
        (f"sensors={','.join(ids)}", 422), ("sensors=", 422), ("", 422), ("sensors=x", 422), (f"sensors={ids[0]},", 422),
        (f"sensors={','.join([ids[0]] * 7)}", 422), (f"sensors={ids[0]},{nowhere}", 404), (f"sensors={ids[0]},{ids[0]}", 200),
    ):  # fmt: skip
        assert client.get(f"/api/charts?{query}").status_code == status, query


@pytest.mark.parametrize(
    ("more", "field"),
    [({}, "sensor_ids"), ({"kind": "heatmap", "start": 0, "end": T0}, "range"), ({"kind": "heatmap", "tz": "Mars/Base"}, "tz")],
)
def test_a_job_that_could_only_fail_is_refused_at_once_and_says_why(served: Served, more: dict[str, Any], field: str) -> None:
    client, ids, _ = served
    answer = client.post("/api/charts", json={"sensor_ids": ids if field == "sensor_ids" else ids[:1], **more})
    assert answer.status_code == 422
    assert set(answer.get_json()["error"]["fields"]) == {field}


def test_without_a_renderer_a_picture_is_unavailable_and_the_server_lives(served: Served) -> None:
    client, ids, _ = served

    class Gone:
        def __getattr__(self, _name: str) -> Any:
            raise ChartUnavailable()

    with having(ChartRenderer, Gone()):
        answer = client.get(f"/api/sensors/{ids[0]}/chart.png?{RANGE}&width=333")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "unavailable")
    assert client.get(f"/api/sensors/{ids[0]}/chart.png?{RANGE}&width=333").status_code == 200
