"""Alert rules, alerts and silences over HTTP: what is taken, what is refused, and who may do what."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from services.alerting.watch import watched_aggregator
from tests.support.server import PASSWORD
from utils.clock import now_ms

NOWHERE = "0" * 24


def member(app: Flask, name: str) -> FlaskClient:
    client = app.test_client()
    assert client.post("/api/auth/register", json={"username": name, "password": PASSWORD}).status_code == 201
    return client


class Site:
    """Root is admin. Alice has a sensor and a room; Bob is in the room; Carol is not, and sees the sensor as everybody does."""

    def __init__(self, app: Flask, visibility: str = "public") -> None:
        self.clients = {name: member(app, name) for name in ("root", "alice", "bob", "carol")}
        self.alice, self.bob, self.carol = self.clients["alice"], self.clients["bob"], self.clients["carol"]
        made = self.alice.post("/api/devices", json={"name": "Pi"}).get_json()
        self.device_id, self.token = made["device"]["id"], {"Authorization": f"Bearer {made['token']}"}
        sensor = {"device_id": self.device_id, "key": "t", "name": "Freezer", "unit": "°C", "visibility": visibility}
        self.sensor_id = self.alice.post("/api/sensors", json=sensor).get_json()["sensor"]["id"]
        self.room_id = self.room(self.alice)
        self.bob.post(f"/api/chat-rooms/{self.room_id}/join", json={})
        self.worker = watched_aggregator()

    def room(self, client: FlaskClient, **more: Any) -> str:
        answer = client.post("/api/chat-rooms", json={"name": f"Room {now_ms()}", **more}).get_json()
        room_id: str = answer["room"]["id"]
        return room_id

    def rule(self, client: FlaskClient | None = None, **rule: Any) -> Any:
        body = {"when": "above", "threshold": -15, "room_id": self.room_id, **rule}
        return (client or self.alice).post(f"/api/sensors/{self.sensor_id}/alert-rules", json=body)

    def alert(self) -> str:
        """The id of an alert that fires."""
        self.rule()
        rows = [[now_ms() - 1_000, -10.0]]
        self.alice.post(f"/api/sensors/{self.sensor_id}/readings", json={"readings": rows}, headers=self.token)
        for _ in self.worker.work(1):
            pass
        [alert] = self.alice.get("/api/alerts").get_json()["items"]
        alert_id: str = alert["id"]
        return alert_id


@pytest.fixture
def site(app: Flask) -> Site:
    return Site(app)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def test_a_rule_is_made_shown_changed_and_deleted(site: Site) -> None:
    answer = site.rule(for_seconds=60, hysteresis=0.5, name="  Door   open? ", mail=True)
    assert answer.status_code == 201
    rule = answer.get_json()["rule"]
    assert (rule["when"], rule["threshold"], rule["for_seconds"], rule["hysteresis"]) == ("above", -15, 60, 0.5)
    assert (rule["name"], rule["severity"], rule["mail"], rule["enabled"], rule["state"]) == (
        "Door open?",
        "warning",
        True,
        True,
        "ok",
    )
    path = f"/api/alert-rules/{rule['id']}"
    assert site.alice.get(path).get_json()["rule"] == rule
    assert site.alice.get(f"/api/sensors/{site.sensor_id}/alert-rules").get_json() == {"items": [rule], "next": None}
    changed = site.alice.patch(path, json={"threshold": -10, "enabled": False, "name": None}).get_json()["rule"]
    assert (changed["threshold"], changed["enabled"], changed["name"], changed["for_seconds"]) == (-10, False, None, 60)
    assert site.alice.delete(path).status_code == 204
    assert code(site.alice.get(path)) == (404, "not_found")


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"when": "hot"}, "when"),
    ({"threshold": None}, "threshold"),
    ({"threshold": "30"}, "threshold"),
    ({"when": "silent", "threshold": None}, "for_seconds"),
    ({"when": "rate", "threshold": 0}, "threshold"),
    ({"for_seconds": -1}, "for_seconds"),
    ({"hysteresis": -0.1}, "hysteresis"),
    ({"window_seconds": 1}, "window_seconds"),
    ({"room_id": "x"}, "room_id"),
    ({"name": "\x00"}, "name"),
    ({"severity": "fatal"}, "severity"),
    ({"owner": "me"}, "owner"),
]


def test_a_wrong_rule_is_refused_with_the_field(site: Site) -> None:
    for rule, field in WRONG:
        answer = site.rule(**rule)
        assert code(answer) == (422, "validation_failed"), rule
        assert list(answer.get_json()["error"]["fields"]) == [field], rule


def test_a_change_cannot_make_a_rule_what_could_not_be_made(site: Site) -> None:
    path = f"/api/alert-rules/{site.rule(when='silent', threshold=None, for_seconds=60).get_json()['rule']['id']}"
    assert code(site.alice.patch(path, json={"when": "above"})) == (422, "validation_failed")
    assert code(site.alice.patch(path, json={"for_seconds": 0})) == (422, "validation_failed")
    assert site.alice.patch(path, json={"when": "above", "threshold": 1.5}).status_code == 200


def test_a_rule_speaks_only_in_a_room_of_its_maker(site: Site) -> None:
    public, private = site.room(site.carol), site.room(site.carol, visibility="private")
    assert code(site.rule(room_id=public)) == (403, "forbidden")
    assert code(site.rule(room_id=private)) == (404, "not_found")
    assert code(site.rule(room_id=NOWHERE)) == (404, "not_found")
    rule = site.rule().get_json()["rule"]
    assert code(site.alice.patch(f"/api/alert-rules/{rule['id']}", json={"room_id": public})) == (403, "forbidden")


def test_a_private_sensor_is_not_told_of_where_anybody_reads(app: Flask) -> None:
    site = Site(app, visibility="private")
    answer = site.rule()
    assert code(answer) == (422, "validation_failed")
    assert list(answer.get_json()["error"]["fields"]) == ["room_id"]
    assert site.rule(room_id=site.room(site.alice, visibility="private")).status_code == 201


@pytest.mark.parametrize(
    ("who", "make", "change", "acknowledge", "silence_rule", "silence_sensor", "sees_room"),
    [
        ("root", 403, 200, 200, 201, 201, True),
        ("alice", 201, 200, 200, 201, 201, True),
        ("bob", 403, 403, 200, 201, 403, True),
        ("carol", 403, 403, 403, 403, 403, False),
    ],
)
def test_who_may_do_what(
    site: Site, who: str, make: int, change: int, acknowledge: int, silence_rule: int, silence_sensor: int, sees_room: bool
) -> None:
    """Root manages every sensor, but is no member of Alice's room."""
    alert_id = site.alert()
    client = site.clients[who]
    assert site.rule(client).status_code == make
    rule = client.get(f"/api/sensors/{site.sensor_id}/alert-rules").get_json()["items"][0]
    assert (rule["room_id"] is not None, rule["state"]) == (sees_room, "firing")
    alert = client.get(f"/api/alerts/{alert_id}").get_json()["alert"]
    assert (alert["room_id"] is not None, alert["message_id"] is not None) == (sees_room, sees_room)
    path = f"/api/alert-rules/{rule['id']}"
    assert client.patch(path, json={"severity": "critical"}).status_code == change
    assert client.post("/api/silences", json={"rule_id": rule["id"], "seconds": 60}).status_code == silence_rule
    assert client.post("/api/silences", json={"sensor_id": site.sensor_id, "seconds": 60}).status_code == silence_sensor
    assert client.post(f"/api/alerts/{alert_id}/acknowledge").status_code == acknowledge
    assert client.delete(path).status_code == (204 if change == 200 else 403)


