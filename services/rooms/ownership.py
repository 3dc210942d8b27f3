"""Whose a room is. The room says it (`owner_id`), so one conditional update decides; the roles of the memberships follow."""

from bson import ObjectId

from models.rooms import Member, Room
from schemas.rooms import room_facts
from services.push import chat_room, member_room, push
from services.rooms import known_rooms
from services.rooms.newest import newest


def announce(room: Room) -> None:
    """Push what a room is now to everyone in it."""
    newest().catch_up([room])
    told = {"room_id": str(room.id), "deleted": False, "room": room_facts(room)}
    push().publish([chat_room(room.id), member_room(room.id)], "room_updated", told)


def pass_on(room_id: ObjectId, from_id: ObjectId, to_id: ObjectId) -> bool:
    """Make another member the owner of a room; the owner until then becomes a moderator. False where `from_id` was not it.

    The room says who owns it, so one update decides, and of two changes at once one happens.
    """
    if not Room.update_one({"_id": room_id, "owner_id": from_id}, {"$set": {"owner_id": to_id}}):
        return False
    settle(room_id)
    return True


def settle(room_id: ObjectId) -> None:
    """Make the roles in a room those that follow from who owns it; a room whose owner is gone passes to somebody else."""
    known_rooms.forget(room_id)
    room = Room.get(room_id)
    if room is None or room.owner_id is None:
        return
    Member.update_many({"room_id": room_id, "role": "owner", "user_id": {"$ne": room.owner_id}}, {"$set": {"role": "moderator"}})
    if Member.update_one({"room_id": room_id, "user_id": room.owner_id}, {"$set": {"role": "owner"}}):
        announce(room)
    else:
        inherit(room_id, room.owner_id)


def inherit(room_id: ObjectId, from_id: ObjectId) -> None:
    """Have a room pass on from an owner who is no member any more; it is nobody's where nobody is left."""
    heir = _heir(room_id)
    if heir is not None:
        pass_on(room_id, from_id, heir.user_id)
        return
    Room.update_one({"_id": room_id, "owner_id": from_id}, {"$unset": {"owner_id": ""}})
    # Whoever joined at this moment found an owner still.
    adopt(room_id)


def adopt(room_id: ObjectId) -> bool:
    """Give a room that nobody owns to its longest-standing moderator, or else member; whether that was done.

    Looked at after each membership that begins and each owner who goes, so one of the two sees the other. The Lobby is nobody's.
    """
    ownerless = {"_id": room_id, "kind": "group", "owner_id": {"$exists": False}, "slug": {"$exists": False}}
    if not Room.exists(ownerless):
        return False
    heir = _heir(room_id)
    if heir is None or not Room.update_one(ownerless, {"$set": {"owner_id": heir.user_id}}):
        return False
    settle(room_id)
    return True


def _heir(room_id: ObjectId) -> Member | None:
    found = (Member.find_one({"room_id": room_id, "role": role}, sort=[("joined_at", 1)]) for role in ("moderator", "member"))
    return next((member for member in found if member is not None), None)
