"""The message that a room has of an alert: made once, changed as the alert changes."""

from typing import Literal

from bson import ObjectId

from models.alerts import Alert
from models.messages import AlertSnapshot, ChartSnapshot, Message
from models.rooms import Room
from schemas.messages import message_view
from services.alerting import wording
from services.messaging import messages
from services.push import push
from utils.clock import now
from utils.text_terms import index_terms

Turn = Literal["again", "over"]


def snapshot(alert: Alert, turn: Turn | None = None) -> AlertSnapshot:
    """What a message says of an alert, in fields. turn: of one that answers the alert's message."""
    return AlertSnapshot(
        alert_id=alert.id, revision=alert.revision, rule_id=alert.rule_id, rule_name=alert.rule_name, sensor_id=alert.sensor_id,
        name=alert.sensor_name, unit=alert.unit, when=alert.when, threshold=alert.threshold, for_seconds=alert.for_seconds,
        window_seconds=alert.window_seconds, severity=alert.severity, state=alert.state, value=alert.value, peak=alert.peak,
        occurrences=alert.occurrences, started_at=alert.started_at, resolved_at=alert.resolved_at, ended_by=alert.ended_by,
        acknowledged_by=alert.acknowledged_by_username, acknowledged_at=alert.acknowledged_at, turn=turn,
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
        push().publish(messages.audience(room), "message_edited", {"message": message_view(changed)})
