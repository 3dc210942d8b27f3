"""Devices, sensors and their readings over HTTP."""

import math
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from services.telemetry.aggregation import Aggregator
from tests.support.server import PASSWORD
from utils.clock import now_ms

T0 = 1_760_054_400_000
NOWHERE = "0" * 24
HEX = re.compile(r"^[0-9a-f]{24}$")
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")


def member(app: Flask, name: str) -> FlaskClient:
    client = app.test_client()
    assert client.post("/api/auth/register", json={"username": name, "password": PASSWORD}).status_code == 201
    return client


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    return member(app, "root")


@pytest.fixture
def alice(app: Flask, admin: FlaskClient) -> FlaskClient:
    return member(app, "alice")


@pytest.fixture
def bob(app: Flask, admin: FlaskClient) -> FlaskClient:
    return member(app, "bob")


def new_device(client: FlaskClient, name: str = "Greenhouse") -> tuple[dict[str, Any], dict[str, str]]:
    """A device and the header that its token goes into."""
    answer = client.post("/api/devices", json={"name": name})
    assert answer.status_code == 201, answer.get_json()
    made = answer.get_json()
    return made["device"], {"Authorization": f"Bearer {made['token']}"}


def new_sensor(client: FlaskClient, device_id: str, key: str = "t", **more: Any) -> dict[str, Any]:
    body = {"device_id": device_id, "key": key, "name": "Temperature", "unit": "°C", "kind": "temperature", **more}
    answer = client.post("/api/sensors", json=body)
    assert answer.status_code == 201, answer.get_json()
    sensor: dict[str, Any] = answer.get_json()["sensor"]
    return sensor


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def test_a_device_is_shown_with_its_token_once(alice: FlaskClient) -> None:
    answer = alice.post("/api/devices", json={"name": "  Green  house "}).get_json()
    device, token = answer["device"], answer["token"]
    assert device["name"] == "Green house"
    assert HEX.match(device["id"])
    assert TIME.match(device["created_at"])
    assert (device["online"], device["last_seen"], device["agent"], device["sensor_count"]) == (False, None, False, 0)
    assert len(token) >= 43
    shown = alice.get(f"/api/devices/{device['id']}").get_json()
    assert shown == {"device": device}
    assert token not in str(alice.get("/api/devices").get_json())


def test_a_device_is_renamed_rotated_and_removed_by_its_owner_and_admins_only(
    alice: FlaskClient, bob: FlaskClient, admin: FlaskClient
) -> None:
    device, _ = new_device(alice)
    path = f"/api/devices/{device['id']}"
    for answer in (
        bob.get(path), bob.patch(path, json={"name": "Mine"}), bob.post(f"{path}/token"), bob.delete(path),
        bob.post("/api/sensors", json={"device_id": device["id"], "key": "x", "name": "X"}),
    ):  # fmt: skip
        assert code(answer) == (404, "not_found")
    assert bob.get("/api/devices").get_json()["items"] == []
    assert alice.patch(path, json={"name": "Shed"}).get_json()["device"]["name"] == "Shed"
    assert admin.get("/api/devices").get_json()["items"][0]["name"] == "Shed"
    assert admin.post(f"{path}/token").get_json()["device"]["id"] == device["id"]
    assert alice.delete(path).status_code == 204
    assert code(alice.get(path)) == (404, "not_found")


def test_a_rotated_token_replaces_the_old_one(alice: FlaskClient) -> None:
    device, old = new_device(alice)
    sensor = new_sensor(alice, device["id"])
    path = f"/api/sensors/{sensor['id']}/readings"
    rotated = alice.post(f"/api/devices/{device['id']}/token").get_json()["token"]
    new = {"Authorization": f"Bearer {rotated}"}
    assert code(alice.post(path, json={"readings": [[T0, 1]]}, headers=old)) == (401, "authentication_required")
    assert alice.post(path, json={"readings": [[T0, 1]]}, headers=new).get_json()["accepted"] == 1
    alice.delete(f"/api/devices/{device['id']}")
    assert code(alice.post(path, json={"readings": [[T0, 2]]}, headers=new)) == (401, "authentication_required")