def test_nothing_of_a_private_sensor_is_shown_to_strangers(app: Flask) -> None:
    site = Site(app, visibility="private")
    site.room_id = site.room(site.alice, visibility="private")
    alert_id = site.alert()
    rule_id = site.alice.get(f"/api/sensors/{site.sensor_id}/alert-rules").get_json()["items"][0]["id"]
    for answer in (
        site.bob.get(f"/api/sensors/{site.sensor_id}/alert-rules"), site.bob.get(f"/api/alert-rules/{rule_id}"),
        site.bob.get(f"/api/alerts/{alert_id}"), site.bob.post(f"/api/alerts/{alert_id}/acknowledge"),
        site.bob.get(f"/api/alerts?sensor_id={site.sensor_id}"), site.bob.get(f"/api/silences?rule_id={rule_id}"),
        site.bob.post("/api/silences", json={"rule_id": rule_id, "seconds": 60}),
        site.bob.post("/api/silences", json={"device_id": site.device_id, "seconds": 60}),
    ):  # fmt: skip
        assert code(answer) == (404, "not_found")
    assert site.bob.get("/api/alerts").get_json()["items"] == []


def test_a_sensor_made_private_is_hidden_from_the_public_room_of_its_rule(site: Site) -> None:
    alert_id = site.alert()
    assert len(site.bob.get("/api/alerts").get_json()["items"]) == 1
    site.alice.patch(f"/api/sensors/{site.sensor_id}", json={"visibility": "private"})
    assert site.bob.get("/api/alerts").get_json()["items"] == []
    assert site.bob.get(f"/api/alerts?room_id={site.room_id}").get_json()["items"] == []
    assert code(site.bob.get(f"/api/alerts/{alert_id}")) == (404, "not_found")
    assert code(site.bob.post(f"/api/alerts/{alert_id}/acknowledge")) == (404, "not_found")
    assert len(site.alice.get("/api/alerts").get_json()["items"]) == 1
    site.alice.patch(f"/api/chat-rooms/{site.room_id}", json={"visibility": "private"})
    assert site.bob.get(f"/api/alerts/{alert_id}").get_json()["alert"]["room_id"] == site.room_id


