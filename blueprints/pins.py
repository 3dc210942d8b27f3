"""/api/chat-rooms/<id>/pins and /api/sensors/<id>/pins: sensors at the top of rooms."""

from typing import Any

from bson import ObjectId

from blueprints.api import Api
from blueprints.identity import current_user
from schemas.pins import PinAnswer, PinList, PinnedRooms, PinSensor
from services.telemetry import pins, sensors
from utils.errors import Conflict, Forbidden, NotFound

in_rooms = Api("pins", "/api/chat-rooms")
of_sensors = Api("sensor-pins", "/api/sensors")


@in_rooms.get("/<id:room_id>/pins", answer=PinList, errors=(NotFound, Forbidden))
def listing(room_id: ObjectId) -> Any:
    """The sensors that are pinned to a room, at most six, in the order in which they were."""
    return {"items": pins.listing(room_id, current_user())}


@in_rooms.post(
    "/<id:room_id>/pins", body=PinSensor, answer=PinAnswer, status=201, errors=(NotFound, Forbidden, Conflict),
    other_statuses={200: "It was pinned already."},
)  # fmt: skip
def pin(room_id: ObjectId, body: PinSensor) -> Any:
    """Pin a public sensor to a room: moderators and the owner may, in a private room every member."""
    view, made = pins.pin(room_id, body.sensor_id, current_user())
    return {"pin": view}, 201 if made else 200


@in_rooms.delete("/<id:room_id>/pins/<id:sensor_id>", status=204, errors=(NotFound, Forbidden))
def unpin(room_id: ObjectId, sensor_id: ObjectId) -> None:
    """Take a sensor off a room; who may pin may."""
    pins.unpin(room_id, sensor_id, current_user())


@of_sensors.get("/<id:sensor_id>/pins", answer=PinnedRooms, errors=(NotFound,))
def rooms_of(sensor_id: ObjectId) -> Any:
    """The rooms that the sensor is pinned to, of those that one is a member of."""
    found = pins.rooms_of(sensors.visible(sensor_id, current_user()), current_user())
    return {"items": [str(room_id) for room_id in found]}