def test_a_sensor_of_the_contract(alice: FlaskClient, bob: FlaskClient) -> None:
    device, token = new_device(alice)
    sensor = new_sensor(alice, device["id"], key="cpu", visibility="public")
    assert set(sensor) == {
        "id", "device_id", "key", "name", "unit", "kind", "visibility", "labels", "location", "device_location", "online", "last",
        "retention", "retention_own", "retention_default", "created_at",
    }  # fmt: skip
    assert (sensor["device_id"], sensor["last"], sensor["online"]) == (device["id"], None, False)
    path = f"/api/sensors/{sensor['id']}"
    alice.post(f"{path}/readings", json={"readings": [[T0, 20.5]]}, headers=token)
    assert bob.get(path).get_json()["sensor"]["last"] == {"ts": T0, "value": 20.5}
    assert [each["id"] for each in bob.get("/api/sensors").get_json()["items"]] == [sensor["id"]]
    assert code(bob.patch(path, json={"name": "Mine"})) == (403, "forbidden")
    assert code(bob.delete(path)) == (403, "forbidden")
    changed = alice.patch(path, json={"name": "Core", "unit": "K", "visibility": "private"}).get_json()["sensor"]
    assert (changed["name"], changed["unit"], changed["kind"], changed["visibility"]) == ("Core", "K", "temperature", "private")
    for hidden in ("", "/readings", "/chart", "/export.csv"):
        assert code(bob.get(path + hidden)) == (404, "not_found")
    assert bob.get("/api/sensors").get_json()["items"] == []
    assert alice.delete(path).status_code == 204
    assert code(alice.get(path)) == (404, "not_found")


def test_a_key_is_taken_once_and_a_device_has_64_places(alice: FlaskClient) -> None:
    device, _ = new_device(alice)
    for n in range(64):
        new_sensor(alice, device["id"], key=f"s{n}")
    body = {"device_id": device["id"], "key": "s1", "name": "Again"}
    assert code(alice.post("/api/sensors", json=body)) == (409, "conflict")
    assert code(alice.post("/api/sensors", json={**body, "key": "one-more"})) == (422, "validation_failed")
    assert alice.get(f"/api/devices/{device['id']}").get_json()["device"]["sensor_count"] == 64


@pytest.mark.parametrize(
    "body",
    [
        {}, {"name": ""}, {"name": "\u202e"}, {"name": "x" * 81}, {"name": 5}, {"name": None}, {"name": "x", "owner_id": NOWHERE},
        [], "x", None,
    ],
)  # fmt: skip
def test_a_device_that_makes_no_sense_is_refused(client: FlaskClient, body: Any) -> None:
    client.post("/api/auth/register", json={"username": "alice", "password": PASSWORD})
    status, error = code(client.post("/api/devices", json=body))
    assert (status, error) in ((400, "invalid_request"), (422, "validation_failed"))


