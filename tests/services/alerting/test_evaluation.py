"""Rules and readings: what fires, what does not, and that each incident is told once whatever happens to the worker."""

from datetime import timedelta
from typing import Any

import pytest

from models.accounts import User
from models.alerts import Alert, AlertRule, AlertSilence
from models.odm import Database, Document
from models.readings import RollupMark
from services.alerting import delivery, incidents, notes
from services.alerting.evaluation import Evaluation
from services.alerting.watch import watched_aggregator
from services.mail.message import Mail
from services.telemetry import sensors
from services.telemetry.rollups import Fenced
from tests.services.alerting.conftest import MINUTE, Bench
from tests.services.messaging.messages_support import costs
from tests.support.realtime import Recorder
from utils.clock import now, now_ms
from utils.ids import new_id


def test_a_reading_above_the_threshold_is_one_message_with_words_fields_and_chart(bench: Bench, told: Recorder) -> None:
    bench.rule("above", 30, name="Too hot")
    bench.send((0, 25.0), (10, 31.5))
    bench.send((20, 32.0))
    bench.work()
    [message] = bench.messages()
    assert (message.kind, message.nickname, message.author_id) == ("alert", "t", bench.alice.id)
    assert message.body.startswith("Too hot: t is above 30 °C: 31.5 °C, since ")
    assert message.alert is not None
    assert (message.alert.state, message.alert.value, message.alert.threshold, message.alert.unit) == ("firing", 31.5, 30, "°C")
    assert message.chart is not None
    assert message.chart.points[:2] == [(bench.t0, 25.0), (bench.t0 + 10_000, 31.5)]
    [alert] = bench.alerts()
    assert (alert.state, alert.message_id, alert.due_at) == ("firing", message.id, None)
    pushed = [payload for room, event, payload in told.published if event == "sensor_alert" and room == f"sensor_{bench.sensor.id}"]
    assert [each["alert"]["state"] for each in pushed] == ["firing"]
    assert pushed[0]["alert"]["room_id"] is None, "whoever watches the sensor need not know of the room"
    for concerned in (f"member_{bench.room.id}", f"user_{bench.alice.id}"):
        [known] = [payload["alert"] for room, event, payload in told.published if event == "sensor_alert" and room == concerned]
        assert known["room_id"] == str(bench.room.id), "whoever it concerns is told wherever they look"


def test_what_comes_back_is_resolved_in_the_same_message_and_with_one_line_below(bench: Bench, told: Recorder) -> None:
    bench.rule("above", 30)
    bench.send((0, 31.0))
    bench.send((60, 35.0))
    bench.send((120, 30.0))
    bench.work()
    message, reply = bench.all_messages()
    assert message.alert is not None
    assert (message.alert.state, message.alert.peak) == ("resolved", 35.0)
    assert message.edited_at is not None
    assert "Resolved after 2 min; at worst 35 °C." in message.body
    assert (reply.reply_to, reply.body) == (message.id, "t: Resolved after 2 min; at worst 35 °C.")
    edited = told.payloads("message_edited")[-1]["message"]
    assert (edited["id"], edited["alert"]["state"]) == (str(message.id), "resolved")


def test_noise_around_the_threshold_is_one_incident_with_hysteresis(bench: Bench) -> None:
    bench.rule("above", 30, hysteresis=1)
    bench.send(*((n, 30.5 if n % 2 else 29.5) for n in range(40)))
    assert [alert.state for alert in bench.alerts()] == ["firing"]
    assert bench.alerts()[0].occurrences == 1
    assert len(bench.all_messages()) == 1


def test_noise_without_hysteresis_is_one_message_and_not_a_flood(bench: Bench) -> None:
    bench.rule("above", 30)
    for part in range(5):
        bench.send(*((part * 10 + n, 30.5 if n % 2 else 29.5) for n in range(10)))
    [alert] = bench.alerts()
    assert alert.occurrences == 25
    assert len(bench.messages()) == 1
    assert len(bench.all_messages()) <= 2


