"""People over Socket.IO: connecting, and whether anybody is at the device. The other modules add the rest of their events."""

from typing import Any

from flask import Flask
from redis.exceptions import RedisError
from socketio.exceptions import ConnectionRefusedError as SocketIORefusal

from identity import session_claim, session_key
from models.odm import OdmError
from realtime.connections import Connections, Person
from realtime.dispatch import Events, Result
from schemas.base import Empty
from schemas.friends import PresenceAway
from services.messaging import typists
from services.people import presence
from utils.errors import AuthenticationRequired
from utils.ids import PROCESS_ID
from utils.logs import get_logger
from utils.rate_limits import RateLimits

log = get_logger(__name__)
events: Events[Person] = Events("/")
people: Connections[Person] = Connections()


def register(app: Flask, server: Any, limits: RateLimits) -> None:
    """Attach the people's namespace to a python-socketio server."""

    def connect(sid: str, environ: dict[str, Any], _auth: Any = None) -> None:
        person = None
        try:
            with app.request_context(environ):
                person, key = Person(sid, *session_claim()), session_key()
            people.add(sid, person)
            presence.connected(sid, person.user.id, key, PROCESS_ID, person.epoch)
            if people.get(sid) is None:  # whoever ended the session has ended the connection before it was one
                raise AuthenticationRequired()
        except AuthenticationRequired as error:
            people.pop(sid)
            raise SocketIORefusal("authentication_required", error.payload()) from None
        except (OdmError, RedisError) as error:
            if people.pop(sid) is not None and person is not None:
                presence.disconnected(sid, person.user_id)
            log.error("connection refused", reason=str(error))
            raise SocketIORefusal("unavailable", {"code": "unavailable", "message": "Try again in a moment."}) from error

    def disconnect(sid: str, *_reason: Any) -> None:
        person = people.pop(sid)
        if person is None:
            return
        try:
            presence.disconnected(sid, person.user_id)
        except OdmError as error:
            log.error("presence not updated", reason=str(error))
        typists.connection_ended(sid)

    def dispatch(event: str, sid: str, *args: Any) -> Result:
        person = people.get(sid)
        return events.dispatch(event, person, str(person.user_id) if person else sid, args, limits)

    server.on("connect", connect, namespace="/")
    server.on("disconnect", disconnect, namespace="/")
    server.on("*", dispatch, namespace="/")


@events.on("presence_away", PresenceAway, answer=Empty, limit="60/minute")
def presence_away(person: Person, payload: PresenceAway) -> None:
    """Say whether anybody is at this device; a person is away once that is so of none of their devices."""
    presence.set_away(person.sid, person.user_id, away=payload.away)
