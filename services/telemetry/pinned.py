"""Which sensors are pinned where, for those that only have to take them off: see services.telemetry.pins for who may pin."""

from collections.abc import Iterable

from bson import ObjectId

from models.pins import Pin
from schemas.pins import PinsUpdated
from services.push import chat_room, push


def to_room(room_id: ObjectId) -> list[Pin]:
    """The pins of a room, in the order in which they were made."""
    return Pin.find({"room_id": room_id}, sort=[("created_at", 1)])


def withdraw(sensor_ids: Iterable[ObjectId]) -> None:
    """Take sensors off every room: they are gone, or not public any more."""
    wanted = list(sensor_ids)
    pinned = Pin.find({"sensor_id": {"$in": wanted}}) if wanted else []
    if pinned:
        Pin.delete_many({"sensor_id": {"$in": wanted}})
    for room_id in {each.room_id for each in pinned}:
        tell(room_id)


def tell(room_id: ObjectId) -> None:
    """Tell everyone in a room what is pinned to it now."""
    told: PinsUpdated = {"room_id": str(room_id), "sensor_ids": [str(each.sensor_id) for each in to_room(room_id)]}
    push().publish(chat_room(room_id), "pins_updated", {**told})
