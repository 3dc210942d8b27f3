"""What people send to follow rooms."""

from realtime.connections import Person
from realtime.dispatch import Result
from schemas.base import Empty
from schemas.rooms import JoinAnswer, JoinChatRoom, RoomOnly
from services.messaging import messages
from services.push import chat_room, push
from services.rooms import rooms
from socketio_handlers.people import events

CATCH_UP = 200


@events.on("join_chat_room", JoinChatRoom, answer=JoinAnswer, limit="120/minute")
def join_chat_room(person: Person, payload: JoinChatRoom) -> Result:
    """Follow a room: become a member if need be (unless `follow_only`), get what was missed, and from now on what is said."""
    # Followed before reading: what is sent in between comes twice rather than never, and `seq` tells.
    room, member = rooms.follow(payload.room_id, person.user, person.sid, payload.nickname, follow_only=payload.follow_only)
    limit = CATCH_UP if payload.after_seq is not None else 50
    found, more = messages.history(payload.room_id, after_seq=payload.after_seq, limit=limit)
    return {"room": rooms.view(room, member), "messages": messages.views(found, person.user.id), "more": more}


@events.on("leave_chat_room", RoomOnly, answer=Empty)
def leave_chat_room(person: Person, payload: RoomOnly) -> None:
    """Stop following a room; the membership stays."""
    push().leave(person.sid, chat_room(payload.room_id))
