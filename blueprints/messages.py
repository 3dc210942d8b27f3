"""/api/messages: reading and writing in rooms over HTTP."""

from typing import Any

from bson import ObjectId

from blueprints.api import Api
from identity import current_user
from schemas.rooms import HistoryQuery, MessageAnswer, MessagePage, PostMessage, message_view
from services import messages, rooms
from utils.errors import Forbidden, NotFound, ValidationFailed

api = Api("messages", "/api/messages")


@api.get("/room/<id:room_id>", query=HistoryQuery, answer=MessagePage, errors=(NotFound, ValidationFailed))
def room_history(room_id: ObjectId, query: HistoryQuery) -> Any:
    """A room's messages in ascending seq: the newest, those before `before_seq`, or those after `after_seq`.

    `next` is the seq to go on from in the same direction, as text, or null at the end.
    """
    rooms.visible(room_id, current_user())
    found, more = messages.history(room_id, before_seq=query.before_seq, after_seq=query.after_seq, limit=query.limit)
    following = (found[-1] if query.after_seq is not None else found[0]) if found and more else None
    return {"items": [message_view(message) for message in found], "next": None if following is None else str(following.seq)}


@api.post(
    "/room/<id:room_id>", body=PostMessage, answer=MessageAnswer, status=201, errors=(NotFound, Forbidden),
    other_statuses={200: "The client_id came before; this is the message that it made."}, limit="120/minute",
)  # fmt: skip
def post_to_room(room_id: ObjectId, body: PostMessage) -> Any:
    """Say something in a room."""
    message, created = messages.send(room_id, current_user(), body.body, client_id=body.client_id, reply_to=body.reply_to)
    return {"message": message_view(message)}, 201 if created else 200
