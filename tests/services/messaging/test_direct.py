"""Private messages: who may write to whom, one room a pair, and a list of conversations that does not grow with them."""

import threading
from collections.abc import Callable
from functools import partial

import pytest

from models.accounts import User
from models.messages import Message
from models.odm import Database
from models.rooms import Member, Room
from services import own_account
from services.messaging import blocks, direct, friends, messages, reactions
from services.messaging.messages import NotWelcome
from services.push import chat_room, user_room
from services.rooms import rooms
from services.rooms.newest import newest
from tests.services.messaging.messages_support import costs
from tests.support.accounts import account, connection
from tests.support.realtime import Recorder
from tests.support.threads import context_thread
from utils.errors import NotFound, ValidationFailed
from utils.ids import new_id

pytestmark = pytest.mark.usefixtures("db")


def befriend(one: User, other: User) -> None:
    friends.request(one, other.username)
    friends.request(other, one.username)


@pytest.fixture
def pair() -> tuple[User, User]:
    """Two friends."""
    alice, bob = account("alice"), account("bob")
    befriend(alice, bob)
    return alice, bob


def test_friends_write_to_each_other_in_one_room(pair: tuple[User, User]) -> None:
    alice, bob = pair
    first, created = direct.send(alice, bob.id, "hello", client_id="1")
    assert created
    second, _ = direct.send(bob, alice.id, "hello yourself")
    assert (first.room_id, first.seq, second.room_id, second.seq) == (second.room_id, 1, first.room_id, 2)
    assert [message.body for message in direct.history(bob, alice.id)[0]] == ["hello", "hello yourself"]
    room = Room.get(first.room_id)
    assert room is not None
    assert (room.kind, room.visibility, room.capacity, set(room.pair())) == ("direct", "private", 2, {alice.id, bob.id})
    again, created = direct.send(alice, bob.id, "other words", client_id="1")
    assert (again.id, again.body, created) == (first.id, "hello", False)


def test_a_private_message_is_pushed_to_both_people_and_nowhere_else(pair: tuple[User, User], told: Recorder) -> None:
    alice, bob = pair
    sent, _ = direct.send(alice, bob.id, "hello")
    pushed = [room for room, event, _ in told.published if event == "new_message"]
    assert sorted(pushed) == sorted([user_room(alice.id), user_room(bob.id)])
    assert chat_room(sent.room_id) not in {room for room, _, _ in told.published}


def test_a_private_message_costs_a_read_and_a_write(pair: tuple[User, User], db: Database) -> None:
    alice, bob = pair
    direct.send(alice, bob.id, "the first opens the room")
    assert costs(db, partial(direct.send, alice, bob.id, "the others")) == (1, 1)


def test_strangers_may_write_only_to_whom_that_is_fine() -> None:
    alice, bob = account("alice"), account("bob")
    with pytest.raises(NotWelcome):
        direct.send(alice, bob.id, "hello")
    assert direct.history(alice, bob.id) == ([], False)
    assert Room.count({"kind": "direct"}) == 0
    bob = own_account.update_profile(bob, {"preferences": {"private_messages": "everyone"}})
    sent, _ = direct.send(alice, bob.id, "hello")
    own_account.update_profile(bob, {"preferences": {"private_messages": "friends"}})
    for send in (lambda: direct.send(alice, bob.id, "again"), lambda: messages.send(sent.room_id, alice, "again")):
        with pytest.raises(NotWelcome):
            send()
    own_account.update_profile(bob, {"preferences": {"private_messages": "everyone"}})
    assert direct.send(alice, bob.id, "again")[0].seq == 2


def test_whoever_is_written_to_may_answer_and_react(db: Database) -> None:
    alice, bob = account("alice"), account("bob", preferences={"private_messages": "everyone"})
    room_id = direct.send(alice, bob.id, "hello")[0].room_id
    answer, _ = direct.send(bob, alice.id, "hello yourself")
    hello = direct.history(alice, bob.id)[0][0]
    assert reactions.react(hello.id, bob, "👍", on=True).reactions
    assert messages.send(room_id, bob, "and by the room", reply_to=hello.id)[0].seq == answer.seq + 1
    assert costs(db, partial(direct.send, alice, bob.id, "the pair is open and costs no more")) == (1, 1)


def test_an_answer_ends_with_a_block_and_does_not_come_back_with_its_end() -> None:
    alice, bob = account("alice"), account("bob", preferences={"private_messages": "everyone"})
    direct.send(alice, bob.id, "hello")
    blocks.block(alice, bob.id)
    with pytest.raises(NotWelcome):
        direct.send(bob, alice.id, "hello?")
    blocks.unblock(alice, bob.id)
    with pytest.raises(NotWelcome):
        direct.send(bob, alice.id, "hello?")
    direct.send(alice, bob.id, "sorry")
    assert direct.send(bob, alice.id, "never mind")[1]


