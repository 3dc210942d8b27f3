"""Slow mode: in a room that has it, a member sends once in so many seconds. Moderators and the owner are not slowed."""

from models.accounts import User
from models.messages import Message
from models.rooms import Member, Room
from services.limits import rules
from services.rooms.roles import Rank, rank_of
from utils.errors import RateLimited


def check(room: Room, author: User, member: Member, client_id: str | None = None) -> None:
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
