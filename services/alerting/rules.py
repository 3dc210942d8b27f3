"""Alert rules: making, changing and removing them."""

from collections.abc import Sequence

from bson import ObjectId

from models.accounts import User
from models.alerts import Alert, AlertRule
from models.devices import Sensor
from models.readings import MAX_TS
from models.rooms import Room
from schemas.alerts import CreateRule, RuleView, UpdateRule, check_rule, rule_view
from services import filtering
from services.alerting import incidents, silences
from services.alerting.access import Access, access, in_rooms
from services.alerting.notes import announce_rules
from services.rooms import rooms
from services.telemetry import readings, sensors
from utils.clock import now, now_ms
from utils.errors import NotFound, Unavailable, ValidationFailed

MAX_RULES = 32
"""The most rules of a sensor."""

# How far back a new rule looks: the newest reading, if it is no older.
_LOOKS_BACK_MS = 15 * 60_000
_ATTEMPTS = 20
# A change of these makes it another rule, which begins anew.
_DECISIVE = frozenset({"when", "threshold", "for_seconds", "hysteresis", "window_seconds", "room_id", "enabled"})


def create(sensor_id: ObjectId, user: User, wanted: CreateRule) -> AlertRule:
    """Add a rule to a sensor that `user` manages, which speaks in a room of theirs.

    Raises NotFound, Forbidden, or ValidationFailed.
    """
    sensor = sensors.manageable(sensor_id, user)
    _check(sensor, user, wanted.room_id, check_rule(wanted.when, wanted.threshold, wanted.for_seconds))
    if AlertRule.count({"sensor_id": sensor.id}, limit=MAX_RULES) >= MAX_RULES:
        raise ValidationFailed({"sensor_id": f"A sensor has at most {MAX_RULES} rules."})
    values = {name: getattr(wanted, name) for name in CreateRule.model_fields}
    if wanted.name is not None:
        values["name"] = _welcome(wanted.name)
    rule = AlertRule(
        sensor_id=sensor.id, number=sensor.number, created_by=user.id, seen_ms=_start(sensor), due_at=now(), **values
    ).insert()  # fmt: skip
    announce_rules(sensor.id)
    return rule


def update(rule_id: ObjectId, user: User, wanted: UpdateRule) -> AlertRule:
    """Change a rule; what is not given stays. Where that makes it another rule, what fires by the old one is over.

    Raises NotFound, Forbidden, or ValidationFailed.
    """
    given = {name: getattr(wanted, name) for name in wanted.model_fields_set}
    given = {name: value for name, value in given.items() if value is not None or name in ("name", "threshold")}
    if given.get("name") is not None:
        given["name"] = _welcome(given["name"])
    for _ in range(_ATTEMPTS):
        rule = managed(rule_id, user)
        changes = {name: value for name, value in given.items() if getattr(rule, name) != value}
        if not changes:
            return rule
        merged = rule.model_copy(update=changes)
        sensor = sensors.visible(rule.sensor_id, user)
        room_id = changes.get("room_id")
        _check(sensor, user, room_id, check_rule(merged.when, merged.threshold, merged.for_seconds))
        if room_id is not None:
            # It speaks in the name of whoever put it there.
            changes["created_by"] = user.id
        if _DECISIVE & changes.keys():
            changes = {**incidents.closing(rule, "rule_changed"), "seen_ms": _start(sensor), **changes}
        changed = incidents.commit(rule, changes)
        if changed is not None:
            announce_rules(sensor.id)
            return changed
    raise Unavailable()


def delete(rule_id: ObjectId, user: User) -> None:
    """Remove a rule; its alerts stay, and what fires is over. Raises NotFound or Forbidden."""
    for _ in range(_ATTEMPTS):
        rule = managed(rule_id, user)
        ended = incidents.commit(rule, {**incidents.closing(rule, "rule_deleted"), "enabled": False})
        if ended is None:
            continue
        # What the worker has then to tell is in the alert: the rule is no longer needed.
        incidents.project(ended)
        AlertRule.delete_one({"_id": rule_id})
        silences.remove([rule_id])
        announce_rules(rule.sensor_id)
        return
    raise Unavailable()


def managed(rule_id: ObjectId, user: User) -> AlertRule:
    """A rule that `user` may change. Raises NotFound or Forbidden."""
    rule, standing = visible(rule_id, user)
    standing.require_managing()
    return rule


def visible(rule_id: ObjectId, user: User) -> tuple[AlertRule, Access]:
    """A rule, and what `user` is to it. Raises NotFound."""
    rule = AlertRule.get(rule_id)
    if rule is None:
        raise NotFound()
    return rule, access(rule, user)


def of_sensor(sensor_id: ObjectId, user: User) -> list[RuleView]:
    """All rules of a sensor that `user` sees, oldest first, as the wire has them: at most MAX_RULES or so. Raises NotFound."""
    sensor = sensors.visible(sensor_id, user)
    return _views(AlertRule.find({"sensor_id": sensor.id}, sort=[("_id", 1)]), sensor, user)


def view(rule: AlertRule, user: User) -> RuleView:
    """A rule as `user` gets it."""
    return _views([rule], Sensor.get(rule.sensor_id), user)[0]


def _views(rules: Sequence[AlertRule], sensor: Sensor | None, user: User) -> list[RuleView]:
    manages = sensor is not None and sensors.manages(sensor, user)
    mine = set() if manages or not rules else in_rooms(user, (rule.room_id for rule in rules))
    open_ids = [rule.incident.alert_id for rule in rules if rule.incident is not None and rule.incident.open]
    alerts = {alert.id: alert for alert in Alert.find({"_id": {"$in": open_ids}})} if open_ids else {}
    views = []
    for rule in rules:
        alert = None if rule.incident is None else alerts.get(rule.incident.alert_id)
        view = rule_view(
            rule, in_room=manages or rule.room_id in mine, acknowledged=alert is not None and alert.state == "acknowledged",
            silenced_until=silences.silenced_until(rule, None if sensor is None else sensor.device_id),
        )  # fmt: skip
        views.append(view)
    return views


def _check(sensor: Sensor, user: User, room_id: ObjectId | None, wrong: dict[str, str]) -> None:
    if wrong:
        raise ValidationFailed(wrong)
    if room_id is None:
        return
    rooms.membership(room_id, user.id)
    room = Room.get(room_id)
    if room is None:
        raise NotFound()
    if sensor.visibility == "private" and room.visibility == "public":
        raise ValidationFailed({"room_id": "Anybody may read in this room, but not see this sensor. Choose a private room."})


def _welcome(name: str) -> str:
    """The name as the word list lets it be said in a room."""
    verdict = filtering.check(name)
    if verdict.action == "reject":
        raise ValidationFailed({"name": "This holds words that are not welcome here."})
    return verdict.text


def _start(sensor: Sensor) -> int:
    """After which reading a rule begins to look."""
    start = now_ms() - _LOOKS_BACK_MS
    newest = readings.raw(sensor.number, start, MAX_TS, 1, newest=True)
    return newest[0][0] - 1 if newest else start
