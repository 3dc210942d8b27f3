"""What becomes of rules and alerts whose message, room, sensor or owner is gone, and what people answer."""

from typing import Any

import pytest

from models.accounts import User
from models.alerts import Alert, AlertRule
from models.leases import Lease
from models.messages import Message
from models.readings import RollupMark
from models.rooms import Member, Room
from services.alerting import alerts, incidents, rules
from services.telemetry import sensors
from tests.services.alerting.conftest import Bench


def test_a_message_somebody_deleted_stays_deleted(bench: Bench) -> None:
    from services.messaging import edits

    bench.rule("above", 30)
    bench.send((0, 31))
    [message] = bench.messages()
    edits.delete(message.id, bench.alice)
    bench.send((10, 20))
    gone = Message.get(message.id)
    assert gone is not None
    assert (gone.deleted, gone.body, gone.alert) == (True, "", None)
    assert len(bench.all_messages()) == 1


def test_a_rule_that_cannot_be_evaluated_keeps_neither_others_nor_rollups_from_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = bench.rule("above", 30)
    bench.rule("above", 30)
    advance = incidents.advance

    def fail(rule: AlertRule, values: Any) -> Any:
        if rule.id == broken.id:
            raise RuntimeError("a defect")
        return advance(rule, values)

    monkeypatch.setattr(incidents, "advance", fail)
    bench.send((0, 31))
    assert [alert.rule_id == broken.id for alert in bench.alerts()] == [False]
    assert RollupMark.count() == 0
    monkeypatch.undo()
    bench.send((1, 32))
    assert len(bench.alerts()) == 2


def test_a_rule_is_silent_where_its_owner_is_no_longer_a_member(bench: Bench) -> None:
    bench.rule("above", 30)
    Member.delete_many({"user_id": bench.alice.id})
    bench.send((0, 31))
    assert [alert.state for alert in bench.alerts()] == ["firing"]
    assert bench.all_messages() == []


def test_a_sensor_made_private_is_not_told_of_in_public(bench: Bench) -> None:
    from schemas.sensors import UpdateSensor

    bench.rule("above", 30)
    sensors.update(bench.sensor, UpdateSensor(visibility="private"))
    bench.send((0, 31))
    assert bench.all_messages() == []


def test_a_changed_rule_begins_anew_and_ends_what_fired(bench: Bench) -> None:
    from schemas.alerts import UpdateRule

    rule = bench.rule("above", 30)
    bench.send((0, 31))
    rules.update(rule.id, bench.alice, UpdateRule(threshold=40))
    bench.work()
    [alert] = bench.alerts()
    assert (alert.state, alert.ended_by) == ("resolved", "rule_changed")
    assert "the rule was changed" in bench.messages()[0].body
    bench.send((10, 41))
    assert [alert.state for alert in bench.alerts()] == ["resolved", "firing"]


def test_a_deleted_rule_ends_what_fired_and_leaves_its_alerts(bench: Bench) -> None:
    rule = bench.rule("above", 30)
    bench.send((0, 31))
    rules.delete(rule.id, bench.alice)
    bench.work()
    [alert] = bench.alerts()
    assert (alert.state, alert.ended_by) == ("resolved", "rule_deleted")
    assert bench.messages()[0].alert.state == "resolved"  # type: ignore[union-attr]
    assert AlertRule.count() == 0


def test_a_deleted_sensor_takes_its_rules_and_alerts_along_and_the_room_sees_that_it_is_over(bench: Bench) -> None:
    bench.rule("above", 30)
    bench.send((0, 31))
    sensors.delete(bench.sensor)
    bench.work()
    assert (AlertRule.count(), Alert.count()) == (0, 0)
    assert "the sensor is gone" in bench.messages()[0].body


def test_a_deleted_room_takes_its_rules_and_alerts_along(bench: Bench) -> None:
    from services.rooms import removal

    bench.rule("above", 30)
    bench.send((0, 31))
    removal.delete(bench.room.id, bench.alice)
    for _ in removal.work():
        pass
    assert (AlertRule.count(), Alert.count(), Room.count({"_id": bench.room.id})) == (0, 0, 0)
    bench.send((10, 20), (20, 31))
    assert Lease.count() == 0


def test_two_who_acknowledge_at_once_are_one(bench: Bench) -> None:
    bob = User(username="bob", username_key="bob", nickname="Bob", password_hash="-").insert()
    Member(room_id=bench.room.id, user_id=bob.id, nickname="Bob", nickname_key="bob").insert()
    bench.rule("above", 30)
    bench.send((0, 31))
    [alert] = bench.alerts()
    first = alerts.acknowledge(alert.id, bob)
    second = alerts.acknowledge(alert.id, bench.alice)
    assert (first.acknowledged_by, second.acknowledged_by) == (bob.id, bob.id)
    [message] = bench.messages()
    assert message.alert is not None
    assert (message.alert.state, message.alert.acknowledged_by) == ("acknowledged", "bob")
    assert "Acknowledged by bob." in message.body
    bench.send((10, 20))
    assert bench.alerts()[0].state == "resolved"
