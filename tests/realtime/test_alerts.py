"""Alerts on a running server: from a device's reading to a message in the room, and what people answer."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.stack import DEFAULT_STACK
from tests.support.devices import Pi
from tests.support.eventually import eventually
from tests.support.people import Person
from utils.clock import now_ms

MakePerson = Callable[..., Person]


class Lab:
    """Alice with a device, a sensor, and a room that Bob is in, too."""

    def __init__(self, person: MakePerson) -> None:
        self.alice, self.bob = person(), person()
        self.room_id = self.alice.room()["id"]
        self.alice.join(self.room_id)
        self.bob.join(self.room_id)
        self.pi = Pi(self.alice)
        self.sensor_id = self.pi.announce("t")["t"]

    def rule(self, **rule: Any) -> dict[str, Any]:
        body = {"room_id": self.room_id, **rule}
        made: dict[str, Any] = self.alice.api.post(f"/api/sensors/{self.sensor_id}/alert-rules", body, expect=201).json()["rule"]
        return made

    def alert_message(self, timeout: float = 10.0) -> dict[str, Any]:
        def first(payload: Any) -> bool:
            return payload["message"]["kind"] == "alert" and payload["message"]["reply_to"] is None

        message: dict[str, Any] = self.bob.live.wait("new_message", first, timeout)["message"]
        return message

    def told(self) -> list[dict[str, Any]]:
        """All messages about alerts that the room has."""
        found = self.bob.api.get(f"/api/messages/room/{self.room_id}?limit=100")["items"]
        return [message for message in found if message["kind"] == "alert"]

    def edited(self, state: str) -> dict[str, Any]:
        def shows(payload: Any) -> bool:
            alert = payload["message"]["alert"]
            return alert is not None and alert["state"] == state

        message: dict[str, Any] = self.bob.live.wait("message_edited", shows)["message"]
        return message


@pytest.fixture
def lab(person: MakePerson) -> Lab:
    return Lab(person)


def test_a_reading_above_is_one_message_in_the_room_until_it_is_over(lab: Lab) -> None:
    lab.bob.live.ok("join_sensor", {"sensor_id": lab.sensor_id})
    rule = lab.rule(when="above", threshold=30, name="Too hot", severity="critical")
    assert (rule["state"], rule["enabled"], rule["alert_id"]) == ("ok", True, None)
    sent_at = time.monotonic()
    lab.pi.send(["t", now_ms() - 2_000, 29.0], ["t", now_ms() - 1_000, 31.0])
    message = lab.alert_message()
    took = time.monotonic() - sent_at
    assert took < 6, "about a second where the machine is not busy"
    assert message["nickname"] == "t"
    assert message["body"].startswith("Too hot: t is above 30 °C: 31 °C, since ")
    alert = message["alert"]
    assert (alert["state"], alert["when"], alert["value"], alert["severity"]) == ("firing", "above", 31.0, "critical")
    assert message["chart"]["points"][-1][1] == 31.0
    pushed = lab.bob.live.wait("sensor_alert")["alert"]
    assert (pushed["id"], pushed["state"], pushed["room_id"]) == (alert["alert_id"], "firing", None)
    lab.pi.send(["t", now_ms(), 25.0])
    assert "Resolved after" in lab.edited("resolved")["body"]
    reply = eventually(lambda: [each for each in lab.told() if each["reply_to"] == message["id"]])
    assert reply[0]["body"].startswith("t: Resolved after")
    assert len(lab.told()) == 2


@DEFAULT_STACK
def test_an_alert_is_acknowledged_from_the_chat_and_over_http_alike(lab: Lab) -> None:
    lab.rule(when="below", threshold=5)
    lab.pi.send(["t", now_ms(), 1.0])
    alert_id = lab.alert_message()["alert"]["alert_id"]
    answer = lab.bob.live.ok("acknowledge_alert", {"alert_id": alert_id})["alert"]
    assert (answer["state"], answer["acknowledged_by"]["id"]) == ("acknowledged", lab.bob.id)
    edited = lab.edited("acknowledged")
    assert edited["alert"]["acknowledged_by"] == lab.bob.user["username"]
    again = lab.alice.api.post(f"/api/alerts/{alert_id}/acknowledge", expect=200).json()["alert"]
    assert again["acknowledged_by"]["id"] == lab.bob.id, "the first one counts"
    rules = lab.alice.api.get(f"/api/sensors/{lab.sensor_id}/alert-rules")["items"]
    assert [(rule["state"], rule["alert_id"]) for rule in rules] == [("acknowledged", alert_id)]
    assert lab.bob.live.refused("acknowledge_alert", {"alert_id": "0" * 24}) == "not_found"
    assert lab.bob.live.refused("acknowledge_alert", {"alert_id": 7}) == "validation_failed"


@DEFAULT_STACK
def test_a_sensor_that_falls_silent_is_an_alert_and_its_next_reading_ends_it(lab: Lab) -> None:
    lab.pi.send(["t", now_ms(), 20.0])
    lab.rule(when="silent", for_seconds=2)
    message = lab.alert_message()
    assert "t has sent nothing for 2 s or more; last 20 °C at " in message["body"]
    lab.pi.send(["t", now_ms(), 20.0])
    assert lab.edited("resolved")["id"] == message["id"]


@DEFAULT_STACK
def test_whoever_watches_a_sensor_hears_that_its_rules_are_others(lab: Lab) -> None:
    lab.bob.live.ok("join_sensor", {"sensor_id": lab.sensor_id})

    def times() -> int:
        return lab.bob.live.payloads("alert_rules_updated").count({"sensor_id": lab.sensor_id})

    rule = lab.rule(when="above", threshold=30)
    assert eventually(lambda: times() == 1)
    lab.alice.api.call("PATCH", f"/api/alert-rules/{rule['id']}", expect=200, json={"threshold": 35})
    assert eventually(lambda: times() == 2)
    lab.alice.api.call("DELETE", f"/api/alert-rules/{rule['id']}", expect=204)
    assert eventually(lambda: times() == 3)


@DEFAULT_STACK
def test_a_silenced_rule_says_nothing_until_the_silence_is_ended(lab: Lab) -> None:
    rule = lab.rule(when="above", threshold=30)
    made = lab.bob.api.post("/api/silences", {"rule_id": rule["id"], "seconds": 3600, "reason": "repairs"}, expect=201).json()
    lab.pi.send(["t", now_ms(), 31.0])
    [alert] = eventually(lambda: lab.bob.api.get(f"/api/alerts?rule_id={rule['id']}&state=firing")["items"])
    time.sleep(1.5)
    assert lab.told() == []
    listed = lab.alice.api.get(f"/api/silences?sensor_id={lab.sensor_id}")["items"]
    assert [(each["id"], each["reason"], each["created_by"]["id"]) for each in listed] == [
        (made["silence"]["id"], "repairs", lab.bob.id)
    ]
    lab.alice.api.call("DELETE", f"/api/silences/{made['silence']['id']}", expect=204)
    assert lab.alert_message()["alert"]["alert_id"] == alert["id"]
