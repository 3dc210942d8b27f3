"""How a person arranges their sensors, over HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from models.dashboards import Dashboard
from services.push import Push
from tests.support.platforms import having
from tests.support.realtime import Recorder
from tests.support.server import PASSWORD
from utils.ids import new_id


def member(app: Flask, name: str) -> FlaskClient:
    client = app.test_client()
    assert client.post("/api/auth/register", json={"username": name, "password": PASSWORD}).status_code == 201
    return client


@pytest.fixture
def told(app: Flask) -> Iterator[Recorder]:
    with having(Push, Recorder()) as recorder:
        yield recorder


def tile(**more: Any) -> dict[str, Any]:
    return {"sensor_id": str(new_id()), "size": "m", "hidden": False, **more}


def test_an_arrangement_is_kept_and_told_to_ones_own_devices(app: Flask, told: Recorder) -> None:
    alice, bob = member(app, "alice"), member(app, "bob")
    assert alice.get("/api/dashboard").get_json() == {"dashboard": {"tiles": [], "version": 0}}
    tiles = [tile(size="l"), tile(hidden=True), tile(size="s")]
    arranged = alice.put("/api/dashboard", json={"tiles": tiles}).get_json()
    assert arranged == {"dashboard": {"tiles": tiles, "version": 1}}
    assert alice.get("/api/dashboard").get_json() == arranged
    assert alice.put("/api/dashboard", json={"tiles": tiles[:1]}).get_json()["dashboard"]["version"] == 2
    assert bob.get("/api/dashboard").get_json()["dashboard"]["tiles"] == []
    me = alice.get("/api/auth/me").get_json()["user"]["id"]
    pushes = [(room, payload["dashboard"]["version"]) for room, event, payload in told.published if event == "dashboard_updated"]
    assert pushes == [(f"user_{me}", 1), (f"user_{me}", 2)]


def test_an_arrangement_is_bounded_and_names_each_sensor_once(app: Flask) -> None:
    alice = member(app, "alice")
    once = tile()
    for wrong in (
        [tile() for _ in range(201)], [once, once], [tile(size="xl")], [tile(x=1)], [{"sensor_id": "x"}], [tile(hidden="no")], {},
    ):  # fmt: skip
        answer = alice.put("/api/dashboard", json={"tiles": wrong})
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "validation_failed"), wrong
    assert alice.put("/api/dashboard", json={"tiles": [tile() for _ in range(200)]}).status_code == 200


def test_a_dashboard_ends_with_its_account(app: Flask) -> None:
    member(app, "root")
    alice = member(app, "alice")
    alice.put("/api/dashboard", json={"tiles": [tile()]})
    assert alice.delete("/api/users/me", json={"password": PASSWORD}).status_code == 204
    assert not Dashboard.exists({})
