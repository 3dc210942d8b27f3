"""What people send to one other person."""

from realtime.connections import Person
from realtime.dispatch import Result
from schemas.commands import SentAnswer
from schemas.direct import SendPrivateMessage
from services.commands import composer
from services.limits import SENDING
from socketio_handlers.people import events


@events.on("send_private_message", SendPrivateMessage, answer=SentAnswer, limit=SENDING)
def send_private_message(person: Person, payload: SendPrivateMessage) -> Result:
    """Write to a person. A repeated client_id is acknowledged with the first message."""
    sent = composer.send_to_person(person.user, payload.user_id, payload.body, client_id=payload.client_id)
    return {**sent.answer(person.user.id)}
