"""/api/chat-rooms: rooms and their members."""

from typing import Any

from bson import ObjectId

from blueprints.api import Api
from identity import current_user
from schemas.base import PageQuery
from schemas.rooms import CreateRoom, JoinRoom, MemberPage, RoomAnswer, RoomPage, RoomQuery, member_view
from services import rooms
from utils.errors import Conflict, NotFound, RoomFull
from utils.ids import parse_id
from utils.pagination import decode_cursor, encode_cursor, invalid_cursor

api = Api("chat-rooms", "/api/chat-rooms")


@api.get("", query=RoomQuery, answer=RoomPage)
def listing(query: RoomQuery) -> Any:
    """The public rooms and one's own, by name; `q` searches in the names."""
    position = decode_cursor(query.cursor)
    if position is not None and parse_id(position.rpartition(":")[2]) is None:
        raise invalid_cursor()
    views, after = rooms.listing(current_user(), query=query.q, limit=query.limit, offset_key=position)
    return {"items": views, "next": encode_cursor(after)}


@api.post("", body=CreateRoom, answer=RoomAnswer, status=201, limit="60/hour")
def create(body: CreateRoom) -> Any:
    """Open a room. Whoever opens it owns it and is its first member."""
    room = rooms.create(current_user(), body.name, capacity=body.capacity, visibility=body.visibility)
    return {"room": rooms.view(*rooms.visible(room.id, current_user()))}


@api.get("/<id:room_id>", answer=RoomAnswer, errors=(NotFound,))
def show(room_id: ObjectId) -> Any:
    """One room, as one sees it oneself."""
    return {"room": rooms.view(*rooms.visible(room_id, current_user()))}


@api.post("/<id:room_id>/join", body=JoinRoom, answer=RoomAnswer, errors=(NotFound, RoomFull, Conflict))
def join(room_id: ObjectId, body: JoinRoom) -> Any:
    """Become a member, under a nickname of one's choice; joining again only changes the nickname."""
    rooms.join(room_id, current_user(), body.nickname)
    return {"room": rooms.view(*rooms.visible(room_id, current_user()))}


@api.post("/<id:room_id>/leave", status=204, errors=(NotFound,))
def leave(room_id: ObjectId) -> None:
    """End one's membership."""
    rooms.leave(room_id, current_user())


@api.get("/<id:room_id>/members", query=PageQuery, answer=MemberPage, errors=(NotFound,))
def members(room_id: ObjectId, query: PageQuery) -> Any:
    """Who is in the room, longest membership first."""
    rooms.visible(room_id, current_user())
    position = decode_cursor(query.cursor)
    after = None if position is None else parse_id(position)
    if position is not None and after is None:
        raise invalid_cursor()
    found, last = rooms.members(room_id, limit=query.limit, after=after)
    items = [member_view(member, username, online=online) for member, username, online in found]
    return {"items": items, "next": encode_cursor(None if last is None else str(last))}
