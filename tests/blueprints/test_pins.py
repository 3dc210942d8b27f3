"""Sensors pinned to rooms: who may, which, how many, and what takes them off."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from services.push import Push
from tests.support.platforms import having
from tests.support.realtime import Recorder
from tests.support.server import PASSWORD

Made = dict[str, Any]


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


@pytest.fixture
def told(app: Flask) -> Iterator[Recorder]:
    with having(Push, Recorder()) as recorder:
        yield recorder


def new_room(owner: FlaskClient, visibility: str = "public") -> str:
    answer = owner.post("/api/chat-rooms", json={"name": f"{visibility} bench", "visibility": visibility})
    return str(answer.get_json()["room"]["id"])


def new_sensors(owner: FlaskClient, count: int = 1, **more: Any) -> list[str]:
    device = owner.post("/api/devices", json={"name": "Pi"}).get_json()["device"]
    bodies = [{"device_id": device["id"], "key": f"k{n}", "name": f"S{n}", "unit": "°C", **more} for n in range(count)]
    return [str(owner.post("/api/sensors", json=body).get_json()["sensor"]["id"]) for body in bodies]


def pin(client: FlaskClient, room: str, sensor: str) -> tuple[int, str]:
    answer = client.post(f"/api/chat-rooms/{room}/pins", json={"sensor_id": sensor})
    return answer.status_code, "" if answer.status_code < 300 else answer.get_json()["error"]["code"]


def pinned(client: FlaskClient, room: str) -> list[str]:
    answer = client.get(f"/api/chat-rooms/{room}/pins")
    assert answer.status_code == 200, answer.get_json()
    return [each["sensor"]["id"] for each in answer.get_json()["items"]]


def test_a_pinned_sensor_is_shown_to_everyone_in_the_room_until_it_is_unpinned(
    alice: FlaskClient, bob: FlaskClient, told: Recorder
) -> None:
    room, (sensor,) = new_room(alice), new_sensors(alice)
    answer = alice.post(f"/api/chat-rooms/{room}/pins", json={"sensor_id": sensor})
    assert answer.status_code == 201
    made: Made = answer.get_json()["pin"]
    assert (made["room_id"], made["sensor"]["id"], made["sensor"]["name"]) == (room, sensor, "S0")
    assert pin(alice, room, sensor) == (200, "")
    assert pinned(bob, room) == [sensor]
    assert alice.get(f"/api/sensors/{sensor}/pins").get_json()["items"] == [room]
    assert bob.get(f"/api/sensors/{sensor}/pins").get_json()["items"] == [], "of a room that he is not in"
    assert alice.delete(f"/api/chat-rooms/{room}/pins/{sensor}").status_code == 204
    assert alice.delete(f"/api/chat-rooms/{room}/pins/{sensor}").status_code == 404
    assert pinned(bob, room) == []
    assert told.payloads("pins_updated") == [{"room_id": room, "sensor_ids": [sensor]}, {"room_id": room, "sensor_ids": []}]


def test_in_a_public_room_those_who_run_it_pin(alice: FlaskClient, bob: FlaskClient, admin: FlaskClient) -> None:
    room, (sensor,) = new_room(alice), new_sensors(alice)
    assert pin(bob, room, sensor) == (403, "forbidden")
    bob.post(f"/api/chat-rooms/{room}/join")
    assert pin(bob, room, sensor) == (403, "forbidden")
    assert pin(admin, room, sensor) == (201, "")
    assert bob.delete(f"/api/chat-rooms/{room}/pins/{sensor}").status_code == 403
    bob_id = bob.get("/api/auth/me").get_json()["user"]["id"]
    alice.put(f"/api/chat-rooms/{room}/members/{bob_id}/role", json={"role": "moderator"})
    assert bob.delete(f"/api/chat-rooms/{room}/pins/{sensor}").status_code == 204


def test_in_a_private_room_every_member_pins_and_nobody_else_knows(alice: FlaskClient, bob: FlaskClient) -> None:
    room, (sensor,) = new_room(alice, "private"), new_sensors(bob)
    assert pin(bob, room, sensor) == (404, "not_found")
    alice.post(f"/api/chat-rooms/{room}/invitations", json={"username": "bob"})
    assert pin(bob, room, sensor) == (403, "forbidden")
    assert bob.get(f"/api/chat-rooms/{room}/pins").status_code == 403
    bob.post(f"/api/chat-rooms/{room}/join")
    assert pin(bob, room, sensor) == (201, "")
    assert pinned(alice, room) == [sensor]


def test_only_what_everyone_may_see_is_pinned(alice: FlaskClient, bob: FlaskClient, told: Recorder) -> None:
    room, (sensor,) = new_room(alice), new_sensors(alice)
    (private,) = new_sensors(alice, visibility="private")
    (others,) = new_sensors(bob, visibility="private")
    assert pin(alice, room, private) == (403, "forbidden")
    assert pin(alice, room, others) == (404, "not_found")
    assert pin(alice, room, "0" * 24) == (404, "not_found")
    pin(alice, room, sensor)
    alice.patch(f"/api/sensors/{sensor}", json={"visibility": "private"})
    assert pinned(alice, room) == []
    assert told.payloads("pins_updated")[-1] == {"room_id": room, "sensor_ids": []}


def test_a_room_has_six_pins_at_most_and_a_sensor_that_is_gone_makes_room(alice: FlaskClient) -> None:
    room, found = new_room(alice), new_sensors(alice, 7)
    assert [pin(alice, room, sensor)[0] for sensor in found] == [201] * 6 + [409]
    alice.delete(f"/api/sensors/{found[2]}")
    assert pin(alice, room, found[6]) == (201, "")
    assert pinned(alice, room) == [found[n] for n in (0, 1, 3, 4, 5, 6)]
    device = alice.get("/api/devices").get_json()["items"][0]["id"]
    alice.delete(f"/api/devices/{device}")
    assert pinned(alice, room) == []
