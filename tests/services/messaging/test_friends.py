"""Friends: whatever two people do, in whichever order, they agree on what they are to each other."""

import threading

import pytest

from models.accounts import User
from models.friends import Friendship
from models.messages import Notification
from models.odm import Database
from services.messaging import blocks, friends
from services.push import user_room
from tests.support.accounts import account
from tests.support.realtime import Recorder
from tests.support.threads import context_thread
from utils.errors import NotFound, ValidationFailed
from utils.ids import new_id, parse_id

pytestmark = pytest.mark.usefixtures("db")


def states(told: Recorder) -> list[tuple[str, str]]:
    return [(room, payload["state"]) for room, event, payload in told.published if event == "friend_request"]


def friends_of(user: object) -> list[str]:
    views, _ = friends.listing(user, limit=100, after=None)  # type: ignore[arg-type]
    return [view["user"]["username"] for view in views]


def test_an_accepted_request_makes_friends_of_both_and_both_are_told(told: Recorder) -> None:
    alice, bob = account("alice"), account("bob")
    asked = friends.request(alice, " BOB ")
    assert (asked["sender"]["username"], asked["receiver"]["username"], asked["state"]) == ("alice", "bob", "pending")
    accepted = friends.accept(parse_id(asked["id"]), bob)
    assert accepted == {**asked, "state": "accepted"}
    assert (friends_of(alice), friends_of(bob)) == (["bob"], ["alice"])
    both = {user_room(alice.id), user_room(bob.id)}
    assert {room for room, state in states(told) if state == "pending"} == both
    assert {room for room, state in states(told) if state == "accepted"} == both


def test_requests_that_cross_make_friends_at_once(told: Recorder) -> None:
    alice, bob = account("alice"), account("bob")
    friends.request(alice, "bob")
    assert friends.request(bob, "alice")["state"] == "accepted"
    assert friends_of(alice) == ["bob"]
    assert friends.requests(alice, direction=None, limit=10, after=None) == ([], None)


