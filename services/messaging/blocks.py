"""Blocks: whoever is blocked cannot ask, write or see that one is online, and is not told why."""

from contextlib import suppress

from bson import ObjectId

from models.accounts import User
from models.friends import Block
from models.odm import DuplicateKey
from schemas.base import time_text
from schemas.friends import BlockedView, user_ref
from services.messaging import direct, friends
from services.people import presence
from utils.errors import NotFound, ValidationFailed


def block(user: User, other_id: ObjectId) -> None:
    """Block a person; blocking twice is fine. Ends a friendship or request and closes the private conversation.

    Raises ValidationFailed (oneself) or NotFound.
    """
    if user.id == other_id:
        raise ValidationFailed({"user_id": "This is yourself."})
    if not User.exists({"_id": other_id}):
        raise NotFound()
    was_seen = presence.is_told(other_id, user.id)
    # The block comes first: a request or message that does not see it yet is ended or refused by what follows.
    with suppress(DuplicateKey):
        Block(user_id=user.id, blocked_id=other_id).insert()
    friends.sever(user.id, other_id)
    direct.refresh(user.id, other_id)
    if was_seen:
        presence.tell(other_id, user.id)


def unblock(user: User, other_id: ObjectId) -> None:
    """End a block; where there is none that is fine. A friendship that the block ended does not come back."""
    if not Block.delete_one({"user_id": user.id, "blocked_id": other_id}):
        return
    direct.refresh(user.id, other_id)
    if presence.is_told(other_id, user.id):
        presence.tell(other_id, user.id)


def listing(user: User, *, limit: int, after: ObjectId | None) -> tuple[list[BlockedView], ObjectId | None]:
    """A page of those whom a person blocks, longest blocked first, and the id to go on after."""
    which: dict[str, object] = {"user_id": user.id}
    if after is not None:
        which["_id"] = {"$gt": after}
    found = Block.find(which, sort=[("_id", 1)], limit=limit + 1)
    page = found[:limit]
    people = {person.id: person for person in User.find({"_id": {"$in": [each.blocked_id for each in page]}})}
    views: list[BlockedView] = [
        {"user": user_ref(people[each.blocked_id]), "since": time_text(each.created_at) or ""}
        for each in page
        if each.blocked_id in people
    ]
    return views, page[-1].id if len(found) > limit else None
