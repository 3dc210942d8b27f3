"""What is written behind a message: nobody sees that it is not there yet, nor that a crash left it out."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from bson import ObjectId

from models.accounts import User
from models.messages import Message
from models.odm import Database, DatabaseUnavailable
from models.rooms import Member, Room
from services.messaging import direct, friends, messages
from services.push import user_room
from services.rooms import directory, removal, rooms, timeline
from services.rooms.newest import Newest, newest
from services.rooms.upkeep import Upkeep
from tests.services.messaging.messages_support import people, room_of
from tests.support.eventually import eventually
from tests.support.platforms import forget_rooms
from tests.support.realtime import Recorder
from utils.clock import now


@pytest.fixture
def held(db: Database) -> Iterator[None]:
    """Nothing is written behind: as if this process were killed at any moment now, or another one had stored the messages."""
    newest().flush()
    with newest()._writing:
        yield
        newest().forget()


def elsewhere() -> None:
    """From here on look as a process that stored nothing of what there is."""
    forget_rooms()


def stored(room: Room) -> tuple[int, object]:
    found = Room.get(room.id)
    assert found is not None
    return found.last_seq, found.active_at


def pointer(room: Room, user: User) -> int:
    member = Member.find_one({"room_id": room.id, "user_id": user.id})
    assert member is not None
    return member.last_read_seq


def conversations(user: User) -> list[tuple[str, int, int]]:
    """The name of each, how far it has come, and what is unread."""
    return [
        (each["room"]["name"], each["room"]["last_seq"], each["unread"])
        for each in direct.conversations(user, limit=50, position=None)[0]
    ]


def rename(room: Room, name: str) -> Room:
    Room.update_one({"_id": room.id}, {"$set": rooms.named(name)})
    return room


@pytest.mark.parametrize("killed", [False, True])
def test_lists_and_unread_counts_are_right_before_anything_is_written_behind(held: None, killed: bool) -> None:
    alice, bob = people("alice", "bob")
    old, new = rename(room_of(alice, bob), "Old"), rename(room_of(alice, bob), "New")
    for room in (old, new):
        messages.mark_read(room.id, alice, 99)
        messages.mark_read(room.id, bob, 99)
    for number in range(3):
        messages.send(old.id, alice, str(number))
    if killed:
        elsewhere()
    seq = timeline.last_seq(old.id)
    assert stored(old)[0] < seq
    if killed:
        elsewhere()
    assert conversations(alice) == [("Old", seq, 0), ("New", seq - 3, 0)]
    assert conversations(bob) == [("Old", seq, 3), ("New", seq - 3, 0)]
    listed = {each["name"]: each for each in directory.listing(alice, mine=True)[0]}
    assert [listed[name]["last_seq"] for name in ("Old", "New")] == [seq, seq - 3]
    assert listed["Old"]["membership"] is not None
    assert listed["Old"]["membership"]["last_read_seq"] == seq
    view = rooms.view(*rooms.visible(old.id, alice))
    assert view["membership"] is not None
    assert (view["last_seq"], view["membership"]["last_read_seq"]) == (seq, seq)
    bobs = rooms.view(*rooms.visible(old.id, bob))
    assert bobs["membership"] is not None
    assert (bobs["last_seq"], bobs["membership"]["last_read_seq"]) == (seq, seq - 3)


def test_own_words_are_not_read_over_those_of_others_after_a_crash(held: None) -> None:
    alice, bob = people("alice", "bob")
    room = room_of(alice, bob)
    messages.mark_read(room.id, alice, 99)
    for author, count in ((alice, 70), (bob, 1), (alice, 2)):
        for number in range(count):
            messages.send(room.id, author, str(number))
    elsewhere()
    assert [unread for _, _, unread in conversations(alice)] == [3], "what bob said, and what came after it"
    messages.mark_read(room.id, alice, timeline.last_seq(room.id) - 2)
    assert [unread for _, _, unread in conversations(alice)] == [0], "nobody has to read their own words"


def test_a_room_that_was_left_far_behind_is_not_read_through(held: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.rooms.newest._PLENTY", 10)
    alice, bob = people("alice", "bob")
    far, near = room_of(alice, bob), room_of(alice, bob)
    for room, count in ((far, 30), (near, 2)):
        messages.mark_read(room.id, alice, 99)
        for number in range(count):
            messages.send(room.id, alice, str(number))
    seqs = {str(room.id): timeline.last_seq(room.id) for room in (far, near)}
    for reader, unread in ((alice, [0, 0]), (bob, [2, 30])):
        elsewhere()
        found = direct.conversations(reader, limit=50, position=None)[0]
        assert {each["room"]["id"]: each["room"]["last_seq"] for each in found} == seqs
        assert [each["unread"] for each in found] == unread


def test_a_private_pair_reads_its_own_words_too(held: None) -> None:
    alice, bob = people("alice", "bob")
    friends.request(alice, bob.username)
    friends.request(bob, alice.username)
    for number in range(3):
        direct.send(alice, bob.id, str(number))
    for _ in range(2):
        assert [unread for _, _, unread in conversations(alice)] == [0]
        assert [unread for _, _, unread in conversations(bob)] == [3]
        elsewhere()


def test_pages_keep_their_order_while_nothing_is_written_behind(held: None) -> None:
    alice, bob = people("alice", "bob")
    made = [rename(room_of(alice, bob), f"Room {number}") for number in range(7)]
    for later, number in enumerate((3, 0, 6, 1), start=1):
        said, _ = messages.send(made[number].id, bob, "hello")
        Message.update_one({"_id": said.id}, {"$set": {"created_at": said.created_at + timedelta(seconds=later)}})
    elsewhere()
    found: list[str] = []
    position = None
    while True:
        page, position = direct.conversations(alice, limit=2, position=position)
        found += [each["room"]["name"] for each in page]
        if position is None:
            break
    assert found[:4] == ["Room 1", "Room 6", "Room 0", "Room 3"]
    assert sorted(found) == [f"Room {number}" for number in range(7)]


def test_what_is_written_behind_is_what_readers_saw(db: Database) -> None:
    alice, bob = people("alice", "bob")
    room = room_of(alice, bob)
    messages.mark_read(room.id, alice, 99)
    sent = [messages.send(room.id, alice, str(number))[0] for number in range(5)]
    eventually(lambda: stored(room) == (sent[-1].seq, sent[-1].created_at) and pointer(room, alice) == sent[-1].seq)
    messages.send(room.id, bob, "bob has read nothing")
    newest().flush()
    assert pointer(room, bob) < sent[0].seq


def test_what_a_crash_left_out_is_written_by_whoever_finds_it(held: None) -> None:
    alice, bob = people("alice", "bob")
    room = room_of(alice, bob)
    messages.mark_read(room.id, alice, 99)
    seq = messages.send(room.id, alice, "the last words of a process")[0].seq
    long_ago = now() - timedelta(minutes=1)
    Message.update_many({"room_id": room.id}, {"$set": {"created_at": long_ago}})
    elsewhere()
    assert stored(room)[0] < seq
    for _ in Upkeep().look():
        pass
    assert conversations(alice) == [("A room", seq, 0)]
    newest()._writing.release()
    newest().flush()
    newest()._writing.acquire()
    assert (stored(room)[0], pointer(room, alice)) == (seq, seq)


def test_nothing_is_written_back_that_is_gone(held: None) -> None:
    alice, bob = people("alice", "bob")
    left, deleted = room_of(alice, bob), room_of(alice, bob)
    for room in (left, deleted):
        messages.mark_read(room.id, bob, 99)
        messages.send(room.id, bob, "my last words")
    rooms.leave(left.id, bob)
    removal.delete(deleted.id, alice)
    newest()._writing.release()
    newest().flush()
    newest()._writing.acquire()
    assert Room.get(deleted.id) is None
    assert not Member.exists({"room_id": left.id, "user_id": bob.id})


def test_what_cannot_be_written_now_is_written_when_the_database_is_back(held: None, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, bob = people("alice", "bob")
    room = room_of(alice, bob)
    messages.mark_read(room.id, alice, 99)
    seq = messages.send(room.id, alice, "hello")[0].seq
    newest()._writing.release()

    def away(*_: object, **__: object) -> object:
        raise DatabaseUnavailable("away")

    for method in ("find_one_and_update", "update_one"):
        with monkeypatch.context() as patched:
            patched.setattr(Room if method == "find_one_and_update" else Member, method, away)
            with pytest.raises(DatabaseUnavailable):
                newest().flush()
    newest().flush()
    newest()._writing.acquire()
    assert (stored(room)[0], pointer(room, alice)) == (seq, seq)


def test_an_authors_devices_hear_what_only_the_database_knew(db: Database, told: Recorder) -> None:
    alice, bob = people("alice", "bob")
    friends.request(alice, bob.username)
    friends.request(bob, alice.username)
    message, _ = direct.send(alice, bob.id, "hello")
    here = Newest(interval_seconds=0.01)
    Member.update_one({"room_id": message.room_id, "user_id": alice.id}, {"$set": {"last_read_seq": 0}})
    newest().flush()
    Member.update_one({"room_id": message.room_id, "user_id": alice.id}, {"$set": {"last_read_seq": 0}})
    told.published.clear()
    assert not here.stored(message)
    pushed = {"room_id": str(message.room_id), "last_seq": message.seq, "last_read_seq": message.seq}
    eventually(lambda: (user_room(alice.id), "unread", pushed) in told.published)
    assert here.seq(message.room_id) == message.seq
    assert here.seq(ObjectId()) == 0