def test_alerts_are_listed_by_state_and_page_by_page(site: Site) -> None:
    alert_id = site.alert()
    rows = [[now_ms() - 900, -20.0]]
    assert [each["id"] for each in site.bob.get("/api/alerts?state=firing").get_json()["items"]] == [alert_id]
    site.bob.post(f"/api/alerts/{alert_id}/acknowledge")
    assert site.bob.get("/api/alerts?state=firing").get_json()["items"] == []
    assert len(site.bob.get(f"/api/alerts?state=open&room_id={site.room_id}").get_json()["items"]) == 1
    site.alice.post(f"/api/sensors/{site.sensor_id}/readings", json={"readings": rows}, headers=site.token)
    for _ in site.worker.work(1):
        pass
    [alert] = site.carol.get(f"/api/alerts?state=resolved&sensor_id={site.sensor_id}").get_json()["items"]
    assert (alert["state"], alert["acknowledged_by"]["username"], alert["room_id"]) == ("resolved", "bob", None)
    assert site.carol.get("/api/alerts").get_json()["items"] == [], "neither her room nor her sensor"
    assert code(site.carol.get(f"/api/alerts?room_id={site.room_id}")) == (403, "forbidden")
    site.rule(threshold=-30)
    for _ in site.worker.work(1):
        pass
    first = site.alice.get("/api/alerts?limit=1").get_json()
    second = site.alice.get(f"/api/alerts?limit=1&cursor={first['next']}").get_json()
    assert [each["state"] for each in first["items"] + second["items"]] == ["firing", "resolved"]
    assert second["next"] is None


def test_a_silence_ends_and_is_of_one_thing(site: Site) -> None:
    rule = site.rule().get_json()["rule"]
    for wrong in (
        {"seconds": 60}, {"rule_id": rule["id"]}, {"rule_id": rule["id"], "sensor_id": site.sensor_id, "seconds": 60},
        {"rule_id": rule["id"], "seconds": 0}, {"rule_id": rule["id"], "until": "2020-01-01T00:00:00Z"},
        {"rule_id": rule["id"], "until": "2126-01-01T00:00:00Z"}, {"rule_id": rule["id"], "until": "tomorrow"},
    ):  # fmt: skip
        assert code(site.alice.post("/api/silences", json=wrong)) == (422, "validation_failed")
    made = site.alice.post("/api/silences", json={"device_id": site.device_id, "seconds": 60, "reason": "moving"}).get_json()
    shown = site.alice.get(f"/api/alert-rules/{rule['id']}").get_json()["rule"]
    assert shown["silenced_until"] == made["silence"]["until"]
    assert [each["id"] for each in site.alice.get("/api/silences").get_json()["items"]] == [made["silence"]["id"]]
    path = f"/api/silences/{made['silence']['id']}"
    assert code(site.bob.delete(path)) == (404, "not_found")
    assert site.alice.delete(path).status_code == 204
    assert site.alice.get(f"/api/silences?device_id={site.device_id}").get_json()["items"] == []
    assert site.alice.get(f"/api/alert-rules/{rule['id']}").get_json()["rule"]["silenced_until"] is None


def test_one_finds_the_silences_that_others_made_in_ones_rooms_and_may_end_them(site: Site) -> None:
    rule = site.rule().get_json()["rule"]
    made = site.bob.post("/api/silences", json={"rule_id": rule["id"], "seconds": 60}).get_json()["silence"]
    for client, found in ((site.bob, [made["id"]]), (site.alice, [made["id"]]), (site.carol, [])):
        assert [each["id"] for each in client.get("/api/silences").get_json()["items"]] == found
    site.alice.patch(f"/api/sensors/{site.sensor_id}", json={"visibility": "private"})
    site.carol.post(f"/api/chat-rooms/{site.room_id}/join", json={})
    assert site.carol.get("/api/silences").get_json()["items"] == [], "anybody may join the room, but not see the sensor"
    assert site.alice.delete(f"/api/silences/{made['id']}").status_code == 204


def test_a_sensor_has_so_many_rules_and_no_more(site: Site) -> None:
    for _ in range(32):
        assert site.rule().status_code == 201
    assert code(site.rule()) == (422, "validation_failed")
