"""What administrators and /metrics see of ingest, aggregation and storage."""

import re

from flask import Flask
from flask.testing import FlaskClient

from tests.blueprints.test_sensors import code, member, new_device, new_sensor

T0 = 1_760_054_400_000


def gauge(client: FlaskClient, name: str) -> float:
    found = re.search(rf"^{name} (\S+)$", client.get("/metrics").get_data(as_text=True), re.M)
    assert found, name
    return float(found[1])


def test_an_administrator_sees_how_ingest_and_aggregation_do(app: Flask) -> None:
    alice, bob = member(app, "alice"), member(app, "bob")
    device, token = new_device(alice)
    sensor = new_sensor(alice, device["id"], key="cpu")
    before = alice.get("/api/admin/stats").get_json()["readings"]
    rows = [[T0, 1.0], [T0 + 1, 2.0], [T0 + 1, 3.0], [0, 1.0]]
    alice.post(f"/api/sensors/{sensor['id']}/readings", json={"readings": rows}, headers=token)
    answer = alice.get("/api/admin/stats").get_json()
    after = answer["readings"]
    assert [after[name] - before[name] for name in ("accepted", "duplicates", "rejected")] == [2, 1, 1]
    assert after["accepted_per_second"] > 0
    assert after["waiting"] == 1, "nobody aggregates here"
    assert after["lag_seconds"] > 0
    assert answer["storage"]["documents"]["sensors"] == 1
    assert answer["storage"]["bytes"] > 0
    assert answer["leases"] == []
    assert answer["connections"] == {"people": 0, "devices": 1, "lines": 0}, "the device sent without a connection"
    assert gauge(alice, "fieldroom_aggregation_lag_seconds") > 0
    assert gauge(alice, "fieldroom_aggregation_watermark_seconds") > 1.7e9
    assert code(bob.get("/api/admin/stats")) == (403, "forbidden")
