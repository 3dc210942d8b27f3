"""Sensors pinned to rooms, on the wire."""

from typing_extensions import TypedDict

from schemas.base import IdText, Payload, TimeText, WireId
from schemas.sensors import SensorView


class PinSensor(Payload):
    sensor_id: WireId


class PinView(TypedDict):
    room_id: IdText
    sensor: SensorView
    pinned_by: IdText
    created_at: TimeText


class PinAnswer(TypedDict):
    pin: PinView


class PinList(TypedDict):
    """All of them: there are never more than a few."""

    items: list[PinView]


class PinnedRooms(TypedDict):
    """The rooms, of those that one is a member of, where a sensor is pinned."""

    items: list[IdText]


class PinsUpdated(TypedDict):
    """pins_updated: which sensors are pinned to a room now, in the order in which they were."""

    room_id: IdText
    sensor_ids: list[IdText]
