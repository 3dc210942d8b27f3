"""Incidents from whole series: the same whatever parts the readings come in, and what soon begins again is one."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from models.alerts import AlertRule, Incident
from services.alerting import incidents
from services.alerting.evaluator import QUIET, Timed, step
from utils.ids import new_id

VALUES = st.integers(-4, 4).map(float)
SERIES = st.lists(st.tuples(st.integers(1, 100).map(lambda seconds: seconds * 1000), VALUES), max_size=60)


def rule_of(side: str, hysteresis: float, for_seconds: int) -> AlertRule:
    return AlertRule(
        sensor_id=new_id(), number=1, room_id=new_id(), created_by=new_id(), when=side,  # type: ignore[arg-type]
        threshold=0.0, hysteresis=hysteresis, for_seconds=for_seconds,
    )  # fmt: skip


def in_parts(rule: AlertRule, series: list[Timed], sizes: Iterator[int]) -> list[Incident]:
    """What the rule's document held one after the other, as the worker goes on with it; the last state of each incident."""
    found: dict[object, Incident] = {}
    while True:
        waiting = [reading for reading in series if reading[0] > rule.seen_ms][: next(sizes)]
        if not waiting:
            return list(found.values())
        result = incidents.advance(rule, waiting)
        assert result.seen_ms > rule.seen_ms, "it gets on"
        if result.incident is not None:
            known = found.get(result.incident.alert_id)
            assert known is None or result.incident.version >= known.version
            found[result.incident.alert_id] = result.incident
        rule = rule.model_copy(
            update={
                "seen_ms": result.seen_ms, "phase": result.progress.phase, "since_ms": result.progress.since_ms,
                "peak": result.progress.peak, "incident": result.incident,
            }
        )  # fmt: skip


def expected(rule: AlertRule, series: list[Timed]) -> list[tuple[int, int, int | None, int]]:
    """(since, fired, ended, occurrences) of each incident, those within a minute of one another as one."""
    condition, progress = incidents.condition_of(rule), QUIET
    firings: list[list[int | None]] = []
    for ts, value in series:
        after = step(condition, progress, ts, value)
        if after.phase == "firing" and progress.phase != "firing":
            firings.append([after.since_ms, ts, None])
        elif progress.phase == "firing" and after.phase != "firing":
            firings[-1][2] = ts
        progress = after
    merged: list[tuple[int, int, int | None, int]] = []
    for since, fired, ended in firings:
        assert since is not None
        assert fired is not None
        if merged and merged[-1][2] is not None and since - merged[-1][2] <= incidents.REOPEN_MS:
            merged[-1] = (*merged[-1][:2], ended, merged[-1][3] + 1)
        else:
            merged.append((since, fired, ended, 1))
    return merged


@given(
    st.sampled_from(["above", "below"]), st.sampled_from([0.0, 1.0, 3.0]), st.sampled_from([0, 50, 150]), SERIES,
    st.lists(st.integers(1, 20), min_size=1, max_size=10),
)  # fmt: skip
def test_incidents_are_the_same_in_parts_of_any_size(
    side: str, hysteresis: float, for_seconds: int, gaps: list[tuple[int, float]], parts: list[int]
) -> None:
    at, series = 1_000, []
    for gap, value in gaps:
        at += gap
        series.append((at, value))
    rule = rule_of(side, hysteresis, for_seconds)

    def sizes() -> Iterator[int]:
        while True:
            yield from parts

    found = in_parts(rule, series, sizes())
    assert [(each.since_ms, each.fired_ms, each.ended_ms, each.occurrences) for each in found] == expected(rule, series)
    for incident in found:
        end = incident.ended_ms
        during = [value for ts, value in series if ts >= incident.since_ms and (end is None or ts < end)]
        if not incident.open:
            assert incident.peak == (max if side == "above" else min)(during)
