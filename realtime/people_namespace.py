"""People over Socket.IO: who they are when they connect, what becomes of what they send, and that they are gone."""

from collections.abc import Callable
from typing import Any

from bson import ObjectId
from redis.exceptions import RedisError
from socketio.exceptions import ConnectionRefusedError as SocketIORefusal

from models.odm import OdmError
from realtime.connections import Connections, Person
from realtime.dispatch import Events, Result
from services.messaging import typists
from services.people import presence
from services.platform import Platform
from utils.errors import AuthenticationRequired
from utils.logs import get_logger

log = get_logger(__name__)
Claim = Callable[[dict[str, Any]], tuple[ObjectId, int, str]]
"""The user id and the epoch that the session of a request (a WSGI environment) stands for, unchecked, and what names the session.

Raises AuthenticationRequired where it stands for nobody.
"""


def register(platform: Platform, server: Any, events: Events[Person], claim: Claim) -> None:
    """Attach the people's namespace, in which `events` may be sent, to a python-socketio server."""
    connected: Connections[Person] = Connections()

    @platform.inside
    def connect(sid: str, environ: dict[str, Any], _auth: Any = None) -> None:
        person = None
        try:
            user_id, epoch, key = claim(environ)
            person = Person(sid, user_id, epoch)
            connected.add(sid, person)
            presence.connected(sid, person.user.id, key, platform.id, person.epoch)
            if connected.get(sid) is None:  # whoever ended the session has ended the connection before it was one
                raise AuthenticationRequired()
        except AuthenticationRequired as error:
            connected.pop(sid)
            raise SocketIORefusal("authentication_required", error.payload()) from None
        except (OdmError, RedisError) as error:
            if connected.pop(sid) is not None and person is not None:
                presence.disconnected(sid, person.user_id)
            log.error("connection refused", reason=str(error))
            raise SocketIORefusal("unavailable", {"code": "unavailable", "message": "Try again in a moment."}) from error

    @platform.inside
    def disconnect(sid: str, *_reason: Any) -> None:
        person = connected.pop(sid)
        if person is None:
            return
        try:
            presence.disconnected(sid, person.user_id)
        except OdmError as error:
            log.error("presence not updated", reason=str(error))
        typists.connection_ended(sid)

    @platform.inside
    def dispatch(event: str, sid: str, *args: Any) -> Result:
        person = connected.get(sid)
        return events.dispatch(event, person, str(person.user_id) if person else sid, args)

    server.on("connect", connect, namespace="/")
    server.on("disconnect", disconnect, namespace="/")
    server.on("*", dispatch, namespace="/")
