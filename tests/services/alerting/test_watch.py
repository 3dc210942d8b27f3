"""An alert does not wait for whatever else the worker has to do."""

import pytest

from models.readings import MINUTE_MS, RollupMark
from services.telemetry.aggregation import MARKS_PER_PASS
from tests.services.alerting.conftest import Bench


def backlog(bench: Bench) -> None:
    """More marks than a pass takes, of readings from long ago."""
    for number in range(MARKS_PER_PASS + 30):
        bench.store((-number * 60 - 3600, 20.0))


def test_a_fresh_reading_behind_a_backlog_of_marks_is_looked_at_in_the_first_pass(bench: Bench) -> None:
    bench.rule("above", 30)
    backlog(bench)
    bench.store((0, 31.0))
    bench.work()
    assert bench.worker.behind
    assert [alert.state for alert in bench.alerts()] == ["firing"]
    assert RollupMark.count() > 0, "its own mark has not had its turn"


def test_a_reading_that_comes_during_a_long_pass_is_looked_at_during_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.alerting.watch.EVERY_SECONDS", 0.0)
    bench.rule("above", 30)
    backlog(bench)
    steps = bench.worker.work(bench.fence)
    for _ in range(5):
        next(steps)
    assert bench.alerts() == []
    bench.store((MINUTE_MS / 1000, 31.0))
    before = RollupMark.count()
    while not bench.alerts():
        next(steps)
    assert RollupMark.count() == before, "the pass is not over"
