"""Who may do what in a room: one person's standing there. The whole table is in docs/rooms.md."""

from dataclasses import dataclass
from enum import IntEnum

from bson import ObjectId

from models.accounts import User
from models.messages import Message
from models.moderation import Ban, Invitation
from models.odm import UtcDatetime
from models.rooms import Member, MemberRole, Room
from services.limits import rules
from utils.clock import now
from utils.errors import Forbidden, NotFound, RateLimited


class Rank(IntEnum):
    """What a person is in a room; who ranks higher may do whatever a lower rank may."""

    BANNED = -1
    OUTSIDER = 0
    INVITED = 1
    MEMBER = 2
    MODERATOR = 3
    OWNER = 4
    # Of the whole site; holds in public rooms only. In a private room an admin is what anybody is there.
    ADMIN = 5


_NEEDED = {
    Rank.MEMBER: "Join the room first.",
    Rank.MODERATOR: "Only the owner and the moderators of the room may do this.",
    Rank.OWNER: "Only the owner of the room may do this.",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A person in a room: the room, their membership if they have one, and their rank."""

    room: Room
    member: Member | None
    rank: Rank

    def require(self, rank: Rank) -> None:
        """Raises Forbidden where the person ranks lower."""
        if self.rank < rank:
            raise Forbidden(_NEEDED.get(rank))


def standing(room_id: ObjectId, user: User) -> Standing:
    """What `user` is in a room. Raises NotFound where there is none, or none that they may know of."""
    room = Room.get(room_id)
    if room is None:
        raise NotFound()
    member = Member.find_one({"room_id": room_id, "user_id": user.id})
    rank = rank_of(room, user, member)
    if rank < Rank.INVITED and (room.visibility == "private" or room.kind == "direct"):
        raise NotFound()
    return Standing(room, member, rank)


def managing(room_id: ObjectId, user: User, rank: Rank) -> Standing:
    """As `standing`, for what is only done in rooms with more to them than two people. Raises Forbidden below `rank`."""
    found = standing(room_id, user)
    if found.room.kind == "direct":
        raise Forbidden("This is a private conversation of two people.")
    found.require(rank)
    return found


def rank_of(room: Room, user: User, member: Member | None) -> Rank:
    """What `user`, with this membership, is in `room`."""
    if user.role == "admin" and room.visibility == "public" and room.kind != "direct":
        return Rank.ADMIN
    if member is not None:
        return member_rank(room, member)
    if is_banned(room.id, user.id):
        return Rank.BANNED
    return Rank.INVITED if Invitation.exists({"room_id": room.id, "user_id": user.id}) else Rank.OUTSIDER


def member_rank(room: Room, member: Member) -> Rank:
    """A membership's rank. The room says who owns it: where a transfer was cut short, it is not both people."""
    if room.owner_id == member.user_id:
        return Rank.OWNER
    return Rank.MEMBER if member.role == "member" else Rank.MODERATOR


def role_of(room: Room, member: Member) -> MemberRole:
    """The role that goes with `member_rank`."""
    return "owner" if room.owner_id == member.user_id else "member" if member.role == "member" else "moderator"


def is_banned(room_id: ObjectId, user_id: ObjectId) -> bool:
    """Whether a ban holds now."""
    ban = Ban.find_one({"room_id": room_id, "user_id": user_id})
    return ban is not None and is_in_force(ban.until)


def is_in_force(until: UtcDatetime | None) -> bool:
    """Whether a ban that ends then holds now: an expired one is removed some time later."""
    return until is None or until > now()


def check_slow_mode(room: Room, author: User, member: Member, client_id: str | None = None) -> None:
    """Count one message of `author` in `room`. Raises RateLimited, with the seconds to wait, where it comes too soon.

    What is repeated under a `client_id` that came before is not held up: it says nothing new. Nothing is written, and only
    a message that would be refused costs a query.
    """
    if room.slow_mode_seconds <= 0 or rank_of(room, author, member) > Rank.MEMBER:
        return
    try:
        rules().check(f"1 per {room.slow_mode_seconds} second", "slow-mode", str(room.id), str(author.id))
    except RateLimited as too_soon:
        if client_id is None or not Message.exists({"room_id": room.id, "author_id": author.id, "client_id": client_id}):
            wait = too_soon.retry_after
            raise RateLimited(wait, f"This room is in slow mode. Try again in {wait} s.") from None