def test_requests_that_cross_at_the_same_moment_make_friends_too(db: Database) -> None:
    alice, bob = account("alice"), account("bob")
    start = threading.Barrier(2)
    answers: list[str] = []

    def ask(sender: object, name: str) -> None:
        start.wait()
        answers.append(friends.request(sender, name)["state"])  # type: ignore[arg-type]

    threads = [context_thread(target=ask, args=pair) for pair in ((alice, "bob"), (bob, "alice"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["accepted", "pending"]
    assert (friends_of(alice), friends_of(bob), Friendship.count()) == (["bob"], ["alice"], 1)


def test_a_request_and_its_acceptance_are_notices_and_what_ends_takes_them_back() -> None:
    alice, bob, carol = account("alice"), account("bob"), account("carol")

    def notices(user: User) -> list[tuple[str, str | None]]:
        return [(notice.kind, notice.actor_username) for notice in Notification.find({"user_id": user.id})]

    asked = friends.request(alice, "bob")
    assert (notices(alice), notices(bob)) == ([], [("friend_request", "alice")])
    friends.accept(parse_id(asked["id"]), bob)
    assert notices(alice) == [("friend_accepted", "bob")]
    friends.cancel(parse_id(friends.request(alice, "carol")["id"]), alice)
    assert notices(carol) == []


def test_asking_twice_or_asking_a_friend_is_a_conflict() -> None:
    alice, bob = account("alice"), account("bob")
    asked = friends.request(alice, "bob")
    with pytest.raises(friends.AskedAlready):
        friends.request(alice, "bob")
    friends.accept(parse_id(asked["id"]), bob)
    for sender, name in ((alice, "bob"), (bob, "alice")):
        with pytest.raises(friends.FriendsAlready):
            friends.request(sender, name)


def test_one_cannot_ask_oneself_or_nobody() -> None:
    alice = account("alice")
    with pytest.raises(ValidationFailed):
        friends.request(alice, "Alice")
    with pytest.raises(NotFound):
        friends.request(alice, "nobody")


def test_only_the_one_who_was_asked_answers_and_only_the_one_who_asked_cancels(told: Recorder) -> None:
    alice, bob, eve = account("alice"), account("bob"), account("eve")
    asked = parse_id(friends.request(alice, "bob")["id"])
    for person in (alice, eve):
        for answer in (friends.accept, friends.reject):
            with pytest.raises(NotFound):
                answer(asked, person)
    for person in (bob, eve):
        with pytest.raises(NotFound):
            friends.cancel(asked, person)
    assert [state for _, state in states(told)] == ["pending", "pending"]
    friends.cancel(asked, alice)
    assert states(told)[-1][1] == "cancelled"
    with pytest.raises(NotFound):
        friends.accept(asked, bob)


def test_a_rejected_request_may_be_made_again(told: Recorder) -> None:
    alice, bob = account("alice"), account("bob")
    friends.reject(parse_id(friends.request(alice, "bob")["id"]), bob)
    assert states(told)[-1][1] == "rejected"
    assert friends.request(alice, "bob")["state"] == "pending"


def test_either_of_two_friends_may_end_it_and_a_request_is_no_friendship(told: Recorder) -> None:
    alice, bob = account("alice"), account("bob")
    asked = friends.request(alice, "bob")
    with pytest.raises(NotFound):
        friends.remove(alice, bob.id)
    friends.accept(parse_id(asked["id"]), bob)
    friends.remove(alice, bob.id)
    assert (friends_of(alice), friends_of(bob), states(told)[-1][1]) == ([], [], "removed")
    with pytest.raises(NotFound):
        friends.remove(bob, alice.id)
    with pytest.raises(NotFound):
        friends.remove(bob, new_id())


def test_the_lists_come_in_pages_that_leave_nobody_out_in_a_constant_number_of_queries(db: Database) -> None:
    alice = account("alice")
    names = [f"friend{number}" for number in range(7)]
    for name in names:
        friend = account(name)
        friends.accept(parse_id(friends.request(alice, name)["id"]), friend)
    for number in range(3):
        friends.request(account(f"asker{number}"), "alice")
        account(f"asked{number}")
        friends.request(alice, f"asked{number}")

    seen: list[str] = []
    after = None
    while True:
        with db.count_queries() as counts:
            views, after = friends.listing(alice, limit=3, after=after)
        assert counts.reads <= 3
        seen += [view["user"]["username"] for view in views]
        if after is None:
            break
    assert seen == names

    def asked(direction: str | None) -> list[str]:
        found, last = friends.requests(alice, direction=direction, limit=10, after=None)
        assert last is None
        return sorted({name for view in found for name in (view["sender"]["username"], view["receiver"]["username"])} - {"alice"})

    assert asked("incoming") == ["asker0", "asker1", "asker2"]
    assert asked("outgoing") == ["asked0", "asked1", "asked2"]
    assert asked(None) == ["asked0", "asked1", "asked2", "asker0", "asker1", "asker2"]


def test_a_block_ends_what_there_was_and_bars_requests_from_both_sides(told: Recorder) -> None:
    alice, bob, carol = account("alice"), account("bob"), account("carol")
    friends.accept(parse_id(friends.request(alice, "bob")["id"]), bob)
    friends.request(carol, "alice")
    blocks.block(alice, bob.id)
    blocks.block(alice, carol.id)
    assert (friends_of(alice), friends_of(bob)) == ([], [])
    assert friends.requests(carol, direction=None, limit=10, after=None) == ([], None)
    assert [state for room, state in states(told) if room == user_room(carol.id)] == ["pending", "rejected"]
    for sender, name in ((alice, "bob"), (bob, "alice"), (carol, "alice")):
        with pytest.raises(friends.TakesNoRequests):
            friends.request(sender, name)
    blocks.unblock(alice, bob.id)
    assert friends.request(bob, "alice")["state"] == "pending"
    assert friends_of(alice) == [], "a friendship does not come back by itself"


def test_a_block_and_a_request_at_the_same_moment_leave_no_request() -> None:
    for number in range(5):
        alice, bob = account(f"alice{number}"), account(f"bob{number}")
        start = threading.Barrier(2)

        def ask(sender: object = bob, name: str = alice.username, start: threading.Barrier = start) -> None:
            start.wait()
            try:
                friends.request(sender, name)  # type: ignore[arg-type]
            except friends.TakesNoRequests:
                return

        thread = context_thread(target=ask)
        thread.start()
        start.wait()
        blocks.block(alice, bob.id)
        thread.join()
        assert friends.requests(alice, direction=None, limit=10, after=None) == ([], None)


def test_blocking_is_repeatable_and_listed() -> None:
    alice, bob, carol = account("alice"), account("bob"), account("carol")
    blocks.block(alice, bob.id)
    blocks.block(alice, bob.id)
    blocks.block(alice, carol.id)
    first, after = blocks.listing(alice, limit=1, after=None)
    second, end = blocks.listing(alice, limit=1, after=after)
    assert [view["user"]["username"] for view in first + second] == ["bob", "carol"]
    assert end is None
    blocks.unblock(alice, bob.id)
    blocks.unblock(alice, bob.id)
    assert [view["user"]["username"] for view in blocks.listing(alice, limit=10, after=None)[0]] == ["carol"]
    with pytest.raises(ValidationFailed):
        blocks.block(alice, alice.id)
    with pytest.raises(NotFound):
        blocks.block(alice, new_id())