def test_an_answer_ends_when_one_says_that_only_friends_may_write_and_with_nothing_else() -> None:
    alice, bob = account("alice"), account("bob", preferences={"private_messages": "everyone"})
    direct.send(alice, bob.id, "hello")
    alice = own_account.update_profile(alice, {"preferences": {"theme": "dark"}})
    assert direct.send(bob, alice.id, "hello")[1], "another preference closes nothing"
    alice = own_account.update_profile(alice, {"preferences": {"private_messages": "everyone"}})
    alice = own_account.update_profile(alice, {"preferences": {"private_messages": "friends"}})
    with pytest.raises(NotWelcome):
        direct.send(bob, alice.id, "hello?")


def test_who_parts_as_friends_closes_what_was_opened_before() -> None:
    alice, bob = account("alice"), account("bob", preferences={"private_messages": "everyone"})
    direct.send(alice, bob.id, "hello")
    befriend(alice, bob)
    friends.remove(alice, bob.id)
    with pytest.raises(NotWelcome):
        direct.send(bob, alice.id, "hello?")
    direct.send(alice, bob.id, "hello again")
    assert direct.send(bob, alice.id, "hello")[1]


def test_who_is_no_friend_any_more_may_not_write_any_more(pair: tuple[User, User]) -> None:
    alice, bob = pair
    room_id = direct.send(alice, bob.id, "hello")[0].room_id
    friends.remove(bob, alice.id)
    for sender, receiver in ((alice, bob), (bob, alice)):
        with pytest.raises(NotWelcome):
            direct.send(sender, receiver.id, "still there?")
        with pytest.raises(NotWelcome):
            messages.send(room_id, sender, "by the way round the back")
    befriend(alice, bob)
    assert direct.send(alice, bob.id, "friends again")[0].seq == 2


def test_an_administrator_may_write_to_anyone_who_does_not_block_them() -> None:
    admin, bob = account("admin", role="admin"), account("bob")
    assert direct.send(admin, bob.id, "hello")[1]
    assert direct.send(admin, bob.id, "hello again")[1]
    assert direct.send(bob, admin.id, "hello?")[1], "and is answered"
    blocks.block(bob, admin.id)
    with pytest.raises(NotWelcome):
        direct.send(admin, bob.id, "hello once more")


def test_a_block_closes_the_conversation_for_both_and_says_nothing_of_itself(pair: tuple[User, User]) -> None:
    alice, bob = pair
    stranger = account("stranger")
    room_id = direct.send(alice, bob.id, "hello")[0].room_id
    blocks.block(alice, bob.id)
    refusals = []
    for sender, receiver in ((alice, bob), (bob, alice), (stranger, alice)):
        with pytest.raises(NotWelcome) as refusal:
            direct.send(sender, receiver.id, "hello?")
        refusals.append(refusal.value.payload())
    assert refusals[0] == refusals[1] == refusals[2]
    with pytest.raises(NotWelcome):
        messages.send(room_id, bob, "by the way round the back")
    assert [message.body for message in direct.history(bob, alice.id)[0]] == ["hello"]
    blocks.unblock(alice, bob.id)
    befriend(alice, bob)
    assert direct.send(bob, alice.id, "hello again")[0].seq == 2


def test_a_preference_for_everyone_does_not_lift_a_block(pair: tuple[User, User]) -> None:
    alice, bob = pair
    own_account.update_profile(alice, {"preferences": {"private_messages": "everyone"}})
    blocks.block(alice, bob.id)
    with pytest.raises(NotWelcome):
        direct.send(bob, alice.id, "hello?")
    blocks.block(bob, alice.id)
    blocks.unblock(alice, bob.id)
    with pytest.raises(NotWelcome):
        direct.send(bob, alice.id, "and now?")


def test_one_cannot_write_to_oneself_or_to_nobody() -> None:
    alice = account("alice")
    for call in (lambda to: direct.send(alice, to, "hello"), lambda to: direct.history(alice, to)):
        with pytest.raises(ValidationFailed):
            call(alice.id)
        with pytest.raises(NotFound):
            call(new_id())