def test_what_begins_again_and_stays_is_said_below_the_message_a_minute_later(bench: Bench) -> None:
    bench.rule("above", 30)
    bench.send((0, 31))
    bench.send((10, 29))
    bench.send((20, 31))
    message, over = bench.all_messages()
    assert message.alert is not None
    assert (message.alert.state, message.alert.occurrences) == ("firing", 2)
    assert over.body.startswith("t: Resolved")
    [alert] = bench.alerts()
    assert alert.due_at is not None
    assert alert.told_at is not None
    assert alert.due_at - alert.told_at == delivery.TOLD_EVERY
    early = {"due_at": now(), "told_at": now() - delivery.TOLD_EVERY}
    Alert.update_one({"_id": alert.id}, {"$set": early})
    bench.work()
    bench.work()
    assert [each.body for each in bench.all_messages()[2:]] == ["t: It fires again, for the 2nd time."]
    assert bench.alerts()[0].due_at is None


def turns(bench: Bench) -> list[tuple[str | None, str, int]]:
    """What the messages about alerts say of themselves: turn, state, occurrence."""
    said = [message.alert for message in bench.all_messages()]
    return [(each.turn, each.state, each.occurrences) for each in said if each is not None]


def test_the_line_that_it_fires_again_does_not_say_so_when_that_is_over(bench: Bench, told: Recorder) -> None:
    bench.rule("above", 30)

    def send(at: float, value: float) -> None:
        bench.send((at, value))
        Alert.update_many({"told_at": {"$exists": True}}, {"$set": {"due_at": now(), "told_at": now() - delivery.TOLD_EVERY}})
        bench.work()

    for at, value in [(0, 31), (10, 29), (20, 31)]:
        send(at, value)
    assert turns(bench) == [(None, "firing", 2), ("over", "resolved", 1), ("again", "firing", 2)]
    again = bench.all_messages()[-1]
    send(30, 29)
    assert turns(bench)[0:3] == [(None, "resolved", 2), ("over", "resolved", 1), ("again", "resolved", 2)]
    edited = [payload["message"] for payload in told.payloads("message_edited") if payload["message"]["id"] == str(again.id)]
    assert [(each["alert"]["turn"], each["alert"]["state"], each["body"]) for each in edited] == [
        ("again", "resolved", "t: It fires again, for the 2nd time.")
    ]
    send(40, 31)
    assert turns(bench)[2:] == [("again", "resolved", 2), ("over", "resolved", 2), ("again", "firing", 3)]
    sensors.delete(bench.sensor)
    bench.work()
    assert {state for _, state, _ in turns(bench)} == {"resolved"}


def test_the_rule_s_owner_is_mailed_once_that_it_fires_and_once_that_it_is_over(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Mail] = []
    monkeypatch.setattr("services.mail.send", sent.append)
    User.update_one({"_id": bench.alice.id}, {"$set": {"email": "alice@example.org"}})
    bench.rule("above", 30, mail=True, name="Too hot")
    bench.send((-20, 31))
    bench.send((-10, 29))
    assert sent == [], "not while nobody has shown that the address is theirs"
    User.update_one({"_id": bench.alice.id}, {"$set": {"email_verified": True}})
    bench.send((0, 31))
    bench.send((10, 29))
    bench.send((20, 31))
    bench.send((30, 29))
    assert [(each.to, each.subject) for each in sent] == [
        ("alice@example.org", "[Warning] t: Too hot"), ("alice@example.org", "[Resolved] t: Too hot"),
    ]  # fmt: skip
    assert "Too hot: t is above 30 °C: 31 °C" in sent[0].text
    assert "Room: Greenhouse" in sent[0].text


def test_sensors_without_rules_cost_no_more_than_three_queries_a_pass(db: Database, bench: Bench) -> None:
    bench.rule("above", 30)
    evaluation = Evaluation()
    assert costs(db, lambda: list(evaluation.work(range(1_000, 4_000), 1))) == (3, 0)
    bench.store((0, 20.0))
    assert costs(db, lambda: list(evaluation.work({bench.sensor.number}, 1))) == (4, 1), (
        "and one read and one write for a rule whose sensor sent"
    )


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize(
    ("document", "asked"),
    [
        (AlertRule, {"number": {"$in": [1, 2]}}),
        (AlertRule, {"due_at": {"$lte": now()}}),
        (AlertRule, {"sensor_id": new_id()}),
        (Alert, {"due_at": {"$lte": now()}}),
        (Alert, {"sensor_id": new_id()}),
        (AlertSilence, {"$or": [{"rule_id": new_id()}, {"sensor_id": new_id()}, {"device_id": new_id()}]}),
    ],
)
def test_what_is_asked_all_the_time_is_found_by_an_index(db: Database, document: type[Document], asked: dict[str, Any]) -> None:
    plan = " / ".join(db.explain(document, asked, limit=50))
    assert "SEARCH" in plan
    assert "SCAN" not in plan


