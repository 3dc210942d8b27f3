"""Asking people into rooms. Whoever is invited may know of a private room and join it; joining ends the invitation."""

from bson import ObjectId

from models.accounts import User
from models.friends import Block
from models.moderation import Invitation
from models.odm import DuplicateKey
from models.rooms import Member, Room
from schemas.moderation import InvitationView
from schemas.rooms import room_facts
from services import notifications
from services.push import push, user_room
from services.rooms.moderation import references
from services.rooms.newest import newest
from services.rooms.roles import Rank, Standing, is_banned, managing
from utils.clock import rfc3339
from utils.errors import Conflict, Forbidden, NotFound
from utils.validators import fold


class AlreadyMember(Conflict):
    default_message = "This person is in the room already."


def invite(
    room_id: ObjectId, user: User, *, user_id: ObjectId | None = None, username: str | None = None
) -> tuple[InvitationView, bool]:
    """Ask a person, by id or by user name, into a room; returns the invitation and whether it is new.

    Into a public room every member may ask people, into a private one its moderators and owner, and its members where the room
    says so. Raises Forbidden, NotFound where there is no such person, AlreadyMember. Somebody who blocks `user` gets nothing,
    and `user` does not learn of it.
    """
    found = managing(room_id, user, Rank.MEMBER)
    _require_inviter(found)
    person = User.get(user_id) if user_id is not None else User.find_one({"username_key": fold(username or "")})
    if person is None or person.banned:
        raise NotFound("There is no such person.")
    if Member.exists({"room_id": room_id, "user_id": person.id}):
        raise AlreadyMember()
    if is_banned(room_id, person.id):
        raise Forbidden("This person is banned from the room.")
    invitation = Invitation(room_id=room_id, user_id=person.id, invited_by=user.id)
    if Block.exists({"user_id": person.id, "blocked_id": user.id}):
        return _views([invitation])[0], True
    created = True
    try:
        invitation.insert()
    except DuplicateKey:
        created = False
        invitation = Invitation.find_one({"room_id": room_id, "user_id": person.id}) or invitation
    view = _views([invitation])[0]
    if created:
        told = {"room_id": str(room_id), "pending": True, "invitation": view}
        push().publish(user_room(person.id), "room_invitation", told)
        notifications.notify({person.id: "invitation"}, actor=user, event_id=invitation.id, room=found.room)
    return view, created


def _require_inviter(found: Standing) -> None:
    if found.room.visibility == "private" and not found.room.members_can_invite:
        found.require(Rank.MODERATOR)


def end(room_id: ObjectId, user: User, whom_id: ObjectId) -> None:
    """Decline one's own invitation, or take back somebody's as its author or as a moderator. Raises NotFound or Forbidden."""
    invitation = Invitation.find_one({"room_id": room_id, "user_id": whom_id})
    if whom_id != user.id:
        found = managing(room_id, user, Rank.MEMBER)
        if invitation is None or invitation.invited_by != user.id:
            found.require(Rank.MODERATOR)
    if invitation is None or not Invitation.delete_one({"_id": invitation.id}):
        raise NotFound("There is no such invitation.")
    notifications.withdraw(invitation.id)
    push().publish(user_room(whom_id), "room_invitation", {"room_id": str(room_id), "pending": False})


def of_person(user: User, *, limit: int = 50, after: ObjectId | None = None) -> tuple[list[InvitationView], ObjectId | None]:
    """The invitations that wait for `user`, oldest first: a page, and its last id where there are more."""
    return _page({"user_id": user.id}, limit, after)


def of_room(
    room_id: ObjectId, user: User, *, limit: int = 50, after: ObjectId | None = None
) -> tuple[list[InvitationView], ObjectId | None]:
    """The invitations into a room that wait for an answer: for moderators all, for members those that they sent themselves.

    Raises Forbidden below members.
    """
    found = managing(room_id, user, Rank.MEMBER)
    which: dict[str, object] = {"room_id": room_id}
    if found.rank < Rank.MODERATOR:
        which["invited_by"] = user.id
    return _page(which, limit, after)


def _page(which: dict[str, object], limit: int, after: ObjectId | None) -> tuple[list[InvitationView], ObjectId | None]:
    if after is not None:
        which["_id"] = {"$gt": after}
    found = Invitation.find(which, sort=[("_id", 1)], limit=limit + 1)
    page = found[:limit]
    return _views(page), page[-1].id if len(found) > limit else None


def _views(invitations: list[Invitation]) -> list[InvitationView]:
    """As the wire has them; those into rooms that were deleted a moment ago are left out."""
    rooms = {room.id: room for room in Room.find({"_id": {"$in": list({each.room_id for each in invitations})}})}
    newest().catch_up(rooms.values())
    people = references({each.user_id for each in invitations} | {each.invited_by for each in invitations})
    return [
        {
            "room": room_facts(rooms[each.room_id]), "user": people[each.user_id], "invited_by": people[each.invited_by],
            "created_at": rfc3339(each.created_at),
        }
        for each in invitations
        if each.room_id in rooms
    ]  # fmt: skip
