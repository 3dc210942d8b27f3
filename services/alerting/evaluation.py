"""Evaluating rules, as a part of the aggregating worker's passes: what came is looked at within a second or so of being stored.

The worker knows which sensors got readings, and one query finds the rules about them: a sensor without a rule costs nothing more.
That a sensor sends nothing is found by the clock. Both happen under the worker's lease, in slices of some milliseconds.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from models.alerts import AlertRule, Incident
from models.odm import DatabaseUnavailable
from models.readings import MAX_TS
from services.alerting import delivery, incidents
from services.alerting.evaluator import LONGEST_WINDOWS, Timed, rates, silence
from services.telemetry import readings
from services.telemetry.rollups import Fenced
from utils.chunks import chunks
from utils.clock import from_ms, now, now_ms
from utils.ids import new_id
from utils.logs import get_logger

log = get_logger(__name__)

# Readings from further in the future wait until it has come nearer: after a clock that was wrong the sensor would be looked at
# no more until then.
SKEW_MS = 60_000
# How long, at most, a sensor has to be heard from again after a restart before it counts as silent.
SETTLE_MS = 60_000
_DUE = 200
_RETRY = timedelta(seconds=30)
_READ = 500
_ATTEMPTS = 5


class Evaluation:
    """Evaluates rules for as long as a process is the one that does."""

    def __init__(self) -> None:
        self._fence = 0
        self._watched_since = 0

    def work(self, numbers: Collection[int], fence: int) -> Iterator[None]:
        """Evaluate the rules about the sensors of these numbers, which got readings, and those that the clock says.

        fence: of the lease under which this is done. Interrupted between two steps it leaves nothing undone: every rule says
        how far it was evaluated. Raises services.telemetry.rollups.Fenced.
        """
        if fence != self._fence:
            self._fence, self._watched_since = fence, now_ms()
        due = AlertRule.find({"due_at": {"$lte": now()}}, sort=[("due_at", 1)], limit=_DUE)
        rules = {rule.id: rule for rule in due}
        for some in chunks(list(numbers)):
            rules.update((rule.id, rule) for rule in AlertRule.find({"number": {"$in": some}}) if _wakes(rule))
        for rule in rules.values():
            yield from self._guarded(rule)
        yield from delivery.deliver()

    def _guarded(self, rule: AlertRule) -> Iterator[None]:
        """A rule that cannot be evaluated keeps neither the others nor the rollups from being."""
        try:
            yield from self._evaluate(rule)
        except (Fenced, DatabaseUnavailable):
            raise
        except Exception:
            log.exception("alert rule not evaluated", rule=str(rule.id))
            # Not at once again, or enough such rules would be all that is ever looked at.
            AlertRule.update_one({"_id": rule.id, "due_at": rule.due_at}, {"$set": {"due_at": now() + _RETRY}})

    def _evaluate(self, rule: AlertRule) -> Iterator[None]:
        found: dict[ObjectId, None] = {}
        current: AlertRule | None = rule
        if rule.due_at is not None:
            # What a worker found that got no further.
            incidents.project(rule)
        for _ in range(_ATTEMPTS):
            complete = False
            while current is not None and not complete:
                changes, complete = self._changes(current)
                known = current.incident
                if not changes:
                    break
                stored = incidents.commit(current, changes, self._fence)
                if stored is None:
                    complete = False
                    break
                current = stored
                if stored.incident is not None and stored.incident != known:
                    incidents.project(stored)
                    found[stored.incident.alert_id] = None
                yield
            if current is None or complete:
                break
            # Somebody has changed it meanwhile.
            current = AlertRule.get(rule.id)
            if current is not None and current.fence > self._fence:
                raise Fenced()
        for alert_id in found:
            delivery.present(alert_id)
            yield

    def _changes(self, rule: AlertRule) -> tuple[dict[str, Any], bool]:
        """What is to be stored of a rule now, and whether there is nothing more to evaluate after that."""
        if not rule.enabled:
            return ({"due_at": None}, True) if rule.due_at is not None else ({}, True)
        return self._silence(rule) if rule.when == "silent" else _readings(rule)

    def _silence(self, rule: AlertRule) -> tuple[dict[str, Any], bool]:
        newest = readings.raw(rule.number, 0, MAX_TS, 1, newest=True)
        moment = now_ms()
        created = int(rule.created_at.timestamp() * 1000)
        quiet_since, value = (min(newest[0][0], moment), newest[0][1]) if newest else (created, None)
        firing = rule.phase == "firing"
        found = silence(
            rule.for_seconds * 1000, quiet_since, self._watched_since, moment, firing=firing, settle_ms=SETTLE_MS
        )  # fmt: skip
        changes: dict[str, Any] = {"due_at": from_ms(found.look_at)}
        if found.silent and not firing:
            if incidents.goes_on(rule.incident, quiet_since):
                changes["incident"] = incidents.reopened(rule.incident, None)
            else:
                changes["incident"] = Incident(alert_id=new_id(), since_ms=quiet_since, fired_ms=moment, value=value)
            changes |= {"phase": "firing", "since_ms": quiet_since, "due_at": now()}
        elif firing and not found.silent:
            if rule.incident is not None:
                changes["incident"] = incidents.ended(rule.incident, quiet_since, "readings")
            changes |= {"phase": "ok", "since_ms": None, "due_at": now()}
        return changes, True


def _wakes(rule: AlertRule) -> bool:
    """Whether a reading may change anything about a rule: one that waits for silence looks at its own time."""
    return rule.enabled and (rule.when != "silent" or rule.phase == "firing")


def _readings(rule: AlertRule) -> tuple[dict[str, Any], bool]:
    found = readings.raw(rule.number, rule.seen_ms + 1, MAX_TS, _READ)
    horizon = now_ms() + SKEW_MS
    early = next((ts for ts, _ in found if ts > horizon), None)
    usable = found if early is None else [(ts, value) for ts, value in found if ts <= horizon]
    result = incidents.advance(rule, _rates(rule, usable) if rule.when == "rate" else usable)
    lapses_at = _lapses_at(rule, result) if usable else rule.lapses_at
    if not usable and rule.lapses_at is not None and rule.lapses_at <= now():
        # What comes late, with an earlier time, is looked at as ever.
        result, lapses_at = replace(incidents.lapse(rule, _lapses_ms(rule, rule.seen_ms)), seen_ms=rule.seen_ms), None
    changed = result.incident != rule.incident
    # What was found is due until an Alert was made of it.
    due_at = now() if changed else _earliest(None if early is None else from_ms(early - SKEW_MS), lapses_at)
    if result.seen_ms == rule.seen_ms and due_at == rule.due_at and lapses_at == rule.lapses_at:
        return {}, True
    changes: dict[str, Any] = {
        "seen_ms": result.seen_ms, "phase": result.progress.phase, "since_ms": result.progress.since_ms,
        "peak": result.progress.peak, "due_at": due_at, "lapses_at": lapses_at,
    }  # fmt: skip
    if changed:
        changes["incident"] = result.incident
    return changes, result.complete and len(found) < _READ


def _lapses_at(rule: AlertRule, result: incidents.Evaluated) -> datetime | None:
    """When the trigger goes off if nothing comes until then; None where that is not about a rate, or off."""
    if rule.when != "rate" or result.progress.since_ms is None:
        return None
    # A device that sends what it had queued sends old readings, but is about to send more.
    return max(from_ms(_lapses_ms(rule, result.seen_ms)), now() + timedelta(milliseconds=SETTLE_MS))


def _lapses_ms(rule: AlertRule, seen_ms: int) -> int:
    return seen_ms + LONGEST_WINDOWS * rule.window_seconds * 1000


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _rates(rule: AlertRule, usable: list[Timed]) -> Iterator[tuple[int, float | None]]:
    def oldest(start: int) -> Iterator[Timed]:
        start = max(0, start)
        while part := readings.raw(rule.number, start, MAX_TS, _READ):
            yield from part
            start = part[-1][0] + 1

    def before(end: int) -> Timed | None:
        found = readings.raw(rule.number, 0, end - 1, 1, newest=True)
        return found[0] if found else None

    return rates(usable, rule.window_seconds * 1000, oldest, before)