def test_a_short_peak_is_none_where_it_has_to_last(bench: Bench) -> None:
    bench.rule("above", 30, for_seconds=60)
    bench.send((0, 31), (30, 31), (59, 31))
    assert bench.alerts() == []
    bench.send((59.5, 29), (65, 31))
    assert bench.alerts() == []
    bench.send((125, 31))
    [alert] = bench.alerts()
    assert (alert.fired_at - alert.started_at) == timedelta(seconds=60)


def test_readings_that_come_late_or_out_of_order_change_nothing(bench: Bench) -> None:
    bench.rule("below", 10)
    bench.send((100, 5))
    bench.send((50, 20), (60, 5), (99, 20))
    assert [alert.state for alert in bench.alerts()] == ["firing"]
    bench.send((101, 20))
    bench.send((90, 5))
    assert [alert.state for alert in bench.alerts()] == ["resolved"]


@pytest.mark.parametrize("dies_in", ["project", "present", "append", "refresh"])
def test_a_worker_that_dies_at_any_point_leaves_one_alert_and_one_message(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, dies_in: str
) -> None:
    bench.rule("above", 30)
    where: Any = {"project": incidents, "present": delivery, "append": delivery.timeline, "refresh": notes}[dies_in]
    real = getattr(where, dies_in)

    class Killed(BaseException):
        pass

    def die(*args: Any, **kwargs: Any) -> Any:
        if dies_in == "append":
            real(*args, **kwargs)
        raise Killed

    bench.store((0, 31.0))
    with monkeypatch.context() as patched:
        patched.setattr(where, dies_in, die)
        with pytest.raises(Killed):
            bench.work()
    # Its successor comes with a newer fence; meanwhile there is more to see.
    bench.worker, bench.fence = watched_aggregator(), 2
    bench.store((-5, 40.0), (5, 33.0))
    bench.work()
    bench.work()
    assert [alert.state for alert in bench.alerts()] == ["firing"]
    [message] = bench.all_messages()
    assert message.alert is not None
    assert (message.alert.state, message.id) == ("firing", bench.alerts()[0].message_id)


def test_a_worker_whose_lease_is_over_finds_nothing_any_more(bench: Bench) -> None:
    bench.rule("above", 30)
    bench.fence = 5
    bench.send((0, 20.0))
    bench.fence, bench.worker = 4, watched_aggregator()
    bench.store((10, 31.0))
    with pytest.raises(Fenced):
        bench.work()
    assert bench.alerts() == []


def test_alerts_do_not_wait_for_the_next_pass_over_marks(bench: Bench) -> None:
    bench.rule("above", 30)
    bench.worker = watched_aggregator(rollup_seconds=600)
    bench.send((0, 20.0))
    assert not RollupMark.count()
    bench.send((10, 31.0))
    assert RollupMark.count() == 1
    assert [alert.state for alert in bench.alerts()] == ["firing"]
    bench.send((20, 20.0))
    assert [alert.state for alert in bench.alerts()] == ["resolved"]


def test_a_reading_from_the_future_does_not_blind_the_rule(bench: Bench) -> None:
    bench.rule("above", 30)
    bench.t0 = now_ms()
    bench.send((500, 20.0))
    bench.send((-1, 31.0))
    bench.work()
    assert [alert.state for alert in bench.alerts()] == ["firing"]
    [rule] = AlertRule.find()
    assert rule.due_at is not None
    assert abs(rule.due_at - now() - timedelta(seconds=440)) < timedelta(seconds=30)


def test_what_was_over_long_before_it_was_found_is_kept_but_not_told(bench: Bench) -> None:
    rule = bench.rule("above", 30)
    bench.t0 = now_ms() - 120 * MINUTE
    AlertRule.update_one({"_id": rule.id}, {"$set": {"seen_ms": bench.t0}})
    bench.send((10, 31), (20, 20), (600, 31), (610, 20))
    assert [alert.state for alert in bench.alerts()] == ["resolved", "resolved"]
    assert bench.all_messages() == []
    bench.send((7000, 31))
    assert len(bench.messages()) == 1
