"""Alerts, as people look at and answer them."""

from collections.abc import Sequence
from typing import Any

from bson import ObjectId

from models.accounts import User
from models.alerts import Alert, AlertRule
from schemas.alerts import AlertQuery, AlertView, alert_view
from services.alerting import notes
from services.alerting.access import Access, access, in_rooms, rooms_of, shown
from services.alerting.notes import announce
from services.rooms import rooms
from services.telemetry import sensors
from utils.chunks import chunks
from utils.clock import now
from utils.errors import NotFound

# A look into an index for each; MongoDB merges no more of them in the order of the index.
_ROOMS_AT_ONCE = 200
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
    all_that_concern = not which and user.role != "admin"
    if query.state is not None:
        which |= _STATES[query.state]
    if before is not None:
        which["_id"] = {"$lt": before}
    if all_that_concern:
        found = _concerning(user, which, limit + 1)
    else:
        found = Alert.find(which, sort=[("_id", -1)], limit=limit + 1)
    page = found[:limit]
    return shown(page, user), page[-1].id if len(found) > limit else None


def _concerning(user: User, which: dict[str, Any], limit: int) -> list[Alert]:
    """The newest that match, of a person's sensors and rooms. Only their ids are looked at, but for those of the page."""
    newest: list[dict[str, Any]] = [{**which, "owner_id": user.id}]
    if "open" in which:
        # The same as a range, or SQLite would rather read what is open in all rooms of the place, in order.
        which = {**which, "open": {"$gte": True} if which["open"] else {"$lte": False}}
    newest += ({**which, "room_id": {"$in": some}} for some in chunks(sorted(rooms_of(user)), _ROOMS_AT_ONCE))
    ids: set[ObjectId] = set()
    for part in newest:
        rows = Alert.find_raw(part, projection=("_id",), sort=[("_id", -1)], limit=limit)
        ids = set(sorted(ids.union(row["_id"] for row in rows), reverse=True)[:limit])
    return Alert.find({"_id": {"$in": list(ids)}}, sort=[("_id", -1)]) if ids else []


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
    mine = in_rooms(user, (alert.room_id for alert in alerts))
    return [
        alert_view(alert, in_room=user.role == "admin" or alert.owner_id == user.id or alert.room_id in mine) for alert in alerts
    ]
