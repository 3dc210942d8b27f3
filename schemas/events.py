"""What the server sends over Socket.IO, by namespace: event -> the shape of its payload."""

from typing import Any, NotRequired

from typing_extensions import TypedDict

from schemas.accounts import Presence
from schemas.alerts import AlertAnswer, AlertRulesUpdated
from schemas.base import IdText
from schemas.charts import ChartUpdatedEvent
from schemas.dashboards import DashboardAnswer
from schemas.devices import Configure
from schemas.friends import FriendRequestEvent
from schemas.messages import MessageAnswer, NotificationAnswer, NotificationsRead, NotificationWithdrawn
from schemas.moderation import InvitationEvent, RoomUpdated
from schemas.pins import PinsUpdated
from schemas.readings import SensorReadingEvent
from schemas.rooms import MemberEvent
from schemas.sensors import SensorStatusEvent


class Unread(TypedDict):
    room_id: IdText
    last_seq: int
    # Given where one's own pointer moved; without it something was said in the room.
    last_read_seq: NotRequired[int]


SERVER_EVENTS: dict[str, dict[str, Any]] = {
    "/": {
        "new_message": MessageAnswer,
        "message_edited": MessageAnswer,
        "message_deleted": MessageAnswer,
        "message_reaction": MessageAnswer,
        "new_notification": NotificationAnswer,
        "notifications_read": NotificationsRead,
        "notification_withdrawn": NotificationWithdrawn,
        "user_joined": MemberEvent,
        "user_left": MemberEvent,
        "member_updated": MemberEvent,
        "room_updated": RoomUpdated,
        "room_invitation": InvitationEvent,
        "user_typing": MemberEvent,
        "presence": Presence,
        "unread": Unread,
        "friend_request": FriendRequestEvent,
        "sensor_reading": SensorReadingEvent,
        "sensor_status": SensorStatusEvent,
        "chart_updated": ChartUpdatedEvent,
        "sensor_alert": AlertAnswer,
        "alert_rules_updated": AlertRulesUpdated,
        "pins_updated": PinsUpdated,
        "dashboard_updated": DashboardAnswer,
    },
    "/devices": {
        "configure": Configure,
    },
}
