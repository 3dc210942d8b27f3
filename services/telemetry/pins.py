"""Sensors pinned to rooms: shown live at the top of the room, to everyone who reads it.

Only what everybody may see is pinned: a sensor of visibility `public`. Others would be shown to people whom their owner has
not let see them, or to none. One that becomes private is taken off all rooms.

Who may pin and unpin: in a public room its owner, its moderators and administrators of the site, for there it speaks to
strangers; in a private room, and between two people, every member.
"""

from bson import ObjectId

from models.accounts import User
from models.devices import Sensor
from models.odm import DuplicateKey
from models.pins import MAX_PINS, Pin
from models.rooms import Member
from schemas.base import time_text
from schemas.pins import PinView
from services.rooms import rooms
from services.rooms.roles import Rank, Standing, standing
from services.telemetry import pinned, sensors
from utils.chunks import chunks
from utils.errors import Conflict, Forbidden, NotFound


class TooManyPins(Conflict):
    default_message = f"A room has at most {MAX_PINS} pinned sensors. Unpin another one first."


class NotPublic(Forbidden):
    default_message = "Not everyone in the room may see this sensor. Make it public first."


def listing(room_id: ObjectId, user: User) -> list[PinView]:
    """What is pinned to a room that `user` may read, in the order in which it was pinned. Raises NotFound, Forbidden."""
    rooms.visible(room_id, user)
    return _views(room_id)


def rooms_of(sensor: Sensor, user: User) -> list[ObjectId]:
    """The rooms where the sensor is pinned, of those that `user` is a member of."""
    places = [row["room_id"] for row in Pin.find_raw({"sensor_id": sensor.id}, projection=("room_id",))]
    return [
        row["room_id"]
        for some in chunks(places)
        for row in Member.find_raw({"room_id": {"$in": some}, "user_id": user.id}, projection=("room_id",))
    ]


def pin(room_id: ObjectId, sensor_id: ObjectId, user: User) -> tuple[PinView, bool]:
    """Pin a sensor; returns the pin, and False where it was there already.

    Raises NotFound (room or sensor), Forbidden, NotPublic, TooManyPins.
    """
    _require_pinner(standing(room_id, user))
    sensor = sensors.visible(sensor_id, user)
    if sensor.visibility != "public":
        raise NotPublic()
    made = _insert(room_id, sensor_id, user)
    current = Sensor.get(sensor_id)
    if current is None or current.visibility != "public":  # changed meanwhile, perhaps after its pins were taken off
        Pin.delete_one({"room_id": room_id, "sensor_id": sensor_id})
        raise NotFound() if current is None else NotPublic()
    if made:
        pinned.tell(room_id)
    found = next((view for view in _views(room_id) if view["sensor"]["id"] == str(sensor_id)), None)
    if found is None:
        raise NotFound()
    return found, made


def unpin(room_id: ObjectId, sensor_id: ObjectId, user: User) -> None:
    """Take a sensor off a room. Raises NotFound, Forbidden."""
    _require_pinner(standing(room_id, user))
    if not Pin.delete_one({"room_id": room_id, "sensor_id": sensor_id}):
        raise NotFound("This sensor is not pinned here.")
    pinned.tell(room_id)


def _insert(room_id: ObjectId, sensor_id: ObjectId, user: User) -> bool:
    """Store a pin in a free slot; the index over slots decides between two that take the same one at once."""
    while True:
        there = Pin.find({"room_id": room_id})
        if any(each.sensor_id == sensor_id for each in there):
            return False
        free = sorted(set(range(MAX_PINS)) - {each.slot for each in there})
        if not free:
            raise TooManyPins()
        try:
            Pin(room_id=room_id, sensor_id=sensor_id, slot=free[0], pinned_by=user.id).insert()
        except DuplicateKey:
            continue
        return True


def _require_pinner(found: Standing) -> None:
    open_to_all = found.room.visibility == "public" and found.room.kind != "direct"
    found.require(Rank.MODERATOR if open_to_all else Rank.MEMBER)


def _views(room_id: ObjectId) -> list[PinView]:
    pins = pinned.to_room(room_id)
    found = Sensor.find({"_id": {"$in": [each.sensor_id for each in pins]}, "visibility": "public"}) if pins else []
    shown = {view["id"]: view for view in sensors.views(found)}
    return [
        {
            "room_id": str(room_id), "sensor": shown[str(each.sensor_id)], "pinned_by": str(each.pinned_by),
            "created_at": time_text(each.created_at) or "",
        }
        for each in pins
        if str(each.sensor_id) in shown
    ]  # fmt: skip
