"""People over Socket.IO: connecting, and whether anybody is at the device. The other modules add the rest of their events."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from redis.exceptions import RedisError
from socketio.exceptions import ConnectionRefusedError as SocketIORefusal

from models.accounts import User
from models.odm import OdmError
from realtime.connections import Connections, Person
from realtime.dispatch import Events, Result
from schemas.base import Empty
from schemas.friends import PresenceAway
from services.messaging import typists
from services.people import presence
from services.platform import Platform
from utils.errors import AuthenticationRequired
from utils.logs import get_logger

log = get_logger(__name__)
events: Events[Person] = Events("/")
SignedIn = Callable[[], tuple[User, str] | None]
"""Within a request: the user whom its session signs in and what names the session among theirs, None where it signs in nobody."""


def register(app: Flask, platform: Platform, server: Any, signed_in: SignedIn) -> None:
    """Attach the people's namespace to a python-socketio server."""
    people: Connections[Person] = Connections()

    @platform.inside
    def connect(sid: str, environ: dict[str, Any], _auth: Any = None) -> None:
        with app.request_context(environ):
            try:
                found = signed_in()
                if found is None:
                    raise SocketIORefusal("authentication_required", AuthenticationRequired().payload())
                user, session_key = found
                people.add(sid, Person(sid, user))
                presence.connected(sid, user.id, session_key, platform.id)
            except (OdmError, RedisError) as error:
                people.pop(sid)
                log.error("connection refused", reason=str(error))
                raise SocketIORefusal("unavailable", {"code": "unavailable", "message": "Try again in a moment."}) from error

    @platform.inside
    def disconnect(sid: str, *_reason: Any) -> None:
        person = people.pop(sid)
        if person is None:
            return
        try:
            presence.disconnected(sid, person.user.id)
        except OdmError as error:
            log.error("presence not updated", reason=str(error))
        typists.connection_ended(sid)

    @platform.inside
    def dispatch(event: str, sid: str, *args: Any) -> Result:
        person = people.get(sid)
        return events.dispatch(event, person, str(person.user.id) if person else sid, args)

    server.on("connect", connect, namespace="/")
    server.on("disconnect", disconnect, namespace="/")
    server.on("*", dispatch, namespace="/")


@events.on("presence_away", PresenceAway, answer=Empty, limit="60/minute")
def presence_away(person: Person, payload: PresenceAway) -> None:
    """Say whether anybody is at this device; a person is away once that is so of none of their devices."""
    presence.set_away(person.sid, person.user.id, away=payload.away)
