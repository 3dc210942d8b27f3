"""Devices, their sensors and readings, charts and jobs, as the contract has them."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.contract.shapes import DEVICE, JOB, READING, ROLLUP, SENSOR, assert_shape
from tests.contract.stack import DEFAULT_STACK
from tests.support.devices import Pi
from tests.support.eventually import eventually
from tests.support.people import Listener, Person, Refused, unique
from tests.support.server import Api, Server

pytestmark = DEFAULT_STACK
MakePerson = Callable[..., Person]
LONG_AGO = 1_234_567_890_000
HOUR_MS = 3_600_000


@pytest.fixture
def owner(person: MakePerson) -> Person:
    return person()


@pytest.fixture
def pi(owner: Person) -> Iterator[Pi]:
    device = Pi(owner)
    yield device
    device.close()


def now_ms() -> int:
    return int(time.time() * 1000)


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_device_and_its_sensor_of_the_contract(owner: Person) -> None:
    made = owner.api.post("/api/devices", {"name": "Greenhouse 🌱"}, expect=201).json()
    assert sorted(made) == ["device", "token"]
    assert_shape(made["device"], DEVICE)
    path = f"/api/devices/{made['device']['id']}"
    assert made["token"] not in owner.api.call("GET", path, 200).text + owner.api.call("GET", "/api/devices", 200).text
    wanted = {"device_id": made["device"]["id"], "key": "t", "name": "Temperature", "unit": "°C", "kind": "temperature"}
    sensor = owner.api.post("/api/sensors", wanted, expect=201).json()["sensor"]
    assert_shape(sensor, SENSOR)
    assert {name: sensor[name] for name in wanted} == wanted
    assert (sensor["visibility"], sensor["online"], sensor["last"]) == ("public", False, None)
    assert code_of(owner.api.post("/api/sensors", wanted)) == (409, "conflict")
    renamed = owner.api.call("PATCH", f"/api/sensors/{sensor['id']}", 200, json={"name": "Warmth"}).json()["sensor"]
    assert renamed == {**sensor, "name": "Warmth"}
    new = owner.api.post(f"{path}/token", expect=200).json()["token"]
    for token, status in ((made["token"], 401), (new, 200)):
        headers = {"Authorization": f"Bearer {token}"}
        answer = Api(owner.api.url).post(f"/api/sensors/{sensor['id']}/readings", {"readings": [[LONG_AGO, 1]]}, headers=headers)
        assert answer.status_code == status
    owner.api.call("DELETE", f"/api/sensors/{sensor['id']}", 204)
    owner.api.call("DELETE", path, 204)
    assert code_of(owner.api.call("GET", path)) == (404, "not_found")


def test_a_wrong_token_or_none_is_refused_with_the_code(server: Server) -> None:
    for auth in (None, {}, {"token": ""}, {"token": "wrong"}, {"token": 5}, {"token": None}, "token", ["token"]):
        with pytest.raises(Refused, match="authentication_required"):
            Listener(server.url, namespace="/devices", auth=auth)


def test_each_reading_is_taken_counted_or_rejected_by_itself(pi: Pi) -> None:
    ids = pi.announce("t", "h")
    assert pi.announce("t", "h") == ids, "announced again they are the same"
    now = now_ms()
    rows: list[tuple[Any, str | None]] = [
        (["t", now, 1], None), (["t", now - 1, -0.5], None), (["h", now, 1e300], None), (["t", LONG_AGO, 2], None),
        (["t", 1, 3], None),
        (["t", now + 9 * 60_000, 4], None), (["t", now + 11 * 60_000, 4], "future"), (["t", 0, 1], "ts"), (["t", -1, 1], "ts"),
        (["t", 1.5, 1], "ts"), (["t", str(now), 1], "ts"), (["t", None, 1], "ts"), (["t", True, 1], "ts"), (["t", 2**70, 1], "ts"),
        (["t", now + 1, "1"], "value"), (["t", now + 1, None], "value"), (["t", now + 1, True], "value"),
        (["t", now + 1, float("nan")], "value"), (["t", now + 1, float("inf")], "value"), (["nothing", now, 1], "key"),
        ([7, now, 1], "key"), (["t", now], "row"), (["t", now, 1, 1], "row"), ({}, "row"), (None, "row"), ("t", "row"),
    ]  # fmt: skip
    answer = pi.live.ok("readings", {"batch_id": "first", "readings": [row for row, _ in rows]})
    bad = [index for index, (_, problem) in enumerate(rows) if problem is not None]
    assert (answer["accepted"], answer["duplicates"]) == (len(rows) - len(bad), 0)
    assert [rejection["index"] for rejection in answer["rejected"]] == bad
    assert all(isinstance(rejection["code"], str) and rejection["code"] for rejection in answer["rejected"])
    again = pi.live.ok("readings", {"batch_id": "second", "readings": [row for row, _ in rows]})
    assert (again["accepted"], again["duplicates"], again["rejected"]) == (0, len(rows) - len(bad), answer["rejected"])
    items = pi.owner.api.get(f"/api/sensors/{ids['t']}/readings?resolution=raw")["items"]
    for reading in items:
        assert_shape(reading, READING)
    assert [(each["ts"], each["value"]) for each in items] == [
        (1, 3), (LONG_AGO, 2), (now - 1, -0.5), (now, 1), (now + 9 * 60_000, 4),
    ]  # fmt: skip
    assert pi.owner.api.get(f"/api/sensors/{ids['t']}")["sensor"]["last"] == {"ts": now + 9 * 60_000, "value": 4}


def test_a_batch_of_another_form_is_refused_whole(pi: Pi) -> None:
    ids = pi.announce("t")
    for event, payload in (
        ("readings", {"readings": "x"}), ("readings", {}), ("readings", {"readings": [["t", 1, 1]] * 5_001}),
        ("announce", {"sensors": [{"key": f"k{n}", "name": "x", "unit": "", "kind": ""} for n in range(65)]}),
        ("announce", {"sensors": [{"key": "", "name": "x", "unit": "", "kind": ""}]}), ("announce", {}),
    ):  # fmt: skip
        assert pi.live.refused(event, payload) == "validation_failed"
    assert pi.live.ok("readings", {"readings": []})["accepted"] == 0
    path = f"/api/sensors/{ids['t']}/readings"
    headers = {"Authorization": f"Bearer {pi.token}"}
    assert code_of(Api(pi.owner.api.url).post(path, {"readings": [[1, 1]]})) == (401, "authentication_required")
    assert code_of(pi.owner.api.post(path, {"readings": [[1, 1]]})) == (401, "authentication_required"), "a session is no token"
    stored = Api(pi.owner.api.url).post(path, {"readings": [[1, 1], [1, 2], [2, None]]}, headers=headers, expect=200).json()
    assert (stored["accepted"], stored["duplicates"], [each["index"] for each in stored["rejected"]]) == (1, 1, [2])


def test_what_the_worker_rolls_up_is_read_by_minute_hour_and_day(pi: Pi) -> None:
    sensor = pi.announce("t")["t"]
    start = LONG_AGO // (24 * HOUR_MS) * 24 * HOUR_MS
    pi.send(["t", start + 1000, 3], ["t", start, 1], ["t", start + 59_999, 2], ["t", start + HOUR_MS, 10])
    path = f"/api/sensors/{sensor}/readings?start={start}&end={start + 24 * HOUR_MS - 1}&resolution="
    first = {"ts": start, "count": 3, "min": 1, "max": 3, "mean": 2, "first": 1, "last": 2}
    second = {"ts": start + HOUR_MS, "count": 1, "min": 10, "max": 10, "mean": 10, "first": 10, "last": 10}
    for resolution in ("minute", "hour"):
        items = eventually(lambda r=resolution: len(found := pi.owner.api.get(path + r)["items"]) == 2 and found, within=20)  # type: ignore[misc]
        assert items == [first, second]
    [day] = eventually(lambda: pi.owner.api.get(path + "day")["items"], within=20)
    assert_shape(day, ROLLUP)
    assert day == {"ts": start, "count": 4, "min": 1, "max": 10, "mean": 4, "first": 1, "last": 10}
    pages: list[list[float]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = pi.owner.api.get(f"{path}raw&limit=3{cursor and '&cursor=' + cursor}")
        pages.append([each["value"] for each in page["items"]])
        cursor = page["next"]
    assert pages == [[1, 3, 2], [10]]
    csv = pi.owner.api.call("GET", f"/api/sensors/{sensor}/export.csv", 200)
    assert csv.headers["Content-Type"].startswith("text/csv")
    assert len(csv.text.splitlines()) == 5


def test_who_watches_gets_the_sensor_the_readings_since_and_each_new_one(pi: Pi) -> None:
    sensor = pi.announce("t")["t"]
    now = now_ms()
    pi.send(["t", now - 2000, 1], ["t", now - 1000, 2])
    joined = pi.owner.live.ok("join_sensor", {"sensor_id": sensor, "since": now - 2000})
    assert_shape(joined["sensor"], SENSOR)
    assert (joined["readings"], joined["sensor"]["online"]) == ([[now - 1000, 2]], True)
    pi.send(["t", now, 3])
    pushed = pi.owner.live.wait("sensor_reading", lambda p: p["readings"] == [[now, 3]])
    assert pushed["sensor_id"] == sensor
    pi.owner.live.ok("leave_sensor", {"sensor_id": sensor})


def test_a_private_sensor_does_not_exist_for_others(pi: Pi, person: MakePerson) -> None:
    sensor = pi.announce("t")["t"]
    pi.owner.api.call("PATCH", f"/api/sensors/{sensor}", 200, json={"visibility": "private"})
    other, path = person(), f"/api/sensors/{sensor}"
    for method, rest, body in (
        ("GET", "", None), ("PATCH", "", {"name": "x"}), ("DELETE", "", {}), ("GET", "/readings", None), ("GET", "/chart", None),
        ("GET", "/chart.svg", None), ("GET", "/chart.png", None), ("GET", "/chart.html", None), ("GET", "/export.csv", None),
        ("GET", "/alert-rules", None),
    ):  # fmt: skip
        assert code_of(other.api.call(method, path + rest, json=body)) == (404, "not_found"), rest
    assert code_of(other.api.call("GET", f"/api/charts?sensors={sensor}&range=1h")) == (404, "not_found")
    assert code_of(other.api.post("/api/charts", {"sensor_ids": [sensor], "range": "1h", "format": "svg"})) == (404, "not_found")
    assert code_of(other.api.call("GET", f"/api/devices/{pi.id}")) == (404, "not_found")
    assert other.live.refused("join_sensor", {"sensor_id": sensor}) == "not_found"
    assert sensor not in [each["id"] for each in other.api.get("/api/sensors?limit=100")["items"]]
    stranger = Pi(other, unique("Pi "))
    headers = {"Authorization": f"Bearer {stranger.token}"}
    answer = Api(other.api.url).post(f"{path}/readings", {"readings": [[1, 1]]}, headers=headers)
    assert code_of(answer) == (404, "not_found")
    stranger.close()


def test_a_chart_is_vega_lite_with_an_etag_and_a_job_draws_it_for_its_owner_alone(pi: Pi, person: MakePerson) -> None:
    sensor = pi.announce("t")["t"]
    pi.send(["t", now_ms() - 60_000, 1], ["t", now_ms() - 30_000, 2])
    chart = pi.owner.api.call("GET", f"/api/sensors/{sensor}/chart?start={now_ms() - 300_000}&end={now_ms()}", 200)
    assert "vega-lite" in chart.json()["$schema"]
    again = pi.owner.api.call("GET", chart.request.path_url, headers={"If-None-Match": chart.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    for query in ("range=2h", "range=1h&start=1&end=2", "start=2&end=1", "start=x"):
        assert code_of(pi.owner.api.call("GET", f"/api/sensors/{sensor}/chart?{query}")) == (422, "validation_failed")
    job = pi.owner.api.post("/api/charts", {"sensor_ids": [sensor], "range": "24h", "format": "svg"}, expect=202).json()["job"]
    assert_shape(job, JOB)
    assert code_of(person().api.call("GET", f"/api/jobs/{job['id']}")) == (404, "not_found")

    def finished() -> Any:
        shown = pi.owner.api.get(f"/api/jobs/{job['id']}")
        assert_shape(shown, {name: check for name, check in JOB.items() if name != "id"})
        return shown if shown["status"] in ("done", "failed") else None

    done = eventually(finished, within=60)
    assert (done["status"], done["progress"], "error" in done) == ("done", 1, False)
    assert b"<svg" in pi.owner.api.call("GET", done["result"]["url"], 200).content
