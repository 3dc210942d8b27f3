"""The page of Socket.IO events: each handler parses, calls one service and acknowledges.

What is below it (safe packets, dispatch, who is at the other end) is in realtime/.
"""

from typing import Any

from models.messages import Message
from realtime import device_namespace, people_namespace
from realtime.connections import DeviceLine, Person
from realtime.dispatch import Events, Result
from schemas.alerts import AlertAnswer, AlertOnly
from schemas.base import Empty
from schemas.commands import SentAnswer
from schemas.device_status import ReportStatus
from schemas.direct import SendPrivateMessage
from schemas.friends import PresenceAway
from schemas.messages import EditMessage, MessageAnswer, MessageOnly, React, SendMessage
from schemas.readings import DeviceReadings, ReadingsAnswer
from schemas.rooms import JoinAnswer, JoinChatRoom, MarkRead, RoomOnly
from schemas.sensors import Announce, AnnounceAnswer, JoinSensor, JoinSensorAnswer, SensorOnly
from services.alerting import alerts
from services.commands import composer
from services.limits import DELETING, EDITING, REACTING, SENDING
from services.messaging import edits, messages, reactions
from services.people import presence
from services.platform import Platform
from services.push import chat_room, push, sensor_room
from services.rooms import rooms
from services.telemetry import devices as registry
from services.telemetry import ingest, sensors
from services.telemetry import readings as history

people: Events[Person] = Events("/")
devices: Events[DeviceLine] = Events(registry.NAMESPACE)
EVENTS: tuple[Events[Any], ...] = (people, devices)
CATCH_UP = 200


def register(platform: Platform, server: Any, claim: people_namespace.Claim) -> None:
    """Attach both namespaces to a python-socketio server; everything there runs inside `platform`.

    claim: for whom the session of a handshake stands.
    """
    people_namespace.register(platform, server, people, claim)
    device_namespace.register(platform, server, devices)


# -- people: rooms and what is said in them ------------------------------------------------------------------------------------


@people.on("join_chat_room", JoinChatRoom, answer=JoinAnswer, limit="120/minute")
def join_chat_room(person: Person, payload: JoinChatRoom) -> Result:
    """Follow a room: become a member if need be (unless `follow_only`), get what was missed, and from now on what is said."""
    # Followed before reading: what is sent in between comes twice rather than never, and `seq` tells.
    room, member = rooms.follow(payload.room_id, person.user, person.sid, payload.nickname, follow_only=payload.follow_only)
    limit = CATCH_UP if payload.after_seq is not None else 50
    found, more = messages.history(payload.room_id, after_seq=payload.after_seq, limit=limit)
    return {"room": rooms.view(room, member), "messages": messages.views(found, person.user.id), "more": more}


@people.on("leave_chat_room", RoomOnly, answer=Empty)
def leave_chat_room(person: Person, payload: RoomOnly) -> None:
    """Stop following a room; the membership stays."""
    push().leave(person.sid, chat_room(payload.room_id))


@people.on("send_message", SendMessage, answer=SentAnswer, limit=SENDING)
def send_message(person: Person, payload: SendMessage) -> Result:
    """Say something in a room. A repeated client_id is acknowledged with the first message."""
    sent = composer.send(
        payload.room_id, person.user, payload.body,
        client_id=payload.client_id, reply_to=payload.reply_to, attachment_ids=payload.attachment_ids,
    )  # fmt: skip
    return {**sent.answer(person.user.id)}


@people.on("edit_message", EditMessage, answer=MessageAnswer, limit=EDITING)
def edit_message(person: Person, payload: EditMessage) -> Result:
    """Change the text of one's own message."""
    return _answer(person, edits.edit(payload.id, person.user, payload.body))


@people.on("delete_message", MessageOnly, answer=MessageAnswer, limit=DELETING)
def delete_message(person: Person, payload: MessageOnly) -> Result:
    """Delete one's own message, or as a moderator anyone's; acknowledged with the tombstone."""
    return _answer(person, edits.delete(payload.id, person.user))