def test_first_messages_at_the_same_moment_open_one_room(pair: tuple[User, User]) -> None:
    alice, bob = pair
    start = threading.Barrier(4)
    failures: list[BaseException] = []

    def write(sender: User, receiver: User, text: str) -> None:
        start.wait()
        try:
            direct.send(sender, receiver.id, text)
        except BaseException as error:
            failures.append(error)

    threads = [
        context_thread(target=write, args=(*people, f"{people[0].username} {number}"))
        for number in range(2)
        for people in ((alice, bob), (bob, alice))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert (Room.count({"kind": "direct"}), Member.count()) == (1, 2)
    assert [message.seq for message in direct.history(alice, bob.id)[0]] == [1, 2, 3, 4]


def test_a_conversation_that_a_crash_left_half_open_is_completed(pair: tuple[User, User]) -> None:
    alice, bob = pair
    room_id = direct.room_id_of(alice.id, bob.id)
    Member(room_id=room_id, user_id=alice.id, nickname="alice", nickname_key="alice").insert()
    assert direct.history(alice, bob.id) == ([], False)
    direct.send(bob, alice.id, "hello")
    assert (Room.count({"kind": "direct"}), Member.count({"room_id": room_id})) == (1, 2)


def test_two_people_of_one_nickname_can_write_to_each_other() -> None:
    one, other = account("one", nickname="Sam"), account("other", nickname="sam")
    befriend(one, other)
    assert direct.send(one, other.id, "hello, namesake")[0].nickname == "Sam"


@pytest.fixture
def group() -> Callable[..., Room]:
    def make(owner: User, name: str) -> Room:
        return rooms.create(owner, name)

    return make


def walk(user: User, limit: int) -> list[dict[str, object]]:
    """All conversations, page by page."""
    found: list[dict[str, object]] = []
    position = None
    while True:
        page, position = direct.conversations(user, limit=limit, position=position)
        found += page  # type: ignore[arg-type]
        if position is None:
            return found


def test_conversations_are_in_the_order_of_their_newest_message(pair: tuple[User, User], group: Callable[..., Room]) -> None:
    alice, bob = pair
    garden, kitchen = group(alice, "Garden"), group(alice, "Kitchen")
    rooms.join(garden.id, bob)
    direct.send(bob, alice.id, "hello alice")
    connection(bob)
    listed, position = direct.conversations(alice, limit=10, position=None)
    assert position is None
    assert {view["room"]["id"] for view in listed} == {str(garden.id), str(kitchen.id), str(direct.room_id_of(alice.id, bob.id))}
    private = next(view for view in listed if view["room"]["kind"] == "direct")
    assert private["user"] is not None
    assert private["last_message"] is not None
    assert (private["user"]["username"], private["user"]["online"], private["user"]["away"]) == ("bob", True, False)
    assert (private["last_message"]["body"], private["unread"]) == ("hello alice", 1)
    assert all(view["user"] is None for view in listed if view["room"]["kind"] == "group")
    newest().flush()
    # Activity is told apart by the millisecond.
    for number, room in enumerate((kitchen, garden)):
        Room.update_one({"_id": room.id}, {"$max": {"active_at": Room.get(room.id).active_at.replace(year=2100 + number)}})  # type: ignore[union-attr]
    assert [view["room"]["name"] for view in direct.conversations(alice, limit=2, position=None)[0]] == ["Garden", "Kitchen"]


def test_the_unread_count_follows_the_read_pointer(pair: tuple[User, User]) -> None:
    alice, bob = pair
    for number in range(3):
        sent, _ = direct.send(bob, alice.id, str(number))
    assert direct.conversations(alice, limit=10, position=None)[0][0]["unread"] == 3
    messages.mark_read(sent.room_id, alice, 2)
    assert direct.conversations(alice, limit=10, position=None)[0][0]["unread"] == 1


def test_pages_leave_no_conversation_out_and_cost_the_same_whatever_their_number(db: Database) -> None:
    alice = account("alice")
    moment = rooms.create(alice, "First").created_at
    for number in range(12):
        room = Room(name=f"Room {number}", name_key=f"room {number}", capacity=10, member_count=1, last_seq=1)
        # Some have the same moment, and some are from before there were moments.
        room.active_at = None if number % 4 == 0 else moment.replace(year=2030 + number % 3)
        room.insert()
        Member(room_id=room.id, user_id=alice.id, nickname="alice", nickname_key="alice").insert()
        Message(room_id=room.id, seq=1, author_id=alice.id, author_username="alice", nickname="alice", body=str(number)).insert()
    for limit in (1, 2, 3, 5, 13):
        listed = walk(alice, limit)
        assert len({view["room"]["id"] for view in listed}) == len(listed) == 13, limit  # type: ignore[index]
    assert all(view["last_message"] for view in walk(alice, 13))
    of_two, of_all = (costs(db, partial(direct.conversations, alice, limit=limit, position=None)) for limit in (2, 13))
    assert of_two == of_all
    assert of_two[0] <= 10


@pytest.mark.parametrize("position", ["", ":", "x", "nonsense:0", "99999999999999999999999:" + "0" * 24, "1:zz"])
def test_a_position_of_no_such_list_is_refused(position: str) -> None:
    with pytest.raises(ValidationFailed):
        direct.conversations(account("alice"), limit=10, position=position)
