"""/api/chat-rooms: rooms, their members, and what those who run a room do there."""

from typing import Any

from bson import ObjectId

from blueprints.api import Api
from blueprints.identity import current_user
from schemas.base import PageQuery
from schemas.moderation import (
    BanAnswer,
    BanPage,
    InvitationAnswer,
    InvitationPage,
    Invite,
    MakeBan,
    MemberAnswer,
    SetMuted,
    SetRole,
    UpdateRoom,
    UserOnly,
)
from schemas.rooms import CreateRoom, JoinRoom, MemberPage, MemberQuery, RoomAnswer, RoomPage, RoomQuery
from services.rooms import directory, invitations, moderation, removal, rooms
from utils.errors import Conflict, Forbidden, NotFound, RoomFull, ValidationFailed
from utils.ids import parse_id
from utils.pagination import decode_cursor, decode_id_cursor, encode_cursor, invalid_cursor

api = Api("chat-rooms", "/api/chat-rooms")


@api.get("", query=RoomQuery, answer=RoomPage)
def listing(query: RoomQuery) -> Any:
    """The public rooms and one's own, by name; `mine=1`: only one's own.

    `q` finds rooms by the beginnings of words of their names ("green", "house" and "green ho" all find "Green House").
    """
    name_key, last_id = _two_parts(query.cursor)
    after = None if name_key is None else (name_key, parse_id(last_id) or _refuse_cursor())
    views, last = directory.listing(current_user(), query=query.q, mine=query.mine == "1", limit=query.limit, after=after)
    return {"items": views, "next": encode_cursor(None if last is None else f"{last[0]}:{last[1]}")}


@api.post("", body=CreateRoom, answer=RoomAnswer, status=201, limit="60/hour")
def create(body: CreateRoom) -> Any:
    """Open a room. Whoever opens it owns it and is its first member."""
    room = rooms.create(current_user(), body.name, capacity=body.capacity, visibility=body.visibility)
    return {"room": rooms.view(*rooms.known(room.id, current_user()))}


@api.get("/invitations", query=PageQuery, answer=InvitationPage)
def own_invitations(query: PageQuery) -> Any:
    """The rooms that one is invited to, oldest invitation first. Joining accepts."""
    found, last = invitations.of_person(current_user(), limit=query.limit, after=decode_id_cursor(query.cursor))
    return {"items": found, "next": _id_cursor(last)}


@api.get("/<id:room_id>", answer=RoomAnswer, errors=(NotFound,))
def show(room_id: ObjectId) -> Any:
    """One room, as one sees it oneself."""
    return {"room": rooms.view(*rooms.known(room_id, current_user()))}


@api.patch("/<id:room_id>", body=UpdateRoom, answer=RoomAnswer, errors=(NotFound, Forbidden, ValidationFailed))
def update(room_id: ObjectId, body: UpdateRoom) -> Any:
    """Change a room's settings: moderators its name and slow mode, the owner all of them."""
    return {"room": rooms.view(*rooms.update(room_id, current_user(), body.model_dump(exclude_none=True)))}


@api.delete("/<id:room_id>", status=204, errors=(NotFound, Forbidden))
def delete(room_id: ObjectId) -> None:
    """Delete a room with all that was said in it, for good."""
    removal.delete(room_id, current_user())


@api.post("/<id:room_id>/join", body=JoinRoom, answer=RoomAnswer, errors=(NotFound, Forbidden, RoomFull, Conflict))
def join(room_id: ObjectId, body: JoinRoom) -> Any:
    """Become a member, under a nickname of one's choice; joining again only changes the nickname. Accepts an invitation."""
    rooms.join(room_id, current_user(), body.nickname)
    return {"room": rooms.view(*rooms.visible(room_id, current_user()))}


@api.post("/<id:room_id>/leave", status=204, errors=(NotFound, Forbidden))
def leave(room_id: ObjectId) -> None:
    """End one's membership. An owner's room passes to its longest-standing moderator, or else member."""
    rooms.leave(room_id, current_user())


@api.put("/<id:room_id>/muted", body=SetMuted, answer=RoomAnswer, errors=(NotFound, Forbidden))
def set_muted(room_id: ObjectId, body: SetMuted) -> Any:
    """Have what is said in a room notify one, or not."""
    return {"room": rooms.view(*rooms.set_muted(room_id, current_user(), muted=body.muted))}


