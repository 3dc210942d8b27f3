"""Whose a room is, whoever leaves, comes or passes it on."""

import threading
from datetime import timedelta

import pytest

from models.accounts import User
from models.odm import Database
from models.rooms import Member, Room
from services.rooms import moderation, rooms
from services.rooms.upkeep import Upkeep
from tests.support.accounts import account
from tests.support.realtime import Recorder
from tests.support.threads import context_thread
from utils.clock import now
from utils.errors import Forbidden, NotFound


def test_an_owner_who_leaves_is_followed_by_the_longest_standing_moderator(alice: User, bob: User, told: Recorder) -> None:
    room = rooms.create(alice, "Lab")
    carl = account("carl")
    for user in (carl, bob):
        rooms.join(room.id, user)
    moderation.set_role(room.id, alice, bob.id, "moderator")
    rooms.leave(room.id, alice)
    assert (Room.get(room.id) or room).owner_id == bob.id
    rooms.leave(room.id, bob)
    assert (Room.get(room.id) or room).owner_id == carl.id
    assert rooms.visible(room.id, carl)[1].role == "owner"  # type: ignore[union-attr]
    rooms.leave(room.id, carl)
    assert (Room.get(room.id) or room).owner_id is None


def test_a_transfer_makes_one_owner_and_the_former_one_a_moderator(alice: User, bob: User) -> None:
    room = rooms.create(alice, "Lab")
    with pytest.raises(NotFound):
        moderation.transfer(room.id, alice, bob.id)
    rooms.join(room.id, bob)
    moderation.transfer(room.id, alice, bob.id)
    roles = {member.user_id: member.role for member in Member.find({"room_id": room.id})}
    assert roles == {alice.id: "moderator", bob.id: "owner"}
    with pytest.raises(Forbidden):
        moderation.transfer(room.id, alice, alice.id)


def test_a_transfer_cut_short_gives_the_rights_to_one_and_is_finished_later(alice: User, bob: User) -> None:
    room = rooms.create(alice, "Lab")
    rooms.join(room.id, bob)
    moved = {"owner_id": bob.id, "created_at": now() - timedelta(hours=1)}
    Room.update_one({"_id": room.id}, {"$set": moved})  # and here the process was killed
    with pytest.raises(Forbidden):
        rooms.update(room.id, alice, {"capacity": 5})
    rooms.update(room.id, bob, {"capacity": 5})
    for _ in Upkeep().look():
        pass
    roles = {member.user_id: member.role for member in Member.find({"room_id": room.id})}
    assert roles == {alice.id: "moderator", bob.id: "owner"}


def test_a_room_that_everyone_left_belongs_to_whoever_comes_next(alice: User, bob: User) -> None:
    room, carl = rooms.create(alice, "Lab"), account("carl")
    rooms.leave(room.id, alice)
    assert (Room.get(room.id) or room).owner_id is None
    joined = rooms.join(room.id, bob)
    rooms.join(room.id, carl)
    owned = Room.get(room.id) or room
    assert (owned.owner_id, joined.role) == (bob.id, "owner")
    assert rooms.update(room.id, bob, {"name": "Bob's"})[0].name == "Bob's"
    lobby = rooms.ensure_lobby()
    rooms.join(lobby.id, bob)
    assert (Room.get(lobby.id) or lobby).owner_id is None


def test_of_several_who_come_at_once_one_owns_the_room(alice: User, db: Database) -> None:
    room, crowd = rooms.create(alice, "Lab"), [account(f"person{number}") for number in range(4)]
    start = threading.Barrier(5)

    def come(user: User) -> None:
        start.wait()
        rooms.join(room.id, user)

    def go() -> None:
        start.wait()
        rooms.leave(room.id, alice)

    threads = [context_thread(target=come, args=(user,)) for user in crowd] + [context_thread(target=go)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    owners = [member.user_id for member in Member.find({"room_id": room.id, "role": "owner"})]
    assert owners == [(Room.get(room.id) or room).owner_id]
    assert owners[0] in {user.id for user in crowd}
