"""Who may do what with rules and alerts.

Whoever manages the sensor may do everything; the members of the room that a rule speaks in may acknowledge and silence; whoever
sees the sensor sees its rules and alerts, but not in which room they are told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bson import ObjectId

from models.accounts import User
from models.alerts import Alert, AlertRule
from models.devices import Sensor
from models.rooms import Member, Room
from services.telemetry import sensors
from utils.chunks import chunks
from utils.errors import Forbidden, NotFound


@dataclass(frozen=True, slots=True)
class Access:
    """What somebody is to a rule or an alert. manages: its sensor. in_room: they are a member of the room it speaks in."""

    manages: bool
    in_room: bool

    @property
    def knows_room(self) -> bool:
        return self.manages or self.in_room

    def require_answering(self) -> None:
        """Raises Forbidden where they may neither acknowledge nor silence."""
        if not (self.manages or self.in_room):
            raise Forbidden("Only members of its room and whoever manages the sensor may do this.")

    def require_managing(self) -> None:
        """Raises Forbidden where they may not change the rule."""
        if not self.manages:
            raise Forbidden("Only the owner of its device may change a sensor's alert rules.")


def access(what: AlertRule | Alert, user: User) -> Access:
    """What `user` is to it. Raises NotFound where they neither see the sensor nor are in the room."""
    in_room = Member.exists({"room_id": what.room_id, "user_id": user.id})
    try:
        sensor = sensors.visible(what.sensor_id, user)
    except NotFound:
        if not in_room or what.room_id in public_among([what.room_id]):
            raise
        return Access(manages=False, in_room=True)
    return Access(sensors.manages(sensor, user), in_room)


def public_among(room_ids: Iterable[ObjectId]) -> set[ObjectId]:
    """Those of the rooms that anybody may join and read, so that being in one gives no right to what is private."""
    which = {"visibility": "public", "kind": {"$ne": "direct"}}
    return {
        row["_id"]
        for some in chunks(list(set(room_ids)))
        for row in Room.find_raw({**which, "_id": {"$in": some}}, projection=("_id",))
    }


def private_among(sensor_ids: Iterable[ObjectId]) -> set[ObjectId]:
    """Those of the sensors that not everybody sees."""
    return {
        row["_id"]
        for some in chunks(list(set(sensor_ids)))
        for row in Sensor.find_raw({"_id": {"$in": some}, "visibility": "private"}, projection=("_id",))
    }


def shown(alerts: Sequence[Alert], user: User) -> list[Alert]:
    """Those of the alerts of a person's rooms and sensors that they may see: not those of a sensor that has become private,
    in a room that has not."""
    if user.role == "admin" or all(alert.owner_id == user.id for alert in alerts):
        return list(alerts)
    private = private_among(alert.sensor_id for alert in alerts)
    public = public_among(alert.room_id for alert in alerts) if private else set()
    return [
        alert for alert in alerts if alert.owner_id == user.id or alert.sensor_id not in private or alert.room_id not in public
    ]  # fmt: skip


def rooms_of(user: User) -> set[ObjectId]:
    """The rooms that a person is a member of: as many as there may be."""
    return {row["room_id"] for row in Member.find_raw({"user_id": user.id}, projection=("room_id",))}


def in_rooms(user: User, room_ids: Iterable[ObjectId]) -> set[ObjectId]:
    """Those of the rooms, of a page or so, that a person is a member of: one query."""
    wanted = list(set(room_ids))
    which = {"user_id": user.id, "room_id": {"$in": wanted}}
    return {row["room_id"] for row in Member.find_raw(which, projection=("room_id",))} if wanted else set()