@people.on("react", React, answer=MessageAnswer, limit=REACTING)
def react(person: Person, payload: React) -> Result:
    """Put one's reaction to a message, or take it back; saying so twice changes nothing."""
    return _answer(person, reactions.react(payload.id, person.user, payload.emoji, on=payload.on))


@people.on("typing_start", RoomOnly, answer=Empty, limit="120/minute")
def typing_start(person: Person, payload: RoomOnly) -> None:
    """Show the others in the room that one is typing; it lapses after 6 seconds unless it is repeated."""
    messages.typing(payload.room_id, person.user, person.sid, on=True)


@people.on("typing_stop", RoomOnly, answer=Empty, limit="120/minute")
def typing_stop(person: Person, payload: RoomOnly) -> None:
    """Show the others in the room that one no longer types."""
    messages.typing(payload.room_id, person.user, person.sid, on=False)


@people.on("mark_read", MarkRead, answer=Empty, limit="240/minute")
def mark_read(person: Person, payload: MarkRead) -> None:
    """Move one's read pointer in a room forward."""
    messages.mark_read(payload.room_id, person.user, payload.seq)


@people.on("send_private_message", SendPrivateMessage, answer=SentAnswer, limit=SENDING)
def send_private_message(person: Person, payload: SendPrivateMessage) -> Result:
    """Write to a person. A repeated client_id is acknowledged with the first message."""
    sent = composer.send_to_person(person.user, payload.user_id, payload.body, client_id=payload.client_id)
    return {**sent.answer(person.user.id)}


# -- people: sensors, alerts, presence -----------------------------------------------------------------------------------------


@people.on("join_sensor", JoinSensor, answer=JoinSensorAnswer, limit="600/minute")
def join_sensor(person: Person, payload: JoinSensor) -> Result:
    """Watch a sensor: get its recent readings, and from now on each new one."""
    sensor = sensors.follow(payload.sensor_id, person.user, person.sid)
    # Entered before reading: what comes in between comes twice rather than never, and its time tells.
    return {"sensor": sensors.view(sensor), "readings": history.recent(sensor, payload.since)}


@people.on("leave_sensor", SensorOnly, answer=Empty)
def leave_sensor(person: Person, payload: SensorOnly) -> None:
    """Stop watching a sensor."""
    push().leave(person.sid, sensor_room(payload.sensor_id))


@people.on("acknowledge_alert", AlertOnly, answer=AlertAnswer, limit="120/minute")
def acknowledge_alert(person: Person, payload: AlertOnly) -> Result:
    """Say that somebody looks after an alert; the first one counts."""
    alerts.acknowledge(payload.alert_id, person.user)
    return {"alert": alerts.view(*alerts.visible(payload.alert_id, person.user))}


@people.on("presence_away", PresenceAway, answer=Empty, limit="60/minute")
def presence_away(person: Person, payload: PresenceAway) -> None:
    """Say whether anybody is at this device; a person is away once that is so of none of their devices."""
    presence.set_away(person.sid, person.user_id, away=payload.away)


# -- devices -------------------------------------------------------------------------------------------------------------------


@devices.on("announce", Announce, answer=AnnounceAnswer, limit="60/minute")
def announce(line: DeviceLine, payload: Announce) -> Result:
    """Say which sensors the device has; gives the id of each, created or updated. May say how the device is, as `status` does."""
    device = line.device
    registry.report(device, version=payload.version, status=payload.status)
    ids = sensors.announce(device, payload.sensors)
    return {"sensors": {key: str(sensor_id) for key, sensor_id in ids.items()}}


@devices.on("status", ReportStatus, answer=Empty, limit="30/minute")
def status(line: DeviceLine, payload: ReportStatus) -> Result:
    """Say how the device is: its battery, its signal, how long it runs. What it leaves out is not known from then on."""
    registry.report(line.device, version=payload.version, status=payload.status)
    return {}


@devices.on("readings", DeviceReadings, answer=ReadingsAnswer)
def readings(line: DeviceLine, payload: DeviceReadings) -> Result:
    """Send up to 5,000 readings; acknowledged when they are stored. One that is wrong is rejected alone."""
    return {**ingest.ingest(line.source, payload.readings)}


def _answer(person: Person, message: Message) -> Result:
    return {"message": messages.view(message, person.user.id)}
