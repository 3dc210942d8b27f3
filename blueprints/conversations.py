"""/api/messages: private conversations over HTTP, and the list of all of one's conversations."""

from typing import Any

from bson import ObjectId

from blueprints.api import Api
from blueprints.identity import current_user
from schemas.base import PageQuery
from schemas.commands import SentAnswer
from schemas.direct import ConversationPage
from schemas.messages import HistoryQuery, MessagePage, PostMessage
from services.commands import composer
from services.limits import SENDING
from services.messaging import direct, messages
from utils.errors import Forbidden, NotFound, ValidationFailed
from utils.pagination import decode_cursor, encode_cursor

api = Api("conversations", "/api/messages")


@api.get("/conversations", query=PageQuery, answer=ConversationPage)
def conversations(query: PageQuery) -> Any:
    """One's rooms of every kind with their last message and unread count, the newest activity first."""
    items, after = direct.conversations(current_user(), limit=query.limit, position=decode_cursor(query.cursor))
    return {"items": items, "next": encode_cursor(after)}


@api.get("/private/<id:user_id>", query=HistoryQuery, answer=MessagePage, errors=(NotFound, ValidationFailed))
def private_history(user_id: ObjectId, query: HistoryQuery) -> Any:
    """The messages of oneself and one other person, as a room's are read; none before the first."""
    found, more = direct.history(
        current_user(), user_id, before_seq=query.before_seq, after_seq=query.after_seq, limit=query.limit
    )  # fmt: skip
    following = (found[-1] if query.after_seq is not None else found[0]) if found and more else None
    return {"items": messages.views(found, current_user().id), "next": None if following is None else str(following.seq)}


@api.post(
    "/private/<id:user_id>", body=PostMessage, answer=SentAnswer, status=201, errors=(NotFound, Forbidden),
    other_statuses={200: "The client_id came before; this is the message that it made. Or a command answered its sender alone."},
    limit=SENDING,
)  # fmt: skip
def post_to_person(user_id: ObjectId, body: PostMessage) -> Any:
    """Write to a person: a friend, or anyone whose preference `private_messages` is "everyone"."""
    sent = composer.send_to_person(
        current_user(), user_id, body.body,
        client_id=body.client_id, reply_to=body.reply_to, attachment_ids=body.attachment_ids,
    )  # fmt: skip
    return sent.answer(current_user().id), 201 if sent.created else 200
