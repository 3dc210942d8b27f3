"""Readings for Prometheus and Grafana: what one sees, and nothing else."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from services.telemetry.aggregation import Aggregator
from tests.blueprints.test_sensors import code, member, new_device, new_sensor
from utils.clock import from_ms, now_ms, rfc3339


class House:
    """Alice's device with a public and a private sensor, each with readings of the last minutes."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.admin, self.alice, self.bob = member(app, "root"), member(app, "alice"), member(app, "bob")
        self.device, self.token = new_device(self.alice, 'Green "house"')
        self.now = now_ms()
        self.open = new_sensor(self.alice, self.device["id"], key="open", name="Air", visibility="public")
        self.own = new_sensor(self.alice, self.device["id"], key="own", name="Safe", visibility="private")
        new_sensor(self.alice, self.device["id"], key="silent", name="Silent")
        for sensor, value in ((self.open, 20.5), (self.own, 7.0)):
            rows = [[self.now - n * 1000, value + n] for n in range(100)]
            self.alice.post(f"/api/sensors/{sensor['id']}/readings", json={"readings": rows}, headers=self.token)


@pytest.fixture
def house(app: Flask) -> House:
    return House(app)


def gauges(client: FlaskClient, **options: Any) -> dict[str, tuple[float, float]]:
    """The values and times of the gauges, by the sensors' keys, as Prometheus' own parser reads them."""
    answer = client.get("/api/sensors/metrics", **options)
    assert answer.status_code == 200
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    (family,) = text_string_to_metric_families(answer.get_data(as_text=True))
    assert family.type == "gauge"
    return {sample.labels["key"]: (sample.value, float(str(sample.timestamp))) for sample in family.samples}


def query(client: FlaskClient, house: House, *targets: str, **more: Any) -> Any:
    body = {
        "range": {"from": rfc3339(from_ms(house.now - 3_600_000)), "to": rfc3339(from_ms(house.now)), "raw": {"from": "now-1h"}},
        "interval": "30s", "targets": [{"target": each, "refId": "A", "type": "timeserie"} for each in targets], **more,
    }  # fmt: skip
    return client.post("/api/grafana/query", json=body, headers=more.pop("headers", None))


def test_prometheus_finds_what_one_sees(house: House) -> None:
    newest = house.now / 1000
    assert gauges(house.alice) == {"open": (20.5, newest), "own": (7.0, newest)}
    assert gauges(house.admin) == {"open": (20.5, newest), "own": (7.0, newest)}
    assert gauges(house.bob) == {"open": (20.5, newest)}
    assert gauges(house.app.test_client(), headers=house.token) == {"open": (20.5, newest), "own": (7.0, newest)}
    _, other = new_device(house.bob)
    assert gauges(house.app.test_client(), headers=other) == {"open": (20.5, newest)}
    assert code(house.app.test_client().get("/api/sensors/metrics")) == (401, "authentication_required")
    text = house.alice.get("/api/sensors/metrics").get_data(as_text=True)
    assert 'device="Green \\"house\\""' in text


def test_a_target_is_a_sensors_id_or_its_whole_name_as_the_search_shows_it(house: House) -> None:
    name = 'Green "house" / Air (°C)'
    [by_name] = query(house.alice, house, name).get_json()
    assert by_name == query(house.alice, house, house.open["id"]).get_json()[0]
    assert len(by_name["datapoints"]) == 100
    assert query(house.alice, house, "Air").get_json() == []
    assert query(house.bob, house, 'Green "house" / Safe (°C)').get_json() == [], "somebody else's"


def test_grafana_finds_sensors_and_reads_them(house: House) -> None:
    assert house.alice.get("/api/grafana/").status_code == 200
    found = house.alice.post("/api/grafana/search", json={"target": "AIR"}).get_json()
    assert found == [{"text": 'Green "house" / Air (°C)', "label": 'Green "house" / Air (°C)', "value": house.open["id"]}]
    assert house.alice.post("/api/grafana/metrics", json={"payload": {}}).get_json()[0] == found[0]
    (series,) = query(house.alice, house, house.open["id"]).get_json()
    assert (series["target"], series["refId"]) == (found[0]["text"], "A")
    assert series["datapoints"][-1] == [20.5, house.now]
    assert [ts for _, ts in series["datapoints"]] == [house.now - n * 1000 for n in reversed(range(100))]
    for _ in Aggregator().work(1):
        pass
    (few,) = query(house.alice, house, house.open["id"], maxDataPoints=10).get_json()
    assert 0 < len(few["datapoints"]) <= 10


def test_grafana_reads_nothing_that_one_does_not_see(house: House) -> None:
    assert query(house.bob, house, house.own["id"], "0" * 24, "no id", "").get_json() == []
    assert len(query(house.alice, house, house.own["id"], house.open["id"]).get_json()) == 2
    stranger = house.app.test_client()
    for answer in (query(stranger, house), stranger.post("/api/grafana/search", json={}), stranger.get("/api/grafana/")):
        assert code(answer) == (401, "authentication_required")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"range": {}},
        {"range": {"from": "now", "to": "now"}},
        {"range": {"from": "2026-01-01T00:00:00Z", "to": 5}, "targets": [{}] * 60},
    ],
)
def test_a_query_that_is_none_is_refused(house: House, body: dict[str, Any]) -> None:
    assert code(house.alice.post("/api/grafana/query", json=body)) == (422, "validation_failed")