@api.get("/<id:room_id>/members", query=MemberQuery, answer=MemberPage, errors=(NotFound, Forbidden))
def members(room_id: ObjectId, query: MemberQuery) -> Any:
    """Who is in the room: the owner, the moderators, the members, each by nickname. `q`: whose nickname begins so."""
    room, _ = rooms.visible(room_id, current_user())
    role, nickname_key = _two_parts(query.cursor, first=True)
    after = None if role is None else (role, nickname_key)
    views, last = directory.members(room, current_user(), query=query.q, limit=query.limit, after=after)
    return {"items": views, "next": encode_cursor(None if last is None else f"{last[0]}:{last[1]}")}


@api.put("/<id:room_id>/members/<id:user_id>/role", body=SetRole, answer=MemberAnswer, errors=(NotFound, Forbidden))
def set_role(room_id: ObjectId, user_id: ObjectId, body: SetRole) -> Any:
    """Make a member a moderator, or a moderator a member again."""
    room, member, person = moderation.set_role(room_id, current_user(), user_id, body.role)
    return {"member": directory.one_member(room, member, person, current_user())}


@api.post("/<id:room_id>/transfer", body=UserOnly, answer=RoomAnswer, errors=(NotFound, Forbidden, Conflict))
def transfer(room_id: ObjectId, body: UserOnly) -> Any:
    """Give the room to another member; the owner until then becomes a moderator."""
    moderation.transfer(room_id, current_user(), body.user_id)
    return {"room": rooms.view(*rooms.known(room_id, current_user()))}


@api.post("/<id:room_id>/kick", body=UserOnly, status=204, errors=(NotFound, Forbidden))
def kick(room_id: ObjectId, body: UserOnly) -> None:
    """End somebody's membership."""
    moderation.kick(room_id, current_user(), body.user_id)


@api.get("/<id:room_id>/bans", query=PageQuery, answer=BanPage, errors=(NotFound, Forbidden))
def bans(room_id: ObjectId, query: PageQuery) -> Any:
    """Who may not join the room, oldest ban first."""
    found, last = moderation.bans(room_id, current_user(), limit=query.limit, after=decode_id_cursor(query.cursor))
    return {"items": found, "next": _id_cursor(last)}


@api.post(
    "/<id:room_id>/bans", body=MakeBan, answer=BanAnswer, status=201, errors=(NotFound, Forbidden),
    other_statuses={200: "The person was banned already; this ban replaces the one before."},
)  # fmt: skip
def ban(room_id: ObjectId, body: MakeBan) -> Any:
    """Keep somebody out of the room, whether they are in it or not."""
    made, created = moderation.ban(room_id, current_user(), body.user_id, reason=body.reason, until=body.until_moment)
    return {"ban": made}, 201 if created else 200


@api.delete("/<id:room_id>/bans/<id:user_id>", status=204, errors=(NotFound, Forbidden))
def unban(room_id: ObjectId, user_id: ObjectId) -> None:
    """Let somebody join again."""
    moderation.unban(room_id, current_user(), user_id)


@api.get("/<id:room_id>/invitations", query=PageQuery, answer=InvitationPage, errors=(NotFound, Forbidden))
def room_invitations(room_id: ObjectId, query: PageQuery) -> Any:
    """Who is invited to the room and has not answered; members who are no moderators see whom they invited themselves."""
    found, last = invitations.of_room(room_id, current_user(), limit=query.limit, after=decode_id_cursor(query.cursor))
    return {"items": found, "next": _id_cursor(last)}


@api.post(
    "/<id:room_id>/invitations", body=Invite, answer=InvitationAnswer, status=201, errors=(NotFound, Forbidden, Conflict),
    other_statuses={200: "The person was invited already."}, limit="120/hour",
)  # fmt: skip
def invite(room_id: ObjectId, body: Invite) -> Any:
    """Ask a person into the room, by id or by user name."""
    made, created = invitations.invite(room_id, current_user(), user_id=body.user_id, username=body.username)
    return {"invitation": made}, 201 if created else 200


@api.delete("/<id:room_id>/invitations/<id:user_id>", status=204, errors=(NotFound, Forbidden))
def end_invitation(room_id: ObjectId, user_id: ObjectId) -> None:
    """Decline one's own invitation, or take back somebody's."""
    invitations.end(room_id, current_user(), user_id)


def _two_parts(cursor: str | None, *, first: bool = False) -> tuple[str | None, str]:
    """The two parts of a position, split at its first or its last colon; (None, "") where there is no cursor."""
    position = decode_cursor(cursor)
    if position is None:
        return None, ""
    one, colon, other = position.partition(":") if first else position.rpartition(":")
    if not colon or "\x00" in position:
        raise invalid_cursor()
    return one, other


def _refuse_cursor() -> ObjectId:
    raise invalid_cursor()


def _id_cursor(last: ObjectId | None) -> str | None:
    return encode_cursor(None if last is None else str(last))
