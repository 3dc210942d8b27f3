"""What people send to one other person, and of their own presence; importing this module adds it to their other events."""

from realtime.connections import Person
from realtime.dispatch import Result
from schemas.base import Empty
from schemas.commands import SentAnswer
from schemas.direct import SendPrivateMessage
from schemas.friends import PresenceAway
from services import composer, presence
from socketio_handlers import events


@events.on("send_private_message", SendPrivateMessage, answer=SentAnswer, limit="120/minute")
def send_private_message(person: Person, payload: SendPrivateMessage) -> Result:
    """Write to a person. A repeated client_id is acknowledged with the first message."""
    sent = composer.send_to_person(person.user, payload.user_id, payload.body, client_id=payload.client_id)
    return {**sent.answer(person.user.id)}


@events.on("presence_away", PresenceAway, answer=Empty, limit="60/minute")
def presence_away(person: Person, payload: PresenceAway) -> None:
    """Say whether anybody is at this device; a person is away once that is so of none of their devices."""
    presence.set_away(person.sid, person.user.id, away=payload.away)
