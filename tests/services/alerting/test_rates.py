"""Rules about how fast a value changes."""

from models.alerts import AlertRule
from tests.services.alerting.conftest import MINUTE, Bench
from utils.clock import now


def test_a_steep_rise_is_an_alert_by_its_rate_a_minute(bench: Bench) -> None:
    bench.rule("rate", 2.0, window_seconds=60)
    bench.send(*((n * 10, 20 + n * 0.1) for n in range(10)))
    assert bench.alerts() == []
    bench.send(*((100 + n * 10, 21 + n * 1.0) for n in range(10)))
    [alert] = bench.alerts()
    assert alert.when == "rate"
    assert alert.value is not None
    assert 2.0 < alert.value < 6.0
    assert "t rises too fast" in bench.messages()[0].body
    assert " °C a minute" in bench.messages()[0].body


def old_rate_rule(bench: Bench, window_seconds: int) -> AlertRule:
    """A rule about 50 a minute that has been there for more than an hour, as long as t0 is ago."""
    bench.t0 -= 60 * MINUTE
    rule = bench.rule("rate", 50, window_seconds=window_seconds)
    AlertRule.update_one({"_id": rule.id}, {"$set": {"seen_ms": bench.t0 - 1}})
    return rule


def let_it_lapse(bench: Bench) -> None:
    """As if nothing had come for so long that what fires by a rate is over."""
    bench.work()
    bench.work()
    assert [alert.state for alert in bench.alerts()] == ["firing"], "not while a device may be sending what it had queued"
    AlertRule.update_many({"lapses_at": {"$gt": now()}}, {"$set": {"lapses_at": now(), "due_at": now()}})
    bench.work()
    bench.work()


def test_a_sensor_that_sends_more_rarely_than_the_window_is_watched_too(bench: Bench) -> None:
    rule = old_rate_rule(bench, window_seconds=300)
    bench.send((0, 0.0))
    assert bench.alerts() == []
    bench.send((600, 1000.0))
    [alert] = bench.alerts()
    assert (alert.state, alert.value) == ("firing", 100.0)
    bench.send((1200, 1010.0))
    [alert] = bench.alerts()
    assert (alert.state, alert.peak) == ("resolved", 100.0)
    bench.send((1800, 2010.0))
    bench.work()
    known = AlertRule.get(rule.id)
    assert known is not None
    assert known.phase == "firing"
    assert known.due_at is None or known.due_at > now(), "nobody looks again before something may have changed"


def test_what_fires_by_its_rate_is_over_where_no_rate_can_be_taken_for_long(bench: Bench) -> None:
    rule = old_rate_rule(bench, window_seconds=60)
    bench.send((0, 0.0), (60, 1000.0))
    let_it_lapse(bench)
    [alert] = bench.alerts()
    assert (alert.state, alert.ended_by) == ("resolved", "readings")
    assert alert.resolved_at is not None
    assert int(alert.resolved_at.timestamp() * 1000) == bench.t0 + 660_000
    known = AlertRule.get(rule.id)
    assert known is not None
    assert (known.phase, known.since_ms, known.due_at) == ("ok", None, None)
    # It comes back with a jump, and goes on as it was before.
    bench.send((3_600, 5_000.0), (3_601, 5_100.0))
    assert len(bench.alerts()) == 1
    bench.send((3_640, 50_000.0))
    assert [each.state for each in bench.alerts()] == ["resolved", "firing"]


def test_queued_readings_from_before_a_rate_lapsed_go_on_with_its_incident(bench: Bench) -> None:
    old_rate_rule(bench, window_seconds=60)
    bench.send((0, 0.0), (60, 1000.0))
    let_it_lapse(bench)
    assert [each.state for each in bench.alerts()] == ["resolved"]
    bench.send((120, 2000.0), (180, 2001.0))
    [alert] = bench.alerts()
    assert (alert.state, alert.occurrences) == ("resolved", 2)
    assert alert.resolved_at is not None
    assert int(alert.resolved_at.timestamp() * 1000) == bench.t0 + 180_000


def test_a_fall_is_watched_with_a_negative_rate(bench: Bench) -> None:
    bench.rule("rate", -2.0, window_seconds=60)
    bench.send(*((n * 10, 50 + n * 5.0) for n in range(10)))
    assert bench.alerts() == []
    bench.send(*((100 + n * 10, 100 - n * 5.0) for n in range(10)))
    assert "falls too fast" in bench.messages()[0].body
