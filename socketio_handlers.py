"""People over Socket.IO: connecting, following rooms. Each handler parses, calls one service and acknowledges."""

from typing import Any

from flask import Flask
from socketio.exceptions import ConnectionRefusedError as SocketIORefusal

from identity import session_key, session_user
from models.odm import OdmError
from realtime.connections import Connections, Person
from realtime.dispatch import Events, Result
from schemas.base import Empty
from schemas.rooms import JoinAnswer, JoinChatRoom, RoomOnly
from services import messages, presence, rooms, typists
from services.realtime import chat_room, realtime
from utils.errors import AuthenticationRequired
from utils.ids import new_secret
from utils.logs import get_logger
from utils.rate_limits import RateLimits

log = get_logger(__name__)
events: Events[Person] = Events("/")
people: Connections[Person] = Connections()
PROCESS_ID = new_secret(9)
CATCH_UP = 200


def register(app: Flask, server: Any, limits: RateLimits) -> None:
    """Attach the people's namespace to a python-socketio server."""

    def connect(sid: str, environ: dict[str, Any], _auth: Any = None) -> None:
        with app.request_context(environ):
            try:
                user = session_user()
                if user is None:
                    raise SocketIORefusal("authentication_required", AuthenticationRequired().payload())
                people.add(sid, Person(sid, user))
                presence.connected(sid, user.id, session_key(), PROCESS_ID)
            except OdmError as error:
                people.pop(sid)
                log.error("connection refused", reason=str(error))
                raise SocketIORefusal("unavailable", {"code": "unavailable", "message": "Try again in a moment."}) from error

    def disconnect(sid: str, *_reason: Any) -> None:
        person = people.pop(sid)
        if person is None:
            return
        try:
            presence.disconnected(sid, person.user.id)
        except OdmError as error:
            log.error("presence not updated", reason=str(error))
        typists.connection_ended(sid)

    def dispatch(event: str, sid: str, *args: Any) -> Result:
        person = people.get(sid)
        return events.dispatch(event, person, str(person.user.id) if person else sid, args, limits)

    server.on("connect", connect, namespace="/")
    server.on("disconnect", disconnect, namespace="/")
    server.on("*", dispatch, namespace="/")


@events.on("join_chat_room", JoinChatRoom, answer=JoinAnswer, limit="120/minute")
def join_chat_room(person: Person, payload: JoinChatRoom) -> Result:
    """Follow a room: become a member if need be, get what was missed, and from now on what is said."""
    # Followed before reading: what is sent in between comes twice rather than never, and `seq` tells.
    room, member = rooms.follow(payload.room_id, person.user, person.sid, payload.nickname)
    limit = CATCH_UP if payload.after_seq is not None else 50
    found, more = messages.history(payload.room_id, after_seq=payload.after_seq, limit=limit)
    return {"room": rooms.view(room, member), "messages": messages.views(found, person.user.id), "more": more}


@events.on("leave_chat_room", RoomOnly, answer=Empty)
def leave_chat_room(person: Person, payload: RoomOnly) -> None:
    """Stop following a room; the membership stays."""
    realtime().leave(person.sid, chat_room(payload.room_id))
