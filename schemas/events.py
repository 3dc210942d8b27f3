"""What the server sends over Socket.IO, by namespace: event -> the shape of its payload."""

from typing import Any

from typing_extensions import TypedDict

from schemas.base import IdText
from schemas.rooms import MemberEvent, MessageAnswer
from schemas.sensors import ChartUpdatedEvent, SensorReadingEvent, SensorStatusEvent


class Presence(TypedDict):
    user_id: IdText
    online: bool


class Unread(TypedDict):
    room_id: IdText
    last_seq: int
    last_read_seq: int


SERVER_EVENTS: dict[str, dict[str, Any]] = {
    "/": {
        "new_message": MessageAnswer,
        "user_joined": MemberEvent,
        "user_left": MemberEvent,
        "user_typing": MemberEvent,
        "presence": Presence,
        "unread": Unread,
        "sensor_reading": SensorReadingEvent,
        "sensor_status": SensorStatusEvent,
        "chart_updated": ChartUpdatedEvent,
    },
}