def test_devices_and_sensors_are_listed_page_by_page(alice: FlaskClient) -> None:
    ids = [new_device(alice, f"Pi {n}")[0]["id"] for n in range(5)]
    sensor_ids = [new_sensor(alice, ids[0], key=f"s{n}")["id"] for n in range(5)]
    for path, wanted in (("/api/devices", ids), ("/api/sensors", sensor_ids), (f"/api/sensors?device_id={ids[0]}", sensor_ids)):
        found, cursor = [], ""
        for _ in range(10):
            joint = "&" if "?" in path else "?"
            page = alice.get(f"{path}{joint}limit=2{cursor}").get_json()
            found += [item["id"] for item in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert found == wanted
    assert alice.get(f"/api/sensors?device_id={ids[1]}").get_json()["items"] == []
    assert code(alice.get("/api/devices?cursor=rubbish")) == (422, "validation_failed")


def test_readings_are_stored_once_and_bad_ones_named(alice: FlaskClient) -> None:
    device, token = new_device(alice)
    path = f"/api/sensors/{new_sensor(alice, device['id'])['id']}/readings"
    soon = now_ms() + 3_600_000
    rows = [[T0, 1], [T0, 2], [T0 + 1, 2.5], [0, 1], [soon, 1], [T0 + 2, "warm"], [T0 + 3], None]
    answer = alice.post(path, json={"readings": rows}, headers=token).get_json()
    assert answer == {
        "accepted": 2, "duplicates": 1,
        "rejected": [
            {"index": 3, "code": "bad_timestamp"}, {"index": 4, "code": "future_timestamp"}, {"index": 5, "code": "bad_value"},
            {"index": 6, "code": "bad_reading"}, {"index": 7, "code": "bad_reading"},
        ],
    }  # fmt: skip
    page = alice.get(path).get_json()
    assert page == {"items": [{"ts": T0, "value": 1.0}, {"ts": T0 + 1, "value": 2.5}], "resolution": "raw", "next": None}


def test_a_value_that_json_does_not_have_is_rejected_alone(alice: FlaskClient) -> None:
    device, token = new_device(alice)
    path = f"/api/sensors/{new_sensor(alice, device['id'])['id']}/readings"
    body = '{"readings": [[%d, NaN], [%d, Infinity], [%d, 1e999], [%d, 3]]}' % (T0, T0 + 1, T0 + 2, T0 + 3)  # noqa: UP031
    answer = alice.post(path, data=body, headers={**token, "Content-Type": "application/json"}).get_json()
    assert answer["accepted"] == 1
    assert [(each["index"], each["code"]) for each in answer["rejected"]] == [(n, "bad_value") for n in range(3)]
    assert all(math.isfinite(item["value"]) for item in alice.get(path).get_json()["items"])


def test_whole_requests_that_make_no_sense_are_refused(alice: FlaskClient) -> None:
    device, token = new_device(alice)
    path = f"/api/sensors/{new_sensor(alice, device['id'])['id']}/readings"
    for body in ({}, {"readings": 5}, {"readings": [], "more": 1}, {"readings": [[T0, 1]] * 5001}):
        assert code(alice.post(path, json=body, headers=token)) == (422, "validation_failed")
    assert code(alice.post(path, json=[[T0, 1]], headers=token)) == (400, "invalid_request")
    assert code(alice.post(path, data="x", headers=token)) == (415, "unsupported_media_type")
    assert code(alice.post(path, json={"readings": [[T0, 1]]})) == (401, "authentication_required")
    assert code(alice.post(path, json={"readings": []}, headers={"Authorization": "Bearer x"})) == (401, "authentication_required")
    assert alice.post(path, json={"readings": []}, headers=token).get_json()["accepted"] == 0


def test_a_device_writes_to_its_own_sensors_only(alice: FlaskClient) -> None:
    sensor = new_sensor(alice, new_device(alice)[0]["id"])
    _, other = new_device(alice, "Other")
    path = f"/api/sensors/{sensor['id']}/readings"
    assert code(alice.post(path, json={"readings": [[T0, 1]]}, headers=other)) == (404, "not_found")
    assert code(alice.post(f"/api/sensors/{NOWHERE}/readings", json={"readings": []}, headers=other)) == (404, "not_found")


def test_readings_in_ranges_resolutions_and_pages(alice: FlaskClient) -> None:
    device, token = new_device(alice)
    path = f"/api/sensors/{new_sensor(alice, device['id'])['id']}/readings"
    alice.post(path, json={"readings": [[T0 + n * 10_000, n] for n in range(100)]}, headers=token)
    for _ in Aggregator().work(1):
        pass

    def times(query: str) -> list[int]:
        return [item["ts"] - T0 for item in alice.get(f"{path}?{query}").get_json()["items"]]

    assert times(f"start={T0 + 20_000}&end={T0 + 40_000}") == [20_000, 30_000, 40_000]
    assert times("start=2025-10-10T00:00:20Z&end=2025-10-10T08:00:40%2B08:00") == [20_000, 30_000, 40_000]
    assert times("start=2025-10-10T00:00:20.000Z&end=2025-10-10T08:00:40+08:00") == [20_000, 30_000, 40_000]
    assert times("resolution=minute&limit=3") == [0, 60_000, 120_000]
    first = alice.get(f"{path}?resolution=raw&limit=60").get_json()
    second = alice.get(f"{path}?resolution=raw&limit=60&cursor={first['next']}").get_json()
    assert [item["value"] for item in first["items"] + second["items"]] == list(range(100))
    assert (first["resolution"], second["next"]) == ("raw", None)
    hour = alice.get(f"{path}?resolution=hour").get_json()
    assert hour == {
        "items": [{"ts": T0, "count": 100, "min": 0.0, "max": 99.0, "mean": 49.5, "first": 0.0, "last": 99.0}],
        "resolution": "hour", "next": None,
    }  # fmt: skip
    assert alice.get(f"{path}?limit=20").get_json()["resolution"] == "minute"


@pytest.mark.parametrize(
    "query",
    [
        "start=yesterday", "start=-1", "start=99999999999999999", "end=2025-10-10", "end=2025-10-10T00:00:00", "start=1e3",
        "resolution=second", "limit=0", "limit=10001", "limit=x", "cursor=%00", "cursor=AAAA", "nonsense=1", "start=1&start=2",
        "start=%D9%A1", "start=0001-01-01T00:00:00%2B23:59",
    ],
)  # fmt: skip
def test_a_query_that_makes_no_sense_is_refused(client: FlaskClient, query: str) -> None:
    client.post("/api/auth/register", json={"username": "alice", "password": PASSWORD})
    sensor = new_sensor(client, new_device(client)[0]["id"])
    assert code(client.get(f"/api/sensors/{sensor['id']}/readings?{query}")) == (422, "validation_failed")


def test_an_export_is_streamed_as_csv(alice: FlaskClient) -> None:
    device, token = new_device(alice)
    sensor = new_sensor(alice, device["id"])
    alice.post(f"/api/sensors/{sensor['id']}/readings", json={"readings": [[T0, 1], [T0 + 1500, -2.25]]}, headers=token)
    answer = alice.get(f"/api/sensors/{sensor['id']}/export.csv?start={T0}")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert f'filename="{sensor["name"]}.csv"' in answer.headers["Content-Disposition"]
    assert answer.text.splitlines() == [
        "time,ts,value", f"2025-10-10T00:00:00.000Z,{T0},1.0", f"2025-10-10T00:00:01.500Z,{T0 + 1500},-2.25",
    ]  # fmt: skip


def test_strangers_get_nothing(app: Flask) -> None:
    client = app.test_client()
    for path in ("/api/devices", "/api/sensors", f"/api/sensors/{NOWHERE}", f"/api/sensors/{NOWHERE}/chart"):
        assert code(client.get(path)) == (401, "authentication_required")


def test_readings_are_removed_by_who_manages_the_sensor_and_may_come_again(alice: FlaskClient, bob: FlaskClient) -> None:
    device, token = new_device(alice)
    sensor = new_sensor(alice, device["id"])
    path = f"/api/sensors/{sensor['id']}/readings"
    assert alice.post(path, json={"readings": [[T0 + n, n] for n in range(5)]}, headers=token).get_json()["accepted"] == 5
    assert code(bob.delete(f"{path}?start=0&end={T0 + 9}")) == (403, "forbidden")
    assert code(alice.delete(f"{path}?start={T0}")) == (422, "validation_failed")
    assert code(alice.delete(f"{path}?start={T0 + 1}&end={T0}")) == (422, "validation_failed")
    assert code(alice.delete(f"/api/sensors/{NOWHERE}/readings?start=0&end=1")) == (404, "not_found")
    answer = alice.delete(f"{path}?start={T0 + 1}&end=2025-10-10T00:00:00.003Z")
    assert (answer.status_code, answer.get_json()) == (200, {"removed": 3, "more": False})
    assert [each["ts"] - T0 for each in alice.get(f"{path}?resolution=raw").get_json()["items"]] == [0, 4]
    assert alice.delete(f"{path}?start={T0 + 4}&end={T0 + 4}").get_json()["removed"] == 1
    assert alice.get(f"/api/sensors/{sensor['id']}").get_json()["sensor"]["last"] == {"ts": T0, "value": 0}
    again = alice.post(f"/api/sensors/{sensor['id']}/import", data=f"ts,value\n{T0 + 1},7", content_type="text/csv")
    assert again.get_json()["accepted"] == 1
    assert alice.get(f"/api/sensors/{sensor['id']}").get_json()["sensor"]["last"] == {"ts": T0 + 1, "value": 7}
