"""What people send about messages."""

from models.messages import Message
from realtime.connections import Person
from realtime.dispatch import Result
from schemas.base import Empty
from schemas.commands import SentAnswer
from schemas.messages import EditMessage, MessageAnswer, MessageOnly, React, SendMessage
from schemas.rooms import MarkRead, RoomOnly
from services.commands import composer
from services.limits import DELETING, EDITING, REACTING, SENDING
from services.messaging import edits, messages, reactions
from socketio_handlers.people import events


@events.on("send_message", SendMessage, answer=SentAnswer, limit=SENDING)
def send_message(person: Person, payload: SendMessage) -> Result:
    """Say something in a room. A repeated client_id is acknowledged with the first message."""
    sent = composer.send(
        payload.room_id, person.user, payload.body,
        client_id=payload.client_id, reply_to=payload.reply_to, attachment_ids=payload.attachment_ids,
    )  # fmt: skip
    return {**sent.answer(person.user.id)}


@events.on("edit_message", EditMessage, answer=MessageAnswer, limit=EDITING)
def edit_message(person: Person, payload: EditMessage) -> Result:
    """Change the text of one's own message."""
    return _answer(person, edits.edit(payload.id, person.user, payload.body))


@events.on("delete_message", MessageOnly, answer=MessageAnswer, limit=DELETING)
def delete_message(person: Person, payload: MessageOnly) -> Result:
    """Delete one's own message, or as a moderator anyone's; acknowledged with the tombstone."""
    return _answer(person, edits.delete(payload.id, person.user))


@events.on("react", React, answer=MessageAnswer, limit=REACTING)
def react(person: Person, payload: React) -> Result:
    """Put one's reaction to a message, or take it back; saying so twice changes nothing."""
    return _answer(person, reactions.react(payload.id, person.user, payload.emoji, on=payload.on))


@events.on("typing_start", RoomOnly, answer=Empty, limit="120/minute")
def typing_start(person: Person, payload: RoomOnly) -> None:
    """Show the others in the room that one is typing; it lapses after 6 seconds unless it is repeated."""
    messages.typing(payload.room_id, person.user, person.sid, on=True)


@events.on("typing_stop", RoomOnly, answer=Empty, limit="120/minute")
def typing_stop(person: Person, payload: RoomOnly) -> None:
    """Show the others in the room that one no longer types."""
    messages.typing(payload.room_id, person.user, person.sid, on=False)


@events.on("mark_read", MarkRead, answer=Empty, limit="240/minute")
def mark_read(person: Person, payload: MarkRead) -> None:
    """Move one's read pointer in a room forward."""
    messages.mark_read(payload.room_id, person.user, payload.seq)


def _answer(person: Person, message: Message) -> Result:
    return {"message": messages.view(message, person.user.id)}
