"""Telling people of alerts: the message in the room, the line that it is over, mails, and those who watch the sensor.

All of it can be done again, by whichever process, and makes the same: a message has a client_id that names the alert, so a second
one is the first; a message changes only towards later revisions; of mails each is claimed before it is sent.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bson import ObjectId

from models.accounts import User
from models.alert_facts import AlertState
from models.alerts import Alert
from models.devices import Sensor
from models.messages import MAX_CHART_POINTS, ChartSnapshot, Message
from models.odm import DatabaseUnavailable
from models.rooms import Member, Room
from services import mail
from services.alerting import notes, wording
from services.alerting.notes import Turn, announce
from services.alerting.silences import silenced_until
from services.charting import sensor_charts
from services.mail.message import Mail
from services.rooms import timeline
from services.telemetry import sensors
from utils.clock import now, now_ms
from utils.logs import get_logger
from utils.text_terms import index_terms

log = get_logger(__name__)

# An incident that was over for longer than this when it was found (a device sent what it had queued) is kept but not told.
LATE = timedelta(minutes=15)
# Of an incident that comes and goes the room hears at most so often; the message itself always says how it is.
TOLD_EVERY = timedelta(seconds=60)
_RETRY = timedelta(seconds=30)
_BEFORE_MS = 30 * 60_000
_PART = 50


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an alert may be told, and in whose name."""

    room: Room
    author: User
    sensor: Sensor


def deliver() -> Iterator[None]:
    """Tell what has not been told yet, an alert at each step."""
    for row in Alert.find_raw({"due_at": {"$lte": now()}}, projection=("_id",), sort=[("due_at", 1)], limit=_PART):
        present(row["_id"])
        yield


def present(alert_id: ObjectId) -> None:
    """Tell what is new about an alert. What fails is tried again half a minute later."""
    alert = Alert.get(alert_id)
    if alert is None or alert.due_at is None:
        return
    try:
        again = _present(alert)
    except DatabaseUnavailable:
        raise
    except Exception:
        log.exception("alert not told", alert=str(alert_id))
        again = now() + _RETRY
    # Left as it is where it became due once more meanwhile.
    Alert.update_one({"_id": alert.id, "revision": alert.revision, "due_at": alert.due_at}, {"$set": {"due_at": again}})


def _present(alert: Alert) -> datetime | None:
    """Tell it; returns when to look again, if there is more to tell then."""
    quiet_until = silenced_until(alert)
    again = None
    if alert.message_id is not None:
        notes.refresh(alert, None if alert.open else _chart(alert))
        if alert.open != alert.told_open:
            again = quiet_until or _tell_below(alert)
    elif quiet_until is not None:
        again = quiet_until if alert.open else None
    elif _worth_telling(alert):
        _post(alert)
    if quiet_until is None:
        _mail(alert)
    announce(alert)
    return again


def _worth_telling(alert: Alert) -> bool:
    """Whether a room that has heard nothing of an alert has to: of what somebody has seen already, or what is long over, not."""
    if alert.open:
        return alert.acknowledged_at is None
    return alert.ended_by == "readings" and alert.resolved_at is not None and now() - alert.resolved_at <= LATE


def _place(alert: Alert) -> _Place | None:
    """Where an alert is told: nowhere if the rule's owner is no longer there or no longer sees the sensor, or if everybody can
    read along who may not see it."""
    room, author, sensor = Room.get(alert.room_id), User.get(alert.created_by), Sensor.get(alert.sensor_id)
    if room is None or author is None or author.banned or sensor is None:
        return None
    if sensor.visibility == "private" and (room.visibility == "public" or not sensors.manages(sensor, author)):
        return None
    if room.kind == "direct":
        welcome = author.id in room.pair() and room.takes_messages_from(author.id, is_admin=author.role == "admin")
    else:
        welcome = Member.exists({"room_id": room.id, "user_id": author.id})
    return _Place(room, author, sensor) if welcome else None


def _post(alert: Alert) -> None:
    place = _place(alert)
    if place is None:
        log.info("alert has no room to be told in", alert=str(alert.id))
        return
    message = _say(place, alert, wording.body(alert), f"alert-{alert.id}", chart=_chart(alert))
    Alert.update_one({"_id": alert.id}, {"$set": {"message_id": message.id, "told_open": alert.open}})
    alert.message_id = message.id
    # Where it was there already it may say what was so before.
    notes.refresh(alert)


def _tell_below(alert: Alert) -> datetime | None:
    """Say below the alert's message that it is over, or fires again; returns when that may be said, if it is too early now."""
    moment = now()
    if alert.told_at is not None and moment - alert.told_at < TOLD_EVERY:
        return alert.told_at + TOLD_EVERY
    place = _place(alert)
    # Below a message that somebody has deleted there is nothing to add.
    if place is not None and Message.exists({"_id": alert.message_id, "deleted": False}):
        turn: Turn = "again" if alert.open else "over"
        text = wording.again(alert) if alert.open else wording.over(alert)
        said = _say(place, alert, text, f"alert-{alert.id}-{turn}-{alert.occurrences}", turn=turn)
        told: dict[str, object] = {"told_open": alert.open, "told_at": moment}
        if alert.open:
            told["again_id"] = said.id
        Alert.update_one({"_id": alert.id}, {"$set": told})
    return None


def _say(
    place: _Place, alert: Alert, text: str, client_id: str, *, chart: ChartSnapshot | None = None, turn: Turn | None = None
) -> Message:
    draft = Message(
        room_id=place.room.id, seq=0, author_id=place.author.id, author_username=place.author.username,
        nickname=alert.sensor_name, kind="alert", body=text, terms=index_terms(text), client_id=client_id,
        chart=chart, alert=notes.snapshot(alert, turn), reply_to=None if turn is None else alert.message_id,
    )  # fmt: skip
    return timeline.append(draft, timeline.audience(place.room))[0]


def _chart(alert: Alert) -> ChartSnapshot | None:
    """The sensor's course from half an hour before until now, or until the alert was over."""
    sensor = Sensor.get(alert.sensor_id)
    if sensor is None:
        return None
    start = int(alert.started_at.timestamp() * 1000)
    end = now_ms() if alert.resolved_at is None else int(alert.resolved_at.timestamp() * 1000) + 60_000
    before = max(_BEFORE_MS, 2 * alert.window_seconds * 1000 if alert.when == "rate" else 0)
    start, end = max(0, start - before), max(end, start + 60_000)
    points = sensor_charts.points(sensor, start, end, MAX_CHART_POINTS)
    return ChartSnapshot(
        sensor_id=sensor.id, name=alert.sensor_name, unit=alert.unit, start_ms=start, end_ms=end, points=points
    )  # fmt: skip


def _mail(alert: Alert) -> None:
    """Mail the rule's owner that it fires and that it is over, once each."""
    state: AlertState = alert.state
    if not alert.mail or state == "acknowledged" or state in alert.mailed or (state == "resolved" and "firing" not in alert.mailed):
        return
    owner = User.get(alert.created_by)
    # Somebody else may read an address that was only claimed.
    if owner is None or owner.banned or owner.email is None or not owner.email_verified:
        return
    # Claimed before it is sent: after a crash a mail may be missing, but none comes twice.
    if Alert.update_one({"_id": alert.id, "mailed": {"$ne": state}}, {"$push": {"mailed": state}}):
        room = Room.find_raw({"_id": alert.room_id}, projection=("name",))
        where = f"\n\nRoom: {room[0]['name']}" if room else ""
        mail.send(Mail(owner.email, wording.subject(alert), wording.body(alert) + where))
