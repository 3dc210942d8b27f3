"""Rules about sensors that send no more."""

from datetime import timedelta
from typing import Any

from models.alerts import AlertRule
from services.alerting.evaluation import SETTLE_MS
from tests.services.alerting.conftest import Bench
from utils.clock import now


def silent(bench: Bench, **more: Any) -> AlertRule:
    """A rule about ten minutes' silence, evaluated for long enough already."""
    rule = bench.rule("silent", for_seconds=300, **more)
    bench.worker._watch._evaluation._watched_since -= SETTLE_MS
    AlertRule.update_one({"_id": rule.id}, {"$set": {"due_at": now()}})
    return rule


def test_a_sensor_that_sends_no_more_is_an_alert_until_it_is_heard(bench: Bench) -> None:
    bench.store((0, 20.0))
    silent(bench)
    bench.work()
    [alert] = bench.alerts()
    assert (alert.state, alert.value) == ("firing", 20.0)
    assert int(alert.started_at.timestamp() * 1000) == bench.t0
    assert "t has sent nothing for 5 min or more; last 20 °C at " in bench.messages()[0].body
    bench.send((599, 21.0))
    assert [alert.state for alert in bench.alerts()] == ["resolved"]
    assert len(bench.all_messages()) == 2


def test_old_readings_that_come_now_are_no_sign_of_life(bench: Bench) -> None:
    bench.store((0, 20.0))
    silent(bench)
    bench.work()
    bench.send((100, 20.0))
    assert [alert.state for alert in bench.alerts()] == ["firing"]


def test_a_sensor_that_never_sent_is_silent_from_when_the_rule_was_made(bench: Bench) -> None:
    rule = silent(bench)
    bench.work()
    assert bench.alerts() == []
    AlertRule.update_one({"_id": rule.id}, {"$set": {"created_at": now() - timedelta(seconds=400), "due_at": now()}})
    bench.work()
    assert "t has never sent anything" in bench.messages()[0].body


def test_a_worker_that_has_just_begun_gives_sensors_a_while_to_be_heard(bench: Bench) -> None:
    bench.store((0, 20.0))
    bench.rule("silent", for_seconds=300)
    bench.work()
    assert bench.alerts() == [], "perhaps it was the server that could not be reached"
    [rule] = AlertRule.find()
    assert rule.due_at is not None
    assert now() < rule.due_at <= now() + timedelta(milliseconds=SETTLE_MS)
