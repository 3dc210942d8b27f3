"""Alerts, as people look at and answer them."""

from collections.abc import Sequence
from typing import Any

from bson import ObjectId

from models.accounts import User
from models.alerts import Alert, AlertRule
from schemas.alerts import AlertQuery, AlertView, alert_view
from services.alerting import notes
from services.alerting.access import Access, access, rooms_of, shown
from services.alerting.notes import announce
from services.rooms import rooms
from services.telemetry import sensors
from utils.clock import now
from utils.errors import NotFound

_STATES: dict[str, dict[str, Any]] = {
    "firing": {"open": True, "acknowledged_at": None},
    "acknowledged": {"open": True, "acknowledged_at": {"$exists": True}},
    "resolved": {"open": False},
    "open": {"open": True},
}


def listing(query: AlertQuery, user: User, *, limit: int, before: ObjectId | None) -> tuple[list[Alert], ObjectId | None]:
    """A page of alerts, newest first, and where the next page starts: of a sensor, a rule or a room, else all that concern `user`.

    Raises NotFound for what they may not see, Forbidden for a room that they are not in.
    """
    which: dict[str, Any] = {}
    if query.sensor_id is not None:
        which["sensor_id"] = sensors.visible(query.sensor_id, user).id
    if query.rule_id is not None:
        rule = AlertRule.get(query.rule_id)
        if rule is None:
            raise NotFound()
        access(rule, user)
        which["rule_id"] = rule.id
    if query.room_id is not None:
        rooms.membership(query.room_id, user.id)
        which["room_id"] = query.room_id
    if not which and user.role != "admin":
        which["$or"] = [{"room_id": {"$in": sorted(rooms_of(user))}}, {"owner_id": user.id}]
    if query.state is not None:
        which |= _STATES[query.state]
    if before is not None:
        which["_id"] = {"$lt": before}
    found = Alert.find(which, sort=[("_id", -1)], limit=limit + 1)
    page = found[:limit]
    return shown(page, user), page[-1].id if len(found) > limit else None


def visible(alert_id: ObjectId, user: User) -> tuple[Alert, Access]:
    """An alert, and what `user` is to it. Raises NotFound."""
    alert = Alert.get(alert_id)
    if alert is None:
        raise NotFound()
    return alert, access(alert, user)


def acknowledge(alert_id: ObjectId, user: User) -> Alert:
    """Say that somebody has seen it. The first one counts, and of what is over nothing changes. Raises NotFound or Forbidden."""
    alert, standing = visible(alert_id, user)
    standing.require_answering()
    moment = now()
    changed = Alert.find_one_and_update(
        {"_id": alert_id, "open": True, "acknowledged_at": None},
        {
            "$set": {
                "acknowledged_by": user.id, "acknowledged_by_username": user.username, "acknowledged_at": moment,
                "due_at": moment,
            },
            "$inc": {"revision": 1},
        },
    )  # fmt: skip
    if changed is None:
        return Alert.get(alert_id) or alert
    if changed.message_id is not None:
        notes.refresh(changed)
        announce(changed)
        Alert.update_one({"_id": alert_id, "revision": changed.revision}, {"$set": {"due_at": None}})
    # Else the worker may be about to post the message: it looks again.
    return changed


def view(alert: Alert, standing: Access) -> AlertView:
    """An alert as whoever has that access gets it."""
    return alert_view(alert, in_room=standing.knows_room)


def views(alerts: Sequence[Alert], user: User) -> list[AlertView]:
    """Alerts as `user` gets them: one query, whatever their number."""
    mine = rooms_of(user) if alerts else set()
    return [
        alert_view(alert, in_room=user.role == "admin" or alert.owner_id == user.id or alert.room_id in mine) for alert in alerts
    ]
