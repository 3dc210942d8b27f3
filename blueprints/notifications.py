"""/api/notifications: what concerns one, and that one has seen it."""

from typing import Any

from bson import ObjectId

from blueprints.api import Api
from blueprints.identity import current_user
from schemas.messages import NotificationPage, NotificationQuery
from services import notifications
from utils.errors import NotFound
from utils.pagination import decode_id_cursor, encode_cursor

api = Api("notifications", "/api/notifications")


@api.get("", query=NotificationQuery, answer=NotificationPage)
def listing(query: NotificationQuery) -> Any:
    """One's notifications of the last 90 days, newest first; `unread=1` for only those that one has not read."""
    user = current_user()
    before = decode_id_cursor(query.cursor)
    views, last = notifications.listing(user, unread_only=query.unread == "1", limit=query.limit, before=before)
    return {
        "items": views, "next": encode_cursor(None if last is None else str(last)),
        "unread": notifications.unread_count(user.id),
    }  # fmt: skip


@api.post("/<id:notification_id>/read", status=204, errors=(NotFound,))
def read(notification_id: ObjectId) -> None:
    """Mark one notification as read, on all of one's devices."""
    notifications.mark_read(current_user(), notification_id)


@api.post("/read-all", status=204)
def read_all() -> None:
    """Mark all of one's notifications as read."""
    notifications.mark_all_read(current_user())
