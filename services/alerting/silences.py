"""Silences: until one ends, nobody is told of alerts of its rule, sensor or device. What is still so when it ends is told then."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bson import ObjectId

from models.accounts import User
from models.alerts import Alert, AlertRule, AlertSilence
from models.devices import Sensor
from schemas.alerts import MAX_SILENCE, CreateSilence, SilenceQuery
from services.alerting.access import access, private_among, public_among, rooms_of
from services.alerting.notes import announce
from services.telemetry import devices, sensors
from utils.chunks import chunks
from utils.clock import now
from utils.errors import NotFound, ValidationFailed

# A page looks at all of its alerts again, whichever is pushed.
_PUSHED = 100


def silenced_until(what: Alert | AlertRule, device_id: ObjectId | None = None) -> datetime | None:
    """Until when nobody is told of it, None where that is not so now. device_id: of its sensor, where it is no Alert."""
    rule_id = what.rule_id if isinstance(what, Alert) else what.id
    device_id = what.device_id if isinstance(what, Alert) else device_id
    halves: list[dict[str, Any]] = [{"rule_id": rule_id}, {"sensor_id": what.sensor_id}]
    if device_id is not None:
        halves.append({"device_id": device_id})
    moment = now()
    rows = AlertSilence.find_raw({"$or": halves}, projection=("until",))
    return max((row["until"] for row in rows if row["until"] > moment), default=None)


def create(wanted: CreateSilence, user: User) -> AlertSilence:
    """Silence a rule, a sensor or a device. Raises NotFound, Forbidden, or ValidationFailed for an end that is past or far off."""
    _require(user, wanted.rule_id, wanted.sensor_id, wanted.device_id)
    ends, moment = wanted.ends(), now()
    if not moment < ends <= moment + MAX_SILENCE:
        raise ValidationFailed({"until": f"Give a time within the next {MAX_SILENCE.days} days."})
    silence = AlertSilence(
        rule_id=wanted.rule_id, sensor_id=wanted.sensor_id, device_id=wanted.device_id, until=ends, reason=wanted.reason,
        created_by=user.id, created_by_username=user.username,
    ).insert()  # fmt: skip
    _announce(silence)
    return silence


def end(silence_id: ObjectId, user: User) -> None:
    """End a silence now: what was not told because of it is. Raises NotFound, Forbidden."""
    silence = AlertSilence.get(silence_id)
    if silence is None:
        raise NotFound()
    if silence.created_by != user.id:
        _require(user, silence.rule_id, silence.sensor_id, silence.device_id)
    AlertSilence.delete_one({"_id": silence_id})
    moment = now()
    key = "rule_id" if silence.rule_id else "sensor_id" if silence.sensor_id else "device_id"
    which = {"due_at": {"$gt": moment}, key: silence.rule_id or silence.sensor_id or silence.device_id}
    Alert.update_many(which, {"$set": {"due_at": moment}})
    _announce(silence)


def listing(
    query: SilenceQuery, user: User, *, limit: int, after: ObjectId | None
) -> tuple[list[AlertSilence], ObjectId | None]:  # fmt: skip
    """The silences that hold now, oldest first: of a rule, a sensor (with its rules and its device) or a device, else one's own
    and those of rules that speak in one's rooms: what one may end."""
    which: dict[str, Any] = {"until": {"$gt": now()}}
    # What is asked for, each by an index of its own and within the limit of a query.
    parts: list[dict[str, Any]] = [{}]
    if query.rule_id is not None:
        rule = AlertRule.get(query.rule_id)
        if rule is None:
            raise NotFound()
        access(rule, user)
        which["rule_id"] = rule.id
    elif query.sensor_id is not None:
        sensor = sensors.visible(query.sensor_id, user)
        rules = [row["_id"] for row in AlertRule.find_raw({"sensor_id": sensor.id}, projection=("_id",))]
        parts = [{"sensor_id": sensor.id}, {"device_id": sensor.device_id}, *({"rule_id": {"$in": some}} for some in chunks(rules))]
    elif query.device_id is not None:
        which["device_id"] = devices.visible(query.device_id, user).id
    else:
        parts = [{"created_by": user.id}, *({"rule_id": {"$in": some}} for some in chunks(_rules_in_rooms_of(user)))]
    if after is not None:
        which["_id"] = {"$gt": after}
    unique: dict[ObjectId, AlertSilence] = {}
    for part in parts:
        some = AlertSilence.find({**part, **which}, sort=[("_id", 1)], limit=limit + 1)
        unique |= {silence.id: silence for silence in some}
    found = sorted(unique.values(), key=lambda silence: silence.id)[: limit + 1]
    page = found[:limit]
    return page, page[-1].id if len(found) > limit else None


def remove(rule_ids: Iterable[ObjectId]) -> None:
    """Remove the silences of rules that are deleted."""
    AlertSilence.delete_many({"rule_id": {"$in": list(rule_ids)}})


def _rules_in_rooms_of(user: User) -> list[ObjectId]:
    """The rules that speak in a person's rooms: not those about what is private, in a room that is not."""
    rules = [
        rule
        for some in chunks(sorted(rooms_of(user)))
        for rule in AlertRule.find_raw({"room_id": {"$in": some}}, projection=("_id", "room_id", "sensor_id"))
    ]
    private = private_among(rule["sensor_id"] for rule in rules)
    public = public_among(rule["room_id"] for rule in rules) if private else set()
    return [rule["_id"] for rule in rules if rule["sensor_id"] not in private or rule["room_id"] not in public]


def _announce(silence: AlertSilence) -> None:
    """Have pages look again at what is open of the silence's rule, sensor or device."""
    which: dict[str, Any] = {"open": True}
    if silence.rule_id is not None:
        which["rule_id"] = silence.rule_id
    elif silence.sensor_id is not None:
        which["sensor_id"] = silence.sensor_id
    else:
        rows = Sensor.find_raw({"device_id": silence.device_id}, projection=("_id",))
        which["sensor_id"] = {"$in": [row["_id"] for row in rows]}
    for alert in Alert.find(which, limit=_PUSHED):
        announce(alert)


def _require(user: User, rule_id: ObjectId | None, sensor_id: ObjectId | None, device_id: ObjectId | None) -> None:
    if rule_id is not None:
        rule = AlertRule.get(rule_id)
        if rule is None:
            raise NotFound()
        access(rule, user).require_answering()
    if sensor_id is not None:
        sensors.manageable(sensor_id, user)
    if device_id is not None:
        devices.visible(device_id, user)
