"""Running a room: roles, passing it on, removing and banning people. Who may do what to whom: docs/rooms.md."""

from datetime import datetime

from bson import ObjectId

from models.accounts import User
from models.moderation import Ban, Invitation
from models.odm import DuplicateKey
from models.rooms import Member, MemberRole, Room
from schemas.accounts import UserRef
from schemas.moderation import BanView, ban_view
from services.rooms import ownership, rooms
from services.rooms.roles import Rank, is_in_force, managing, rank_of
from utils.errors import Conflict, Forbidden, NotFound, ValidationFailed


class NotInRoom(NotFound):
    default_message = "This person is not in the room."


def transfer(room_id: ObjectId, user: User, to_id: ObjectId) -> Room:
    """Give a room to another member; the owner until then becomes a moderator.

    Raises Forbidden but for the owner and administrators of the site, NotInRoom, Conflict where somebody else was first.
    """
    room = managing(room_id, user, Rank.OWNER).room
    if not Member.exists({"room_id": room_id, "user_id": to_id}):
        raise NotInRoom()
    if room.owner_id == to_id:
        return room
    if room.owner_id is None:
        if not Room.update_one({"_id": room_id, "owner_id": {"$exists": False}}, {"$set": {"owner_id": to_id}}):
            raise Conflict("The room has another owner by now.")
        ownership.settle(room_id)
    elif not ownership.pass_on(room_id, room.owner_id, to_id):
        raise Conflict("The room has another owner by now.")
    passed = Room.get(room_id)
    if passed is None:
        raise NotFound()
    return passed


def set_role(room_id: ObjectId, user: User, of_id: ObjectId, role: MemberRole) -> tuple[Room, Member, User]:
    """Make a member a moderator, or a moderator a member again; everyone in the room is told.

    Raises Forbidden but for the owner and administrators of the site, NotInRoom, ValidationFailed for the owner's own role.
    """
    room = managing(room_id, user, Rank.OWNER).room
    person = User.get(of_id)
    if room.owner_id == of_id:
        raise ValidationFailed({"role": "Transfer the room first: its owner has no other role."})
    member = Member.find_one_and_update({"room_id": room_id, "user_id": of_id}, {"$set": {"role": role}})
    if member is None or person is None:
        raise NotInRoom()
    rooms.announce_member(room, member, person)
    return room, member, person


def kick(room_id: ObjectId, user: User, whom_id: ObjectId) -> None:
    """End somebody's membership; they may come back if the room is public.

    Raises Forbidden where they do not rank below `user`, NotInRoom.
    """
    person, member = _lower(room_id, user, whom_id)
    if member is None or not rooms.end_membership(room_id, person, "removed"):
        raise NotInRoom()


def ban(
    room_id: ObjectId, user: User, whom_id: ObjectId, *, reason: str = "", until: datetime | None = None
) -> tuple[BanView, bool]:
    """Keep somebody out of a room, for good or `until` a moment, whether they are in it now or not.

    A second ban of the same person replaces the first. Returns the ban, and whether it is new. Raises Forbidden where they do
    not rank below `user`, NotFound where there is no such person.
    """
    person, _ = _lower(room_id, user, whom_id)
    made = Ban(room_id=room_id, user_id=person.id, reason=reason, banned_by=user.id, until=until)
    # The ban before the membership: see rooms.join, which looks in the other order.
    created = _store(made)
    Invitation.delete_one({"room_id": room_id, "user_id": person.id})
    rooms.end_membership(room_id, person, "banned")
    return _views([made])[0], created


def _store(made: Ban) -> bool:
    try:
        made.insert()
    except DuplicateKey:
        update: dict[str, dict[str, object]] = {
            "$set": {"reason": made.reason, "banned_by": made.banned_by, "created_at": made.created_at}
        }
        if made.until is None:
            update["$unset"] = {"until": ""}
        else:
            update["$set"]["until"] = made.until
        if Ban.update_one({"room_id": made.room_id, "user_id": made.user_id}, update):
            return False
        return _store(made)  # lifted in between
    return True


def unban(room_id: ObjectId, user: User, whom_id: ObjectId) -> None:
    """Let somebody join again. Raises Forbidden below moderators, NotFound where there is no such ban."""
    managing(room_id, user, Rank.MODERATOR)
    if not Ban.delete_one({"room_id": room_id, "user_id": whom_id}):
        raise NotFound("This person is not banned here.")


def bans(room_id: ObjectId, user: User, *, limit: int = 50, after: ObjectId | None = None) -> tuple[list[BanView], ObjectId | None]:
    """Who is banned from a room, oldest ban first: a page, and its last id where there are more.

    Raises Forbidden below moderators.
    """
    managing(room_id, user, Rank.MODERATOR)
    which: dict[str, object] = {"room_id": room_id}
    if after is not None:
        which["_id"] = {"$gt": after}
    found = Ban.find(which, sort=[("_id", 1)], limit=limit + 1)
    page = found[:limit]
    return _views([each for each in page if is_in_force(each.until)]), page[-1].id if len(found) > limit else None


def _lower(room_id: ObjectId, user: User, whom_id: ObjectId) -> tuple[User, Member | None]:
    """The person whom `user`, a moderator or more, may act against, and their membership."""
    found = managing(room_id, user, Rank.MODERATOR)
    person = User.get(whom_id)
    if person is None:
        raise NotFound("There is no such person.")
    member = Member.find_one({"room_id": room_id, "user_id": whom_id})
    if whom_id == user.id:
        raise Forbidden("Leave the room instead.")
    if rank_of(found.room, person, member) >= found.rank:
        raise Forbidden("This person is not below you in this room.")
    return person, member


def _views(found: list[Ban]) -> list[BanView]:
    people = references({each.user_id for each in found} | {each.banned_by for each in found if each.banned_by is not None})
    return [ban_view(each, people) for each in found]


def references(ids: set[ObjectId]) -> dict[ObjectId, UserRef]:
    """Ids and user names of people, in one query; who is no more is "?"."""
    found = User.find_raw({"_id": {"$in": list(ids)}}, projection=("username",)) if ids else []
    names = {row["_id"]: row["username"] for row in found}
    return {each: {"id": str(each), "username": names.get(each, "?")} for each in ids}
