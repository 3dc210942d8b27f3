"""/api/messages: reading and writing in rooms over HTTP."""

from typing import Any

from bson import ObjectId

from blueprints.api import Api
from blueprints.identity import current_user
from models.messages import Message
from schemas.base import PageQuery
from schemas.commands import SentAnswer
from schemas.messages import (
    ChangeMessage,
    EditPage,
    HistoryQuery,
    MessageAnswer,
    MessagePage,
    PostMessage,
    check_emoji,
    edit_view,
)
from services.commands import composer
from services.limits import DELETING, EDITING, REACTING, SENDING
from services.messaging import edits, messages, reactions
from services.rooms import rooms
from utils.errors import Conflict, Forbidden, NotFound, ValidationFailed
from utils.pagination import decode_cursor, encode_cursor, invalid_cursor

api = Api("messages", "/api/messages")


@api.get("/room/<id:room_id>", query=HistoryQuery, answer=MessagePage, errors=(NotFound, ValidationFailed))
def room_history(room_id: ObjectId, query: HistoryQuery) -> Any:
    """A room's messages in ascending seq: the newest, those before `before_seq`, or those after `after_seq`.

    `next` is the seq to go on from in the same direction, as text, or null at the end.
    """
    rooms.visible(room_id, current_user())
    found, more = messages.history(room_id, before_seq=query.before_seq, after_seq=query.after_seq, limit=query.limit)
    following = (found[-1] if query.after_seq is not None else found[0]) if found and more else None
    items = messages.views(found, current_user().id)
    return {"items": items, "next": None if following is None else str(following.seq)}


@api.post(
    "/room/<id:room_id>", body=PostMessage, answer=SentAnswer, status=201, errors=(NotFound, Forbidden),
    other_statuses={200: "The client_id came before; this is the message that it made. Or a command answered its sender alone."},
    limit=SENDING,
)  # fmt: skip
def post_to_room(room_id: ObjectId, body: PostMessage) -> Any:
    """Say something in a room, or do what a text with a slash commands (see /api/commands; // begins a text with a slash)."""
    sent = composer.send(
        room_id, current_user(), body.body,
        client_id=body.client_id, reply_to=body.reply_to, attachment_ids=body.attachment_ids,
    )  # fmt: skip
    return sent.answer(current_user().id), 201 if sent.created else 200


@api.get("/<id:message_id>", answer=MessageAnswer, errors=(NotFound, Forbidden))
def one(message_id: ObjectId) -> Any:
    """One message of a room that one may read: what another message answers, for example. A deleted one is its tombstone."""
    return _answer(messages.readable(message_id, current_user()))


@api.patch("/<id:message_id>", body=ChangeMessage, answer=MessageAnswer, errors=(NotFound, Forbidden), limit=EDITING)
def edit(message_id: ObjectId, body: ChangeMessage) -> Any:
    """Change the text of one's own message; what it was is kept for its author and the moderators."""
    return _answer(edits.edit(message_id, current_user(), body.body))


@api.delete("/<id:message_id>", answer=MessageAnswer, errors=(NotFound, Forbidden), limit=DELETING)
def delete(message_id: ObjectId) -> Any:
    """Delete one's own message, or as a moderator anyone's. The answer is the tombstone that stays in its place."""
    return _answer(edits.delete(message_id, current_user()))


@api.get("/<id:message_id>/edits", query=PageQuery, answer=EditPage, errors=(NotFound, Forbidden))
def earlier_versions(message_id: ObjectId, query: PageQuery) -> Any:
    """The texts that a message had before, oldest first: for its author and the moderators of the room."""
    position = decode_cursor(query.cursor)
    if position is not None and not (position.isascii() and position.isdigit() and len(position) < 10):
        raise invalid_cursor()
    after = None if position is None else int(position)
    found, last = edits.versions(message_id, current_user(), limit=query.limit, after=after)
    return {"items": [edit_view(each) for each in found], "next": encode_cursor(None if last is None else str(last))}


@api.put(
    "/<id:message_id>/reactions/<emoji>", answer=MessageAnswer, errors=(NotFound, Forbidden, Conflict, ValidationFailed),
    limit=REACTING,
)  # fmt: skip
def add_reaction(message_id: ObjectId, emoji: str) -> Any:
    """React to a message with one emoji; having done so already changes nothing."""
    return _answer(reactions.react(message_id, current_user(), _emoji(emoji), on=True))


@api.delete(
    "/<id:message_id>/reactions/<emoji>", answer=MessageAnswer, errors=(NotFound, Forbidden, ValidationFailed), limit=REACTING,
)  # fmt: skip
def remove_reaction(message_id: ObjectId, emoji: str) -> Any:
    """Take back a reaction; not having one changes nothing."""
    return _answer(reactions.react(message_id, current_user(), _emoji(emoji), on=False))


def _emoji(text: str) -> str:
    try:
        return check_emoji(text)
    except ValueError as error:
        raise ValidationFailed({"emoji": str(error)}) from None


def _answer(message: Message) -> MessageAnswer:
    return {"message": messages.view(message, current_user().id)}
