"""Deleted rooms: gone at once, emptied bit by bit."""

import pytest

from models.accounts import User
from models.messages import Message, Reaction
from models.moderation import RoomRemoval
from models.rooms import Member, Room
from services.messaging import messages
from services.rooms import removal, rooms
from tests.support.realtime import Recorder
from utils.errors import Forbidden, NotFound


def test_a_deleted_room_is_gone_at_once_and_emptied_in_slices(
    alice: User, bob: User, told: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "SLICE", 10)
    room, other = rooms.create(alice, "Lab"), rooms.create(alice, "Stays")
    rooms.join(room.id, bob)
    sent = [messages.send(room.id, alice, str(number))[0] for number in range(25)]
    Reaction(message_id=sent[0].id, user_id=bob.id, emoji="👍").insert()
    removal.delete(room.id, alice)
    assert {"room_id": str(room.id), "deleted": True} in told.payloads("room_updated")
    for use in (
        lambda: rooms.known(room.id, alice), lambda: rooms.join(room.id, bob), lambda: messages.send(room.id, alice, "x")
    ):  # fmt: skip
        with pytest.raises(NotFound):
            use()
    steps = sum(1 for _ in removal.work(settle_seconds=3600))
    assert steps >= 4, "the messages went in several slices"
    assert Message.count({"room_id": room.id}) == Member.count({"room_id": room.id}) == Reaction.count({}) == 0
    assert Message.count({"room_id": other.id}) == 1
    assert RoomRemoval.count({}) == 1, "kept for a while: a message may still be on its way"
    Message(room_id=room.id, seq=999, author_id=bob.id, author_username="bob", nickname="Bob").insert()
    for _ in range(2):
        for _ in removal.work(settle_seconds=-1):
            pass
    assert (Message.count({"room_id": room.id}), RoomRemoval.count({})) == (0, 0)


def test_nobody_stays_a_member_of_a_deleted_room_while_the_messages_of_another_are_removed(
    alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "SLICE", 10)
    large, second, third = (rooms.create(alice, name) for name in ("Large", "Second", "Third"))
    for room in (large, second, third):
        rooms.join(room.id, bob)
    for number in range(40):
        messages.send(large.id, alice, str(number))
    removal.delete(large.id, alice)
    removal.delete(second.id, alice)
    members = [Member.count({"room_id": room.id}) for room in (large, second, third)]
    assert members == [2, 2, 2]
    deleted_third = False
    for _ in removal.work(settle_seconds=3600):
        messages_left = Message.count({"room_id": large.id})
        if 0 < messages_left < 42:
            assert Member.count({"room_id": second.id}) == 0
            if deleted_third:
                assert Member.count({"room_id": third.id}) == 0
            else:
                removal.delete(third.id, alice)
                deleted_third = True
    assert deleted_third
    assert Message.count({"room_id": {"$in": [large.id, second.id, third.id]}}) <= 2, "the last room's own, at the next turn"


def test_a_private_room_that_everybody_left_is_removed_and_a_public_one_is_not(alice: User) -> None:
    private, public = rooms.create(alice, "Secret", visibility="private"), rooms.create(alice, "Open")
    for room in (private, public):
        rooms.leave(room.id, alice)
    assert (Room.get(private.id), Room.get(public.id) is None) == (None, False)


def test_the_lobby_cannot_be_deleted_or_hidden(alice: User) -> None:
    User.update_one({"_id": alice.id}, {"$set": {"role": "admin"}})
    admin = User.get(alice.id) or alice
    lobby = rooms.ensure_lobby()
    rooms.update(lobby.id, admin, {"name": "Welcome"})
    with pytest.raises(Forbidden):
        removal.delete(lobby.id, admin)
    with pytest.raises(Forbidden):
        rooms.update(lobby.id, admin, {"visibility": "private"})
