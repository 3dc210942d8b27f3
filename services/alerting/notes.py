"""How people see an alert: the message that its room has of it, made once and changed as it changes, and pushes to open pages."""

from typing import Literal

from bson import ObjectId

from models.alert_facts import FACTS
from models.alerts import Alert
from models.devices import Sensor
from models.messages import AlertSnapshot, ChartSnapshot, Message
from models.rooms import Room
from schemas.alerts import AlertRulesUpdated, alert_view
from schemas.messages import message_view
from services.alerting import wording
from services.alerting.access import public_among
from services.push import member_room, push, sensor_room, user_room
from services.rooms import timeline
from utils.clock import now
from utils.text_terms import index_terms

Turn = Literal["again", "over"]


def snapshot(alert: Alert, turn: Turn | None = None) -> AlertSnapshot:
    """What a message says of an alert, in fields. turn: of one that answers the alert's message."""
    return AlertSnapshot(
        **{name: getattr(alert, name) for name in FACTS}, alert_id=alert.id, name=alert.sensor_name, state=alert.state,
        acknowledged_by=alert.acknowledged_by_username, turn=turn,
    )  # fmt: skip


def refresh(alert: Alert, chart: ChartSnapshot | None = None) -> None:
    """Have the alert's message show it as it is, and the line that it fires again say for as long only as that is so. One that
    shows a later revision already, or was deleted, stays.

    chart: what the message shows from now on, None for what it does.
    """
    if alert.message_id is None:
        return
    text = wording.body(alert)
    changes: dict[str, object] = {
        "alert": snapshot(alert).model_dump(), "body": text, "terms": index_terms(text), "edited_at": now(),
    }  # fmt: skip
    if chart is not None:
        changes["chart"] = chart.model_dump()
    _change(alert.message_id, alert.revision, changes)
    again = None if alert.again_id is None else Message.get(alert.again_id)
    if again is not None and again.alert is not None:
        shown = snapshot(alert, "again")
        if again.alert.occurrences < alert.occurrences:  # that one is over, whatever has become of the alert since
            shown.state = "resolved"
        shown.occurrences = again.alert.occurrences
        _change(again.id, alert.revision, {"alert": shown.model_dump(), "edited_at": now()})


def _change(message_id: ObjectId, revision: int, changes: dict[str, object]) -> None:
    changed = Message.find_one_and_update(
        {"_id": message_id, "deleted": False, "alert.revision": {"$lt": revision}}, {"$set": changes}
    )
    room = None if changed is None else Room.get(changed.room_id)
    if changed is not None and room is not None:
        push().publish(timeline.audience(room), "message_edited", {"message": message_view(changed)})


def announce(alert: Alert) -> None:
    """Push an alert to those who watch its sensor, and to those whom it concerns wherever they look: the members of its room
    and the sensor's owner."""
    # Whoever watches the sensor need not be in the room.
    push().publish(sensor_room(alert.sensor_id), "sensor_alert", {"alert": alert_view(alert, in_room=False)})
    concerned = [] if alert.owner_id is None else [user_room(alert.owner_id)]
    hidden = Sensor.exists({"_id": alert.sensor_id, "visibility": "private"}) and alert.room_id in public_among([alert.room_id])
    if not hidden:
        concerned.insert(0, member_room(alert.room_id))
    if concerned:
        push().publish(concerned, "sensor_alert", {"alert": alert_view(alert, in_room=True)})


def announce_rules(sensor_id: ObjectId) -> None:
    """Have those who watch a sensor look again at its rules: each sees of them what they may."""
    told: AlertRulesUpdated = {"sensor_id": str(sensor_id)}
    push().publish(sensor_room(sensor_id), "alert_rules_updated", {**told})
