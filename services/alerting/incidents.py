"""Incidents, exactly once: what a rule's evaluation found, and the Alert that people see of it.

The rule's document holds how far it was evaluated and what came of it, and moves on in one conditional step. So a worker that is
killed has either found an incident, id and all, or not. The Alert is then made from it, as often as one likes: it has that id.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from typing_extensions import TypeIs

from models.alert_facts import CONDITION, EndedBy
from models.alerts import Alert, AlertRule, Incident
from models.devices import Sensor
from models.odm import DuplicateKey
from services.alerting.evaluator import QUIET, Condition, Progress, rate_side, step
from utils.clock import from_ms, now, now_ms
from utils.ids import new_id

# What begins again so soon after it ended is the same incident: values that jump about make one message, not one each time.
REOPEN_MS = 60_000


@dataclass(frozen=True, slots=True)
class Evaluated:
    """How far readings were evaluated, and what came of it. complete: whether that was all of them."""

    seen_ms: int
    progress: Progress
    incident: Incident | None
    complete: bool


def condition_of(rule: AlertRule) -> Condition:
    """What a rule of above, below or rate waits for."""
    threshold = rule.threshold or 0.0
    side = rate_side(threshold) if rule.when == "rate" else "below" if rule.when == "below" else "above"
    return Condition(side, threshold, rule.hysteresis, rule.for_seconds * 1000)


def progress_of(rule: AlertRule) -> Progress:
    """Where the rule's evaluation is."""
    return Progress(rule.phase, rule.since_ms, rule.peak)


def advance(rule: AlertRule, values: Iterable[tuple[int, float | None]]) -> Evaluated:
    """Evaluate values in order of time (of a rate: the rates), up to where a second incident would have to be remembered.

    A value of None is a rate that cannot be taken: what was seen before is too long ago to be compared with, and with it what
    switched the trigger on.
    """
    condition = condition_of(rule)
    seen, progress, incident = rule.seen_ms, progress_of(rule), rule.incident
    for ts, value in values:
        after = QUIET if value is None else step(condition, progress, ts, value)
        if value is not None and after.phase == "firing" and progress.phase != "firing":
            begun = _begin(incident, after, ts, value, condition)
            if incident is not rule.incident and incident is not None and begun.alert_id != incident.alert_id:
                return Evaluated(seen, progress, incident, complete=False)
            incident = begun
        elif progress.phase == "firing" and after.phase != "firing" and incident is not None:
            incident = ended(incident, ts, "readings", condition.worst(incident.peak, progress.peak))
        seen, progress = ts, after
    return Evaluated(seen, progress, incident, complete=True)


def lapse(rule: AlertRule, ts: int) -> Evaluated:
    """What becomes of a rule about a rate of which nothing can be said any more at `ts`, for no reading came for so long."""
    return advance(rule, [(ts, None)])


def _begin(last: Incident | None, progress: Progress, ts: int, value: float, condition: Condition) -> Incident:
    since = ts if progress.since_ms is None else progress.since_ms
    if goes_on(last, since):
        return reopened(last, condition.worst(last.peak, progress.peak))
    return Incident(alert_id=new_id(), since_ms=since, fired_ms=ts, value=value, peak=progress.peak)


def goes_on(last: Incident | None, since_ms: int) -> TypeIs[Incident]:
    """Whether what begins at `since_ms` is the last incident going on."""
    return last is not None and last.ended_ms is not None and last.ended_by == "readings" and since_ms - last.ended_ms <= REOPEN_MS


def reopened(incident: Incident, peak: float | None) -> Incident:
    """An incident that was over for a moment only."""
    return incident.model_copy(
        update={
            "open": True, "ended_ms": None, "ended_by": None, "peak": peak, "version": incident.version + 1,
            "occurrences": incident.occurrences + 1,
        }
    )  # fmt: skip


def ended(incident: Incident, ts: int, by: EndedBy, peak: float | None = None) -> Incident:
    """An incident that is over at `ts`."""
    return incident.model_copy(
        update={
            "open": False, "ended_ms": max(ts, incident.since_ms), "ended_by": by, "peak": peak, "version": incident.version + 1,
        }
    )  # fmt: skip


def commit(rule: AlertRule, changes: dict[str, Any], fence: int | None = None) -> AlertRule | None:
    """Store what has become of a rule, where nobody has changed it meanwhile: then None, and nothing is stored.

    fence: of the lease under which the worker writes; None for what a person does.
    """
    which: dict[str, Any] = {"_id": rule.id, "revision": rule.revision}
    if fence is not None:
        which["fence"] = {"$lte": fence}
        changes = {**changes, "fence": fence}
    incident = changes.get("incident")
    if isinstance(incident, Incident):
        changes = {**changes, "incident": incident.model_dump()}
    return AlertRule.find_one_and_update(which, {"$set": changes, "$inc": {"revision": 1}})


def closing(rule: AlertRule, by: EndedBy) -> dict[str, Any]:
    """The changes that have a rule begin anew, its incident over if there is one."""
    changes: dict[str, Any] = {"phase": QUIET.phase, "since_ms": None, "peak": None, "lapses_at": None, "due_at": now()}
    if rule.incident is not None and rule.incident.open:
        peak = None if rule.when == "silent" else condition_of(rule).worst(rule.incident.peak, rule.peak)
        changes["incident"] = ended(rule.incident, now_ms(), by, peak)
    return changes


def project(rule: AlertRule) -> Alert | None:
    """The Alert of a rule's newest incident, made or brought up to date where it is behind; None where there is none to make.

    What is new about it is due to be told.
    """
    incident = rule.incident
    if incident is None:
        return None
    known = Alert.get(incident.alert_id)
    if known is None:
        return _make(rule, incident)
    if known.incident_version >= incident.version:
        return known
    changed = Alert.find_one_and_update(
        {"_id": incident.alert_id, "incident_version": {"$lt": incident.version}},
        {"$set": _shown(incident), "$inc": {"revision": 1}},
    )
    return changed or Alert.get(incident.alert_id)


def _shown(incident: Incident) -> dict[str, Any]:
    return {
        "incident_version": incident.version, "due_at": now(), "open": incident.open, "peak": incident.peak,
        "resolved_at": None if incident.ended_ms is None else from_ms(incident.ended_ms), "ended_by": incident.ended_by,
        "occurrences": incident.occurrences,
    }  # fmt: skip


def _make(rule: AlertRule, incident: Incident) -> Alert | None:
    sensor = Sensor.get(rule.sensor_id)
    if sensor is None:
        return None
    alert = Alert(
        id=incident.alert_id, rule_id=rule.id, sensor_id=rule.sensor_id, number=rule.number, device_id=sensor.device_id,
        owner_id=sensor.owner_id, room_id=rule.room_id, created_by=rule.created_by, rule_name=rule.name,
        sensor_name=sensor.name, unit=sensor.unit, **{name: getattr(rule, name) for name in CONDITION}, mail=rule.mail,
        started_at=from_ms(incident.since_ms), fired_at=from_ms(incident.fired_ms), value=incident.value, **_shown(incident),
    )  # fmt: skip
    try:
        return alert.insert()
    except DuplicateKey:  # an evaluation under an older lease is as far
        return Alert.get(incident.alert_id)
