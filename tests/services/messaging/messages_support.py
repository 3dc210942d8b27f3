"""Rooms with people in them, for the tests of what is said there."""

from collections.abc import Callable

from models.accounts import User
from models.odm import Database, new_id
from models.rooms import Member, Room
from services.rooms import invitations, known_rooms, rooms
from services.rooms.newest import newest
from tests.support.accounts import account
from utils.validators import fold


def room_of(owner: User, *others: User, size: int = 0, **options: object) -> Room:
    """A room of `owner`'s with `others` and, up to `size` members, some who exist as members only."""
    room = rooms.create(owner, "A room", **options)  # type: ignore[arg-type]
    for person in others:
        if room.visibility == "private":
            invitations.invite(room.id, owner, user_id=person.id)
        rooms.join(room.id, person)
    names = [f"Filler {number}" for number in range(1 + len(others), size)]
    Member.insert_many([Member(room_id=room.id, user_id=new_id(), nickname=name, nickname_key=fold(name)) for name in names])
    Room.update_one({"_id": room.id}, {"$set": {"member_count": max(size, 1 + len(others))}})
    known_rooms.forget(room.id)
    found = Room.get(room.id)
    assert found is not None
    return found


def people(*names: str) -> list[User]:
    """Accounts of these names."""
    return [account(name) for name in names]


def costs(db: Database, say: Callable[[], object]) -> tuple[int, int]:
    """How many reads and writes `say` makes, without what is written behind it."""
    newest().flush()
    with newest()._writing, db.count_queries() as counts:
        say()
    return counts.reads, counts.writes
