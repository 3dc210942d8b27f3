"""Deleting rooms. A room is gone at once for everyone; what was in it is removed later, in slices.

A record of the removal is stored first: from then on the room vanishes, whatever is killed when. Whoever holds the lease of the
housekeeping works the records off. A record stays for a while after its room is empty, because a message that was on its way
when the room vanished may still be stored.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bson import ObjectId

from models.accounts import User
from models.alerts import Alert, AlertRule
from models.messages import Message, MessageEdit, Notification, Reaction
from models.moderation import Ban, Invitation, RoomRemoval
from models.odm import Document, DuplicateKey
from models.pins import Pin
from models.rooms import Member, Room
from services.push import chat_room, member_room, push
from services.rooms import known_rooms
from services.rooms.roles import Rank, managing
from utils.clock import now
from utils.errors import Forbidden

# A few ms of everyone's time on the embedded database.
SLICE = 100
SETTLE_SECONDS = 60.0

CONTENTS: list[type[Document]] = [Member, Invitation, Ban, Pin, AlertRule, Alert, Message]
"""What belongs to a room, each by its `room_id`. The memberships go first: without one nobody sends."""


ATTACHED: list[tuple[type[Document], str]] = [(Reaction, "message_id"), (MessageEdit, "message_id"), (Notification, "event_id")]
"""What belongs to a message, and the field that holds its id."""


def delete(room_id: ObjectId, user: User) -> None:
    """Delete a room for good. Raises NotFound or, but for its owner and administrators of the site, Forbidden."""
    room = managing(room_id, user, Rank.OWNER).room
    if room.is_lobby:
        raise Forbidden("Every installation has this room; it stays.")
    begin(room_id)


def begin(room_id: ObjectId, *, if_empty: bool = False) -> None:
    """Have a room vanish; `if_empty`: unless somebody is in it by then."""
    removal = RoomRemoval(id=room_id, if_empty=if_empty)
    try:
        removal.insert()
    except DuplicateKey:
        if not if_empty:
            RoomRemoval.update_one({"_id": room_id}, {"$set": {"if_empty": False}})
    _vanish(removal)


def _vanish(removal: RoomRemoval) -> None:
    which: dict[str, object] = {"_id": removal.id}
    if removal.if_empty:
        which["member_count"] = 0
    if Room.delete_one(which):
        known_rooms.forget(removal.id)
        everyone = [chat_room(removal.id), member_room(removal.id)]
        push().publish(everyone, "room_updated", {"room_id": str(removal.id), "deleted": True})
        for each in everyone:
            push().empty(each)


def work(settle_seconds: float = SETTLE_SECONDS) -> Iterator[None]:
    """Remove what was in deleted rooms, a slice of SLICE documents of a room at each step.

    The memberships of all of them go before the messages of any, also those of rooms that are deleted meanwhile: a room of a
    million messages keeps nobody else in a room that is gone.
    """
    unseated: dict[ObjectId, datetime] = {}
    yield from _unseat(unseated)
    for removal in RoomRemoval.find({"_id": {"$in": list(unseated)}}, sort=[("created_at", 1)]):
        found = False
        for document in CONTENTS:
            for _ in _slices(document, removal.id):
                found = True
                yield
                yield from _unseat(unseated)
        if not found and removal.created_at + timedelta(seconds=settle_seconds) < now():
            RoomRemoval.delete_one({"_id": removal.id})
        yield


def _unseat(unseated: dict[ObjectId, datetime]) -> Iterator[None]:
    """Have some rooms vanish with their memberships, longest deleted first, and add them to `unseated`, which it leaves out."""
    which = {"created_at": {"$gte": max(unseated.values())}} if unseated else {}
    for removal in RoomRemoval.find(which, sort=[("created_at", 1)], limit=SLICE):
        if removal.id in unseated:
            continue
        _vanish(removal)
        if Room.exists({"_id": removal.id}):
            RoomRemoval.delete_one({"_id": removal.id, "if_empty": True})
            continue
        unseated[removal.id] = removal.created_at
        for _ in _slices(Member, removal.id):
            yield


def _slices(document: type[Document], room_id: ObjectId) -> Iterator[None]:
    while True:
        some = [row["_id"] for row in document.find_raw({"room_id": room_id}, projection=("_id",), limit=SLICE)]
        if not some:
            return
        if document is Message:
            for attached, field in ATTACHED:
                attached.delete_many({field: {"$in": some}})
        document.delete_many({"_id": {"$in": some}})
        yield
