"""Labels and locations of sensors, how devices are, and finding sensors by all of it."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from models.devices import Device
from services.telemetry import devices
from tests.support.server import PASSWORD

Made = dict[str, Any]


def member(app: Flask, name: str) -> FlaskClient:
    client = app.test_client()
    assert client.post("/api/auth/register", json={"username": name, "password": PASSWORD}).status_code == 201
    return client


@pytest.fixture
def alice(app: Flask) -> FlaskClient:
    member(app, "root")
    return member(app, "alice")


def new_device(client: FlaskClient, name: str = "Pi") -> Made:
    made: Made = client.post("/api/devices", json={"name": name}).get_json()["device"]
    return made


def new_sensor(client: FlaskClient, device: Made, key: str, name: str) -> Made:
    answer = client.post("/api/sensors", json={"device_id": device["id"], "key": key, "name": name, "unit": "°C"})
    made: Made = answer.get_json()["sensor"]
    return made


def names(client: FlaskClient, query: str) -> list[str]:
    answer = client.get(f"/api/sensors?{query}")
    assert answer.status_code == 200, answer.get_json()
    return [sensor["name"] for sensor in answer.get_json()["items"]]


def test_labels_are_cleaned_each_once_and_bounded(alice: FlaskClient) -> None:
    sensor = new_sensor(alice, new_device(alice), "t", "Air")
    path = f"/api/sensors/{sensor['id']}"
    changed = alice.patch(path, json={"labels": ["  green   house ", "Green house", "温室"], "location": " Bay  3 "}).get_json()
    assert (changed["sensor"]["labels"], changed["sensor"]["location"]) == (["green house", "温室"], "Bay 3")
    for wrong in ({"labels": ["x"] * 11}, {"labels": ["x" * 41]}, {"labels": [""]}, {"location": "x" * 81}, {"labels": [1]}):
        assert alice.patch(path, json=wrong).get_json()["error"]["code"] == "validation_failed"
    assert alice.patch(path, json={"labels": [], "location": ""}).get_json()["sensor"]["labels"] == []


def test_sensors_are_found_by_label_words_device_and_online_state(app: Flask, alice: FlaskClient) -> None:
    shed, hall = new_device(alice, "Shed"), new_device(alice, "Hall")
    air = new_sensor(alice, shed, "air", "Air temperature")
    new_sensor(alice, shed, "soil", "Bodenfeuchte")
    new_sensor(alice, hall, "co2", "CO2")
    alice.patch(f"/api/sensors/{air['id']}", json={"labels": ["climate"], "location": "温室 north Łódź"})
    alice.patch(f"/api/devices/{hall['id']}", json={"location": "Second floor"})
    assert names(alice, "label=climate") == ["Air temperature"]
    assert names(alice, "label=clim") == []
    for words, found in {
        "TEMP": "Air temperature", "clim": "Air temperature", "室": "Air temperature", "lodz": "Air temperature",
        "ŁÓD": "Air temperature", "boden": "Bodenfeuchte", "floor": "CO2",
    }.items():  # fmt: skip
        assert names(alice, f"q={words}") == [found], words
    assert names(alice, "q=.*") == []
    assert names(alice, f"q=air&device_id={hall['id']}") == []
    device = Device.find_one({"name": "Hall"})
    assert device is not None
    devices.connected("sid", device, "process")
    assert names(alice, "online=1") == ["CO2"]
    assert names(alice, "online=0") == ["Air temperature", "Bodenfeuchte"]
    assert names(alice, f"online=1&device_id={shed['id']}") == []


def test_a_sensor_is_where_its_device_is_unless_it_says_otherwise(alice: FlaskClient) -> None:
    device = new_device(alice)
    old = new_sensor(alice, device, "a", "Old")
    moved = alice.patch(f"/api/devices/{device['id']}", json={"location": "Cellar"}).get_json()["device"]
    assert (moved["location"], moved["name"]) == ("Cellar", "Pi")
    new = new_sensor(alice, device, "b", "New")
    assert new["device_location"] == "Cellar"
    assert alice.get(f"/api/sensors/{old['id']}").get_json()["sensor"]["device_location"] == "Cellar"
    alice.patch(f"/api/sensors/{old['id']}", json={"location": "Roof"})
    assert names(alice, "q=cellar") == ["New"]
    assert names(alice, "q=roof") == ["Old"]


def test_a_device_that_never_said_how_it_is_has_no_status(alice: FlaskClient) -> None:
    device = new_device(alice)
    assert (device["version"], device["status"], device["status_at"], device["location"]) == ("", None, None, "")
