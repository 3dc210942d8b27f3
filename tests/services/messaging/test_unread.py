"""Unread messages: whose they are, and that all members hear of a message few times, whatever their number."""

import time
from itertools import pairwise
from typing import Any

import pytest
from bson import ObjectId

from models.accounts import User
from models.odm import Database
from services.coalescing import Pulse
from services.messaging import direct, friends, messages
from services.push import member_room, user_room
from services.rooms import rooms, timeline
from services.rooms.unread import Badges
from tests.services.messaging.messages_support import people, room_of
from tests.support.eventually import eventually
from tests.support.realtime import Recorder
from utils.ids import new_id


def pushed(told: Recorder, *rooms: ObjectId) -> list[dict[str, Any]]:
    """What was pushed about `rooms`, and not about those of tests before, whose pushes may still come."""
    named = {str(room) for room in rooms}
    return [payload for payload in told.payloads("unread") if payload["room_id"] in named]


def test_a_burst_is_one_push_at_once_and_one_with_the_newest_after(told: Recorder) -> None:
    badges, room = Badges(interval_seconds=2.0), new_id()
    badges.offer(room, 1)
    eventually(lambda: pushed(told, room))
    for seq in (2, 4, 3):
        badges.offer(room, seq)
    assert pushed(told, room) == [{"room_id": str(room), "last_seq": 1}]
    eventually(lambda: len(pushed(told, room)) == 2)
    last = {"room_id": str(room), "last_seq": 4}
    assert pushed(told, room)[-1] == last
    assert (member_room(room), "unread", last) in told.published


def test_rooms_do_not_wait_for_each_other(told: Recorder) -> None:
    badges, rooms = Badges(interval_seconds=0.2), [new_id() for _ in range(3)]
    for seq, room in enumerate(rooms):
        badges.offer(room, seq)
    eventually(lambda: {payload["room_id"] for payload in pushed(told, *rooms)} == {str(room) for room in rooms})


def test_nothing_is_pushed_where_surely_nobody_is(told: Recorder) -> None:
    badges, empty, watched = Badges(interval_seconds=0.05), new_id(), new_id()
    told.watched = {member_room(watched)}
    badges.offer(empty, 1)
    badges.offer(watched, 2)
    eventually(lambda: pushed(told, watched))
    assert pushed(told, empty) == []


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("interval", [0.05, 0.1])
def test_a_pulse_never_beats_twice_within_its_interval_and_survives_a_failure(interval: float) -> None:
    beats: list[float] = []

    def push() -> None:
        beats.append(time.monotonic())
        if len(beats) == 1:
            raise ConnectionError("no message queue")

    pulse = Pulse(push, interval, "test")
    ends = time.monotonic() + 5 * interval
    while time.monotonic() < ends:
        pulse.wake()
        time.sleep(interval / 20)
    eventually(lambda: len(beats) >= 3)
    gaps = [after - before for before, after in pairwise(beats)]
    assert min(gaps) >= interval * 0.9


def unread(user: User) -> list[int]:
    """How much each of a person's conversations has that they have not read."""
    return [each["unread"] for each in direct.conversations(user, limit=50, position=None)[0]]


def test_what_was_said_before_one_came_is_not_unread_not_even_after_coming_again(db: Database) -> None:
    alice, bob, carol = people("alice", "bob", "carol")
    room = room_of(alice)
    for number in range(5):
        messages.send(room.id, alice, str(number))
    joined = rooms.join(room.id, bob)
    assert joined.last_read_seq == timeline.last_seq(room.id)
    assert unread(bob) == [0]
    messages.send(room.id, alice, "welcome")
    assert unread(bob) == [1]
    rooms.leave(room.id, bob)
    rooms.join(room.id, bob)
    assert unread(bob) == [0]
    messages.send(room.id, alice, "again")
    rooms.join(room.id, carol)
    assert unread(bob) == [2], "what is said afterwards is"


def test_ones_own_words_are_read_and_those_of_others_before_them_are_not(db: Database) -> None:
    alice, bob = people("alice", "bob")
    room = room_of(alice, bob)
    newest = timeline.last_seq(room.id)
    messages.mark_read(room.id, alice, newest)
    for number in range(3):
        messages.send(room.id, alice, str(number))
    assert (unread(alice), unread(bob)) == ([0], [3])
    messages.send(room.id, bob, "three to read before this")
    messages.send(room.id, alice, "one to read before this")
    assert (unread(alice), unread(bob)) == ([2], [5])
    messages.mark_read(room.id, alice, newest + 5)
    assert unread(alice) == [0]


def test_private_messages_are_unread_for_the_other_only(db: Database) -> None:
    alice, bob = people("alice", "bob")
    friends.request(alice, bob.username)
    friends.request(bob, alice.username)
    for number in range(3):
        direct.send(alice, bob.id, str(number))
    assert (unread(alice), unread(bob)) == ([0], [3])


def test_an_authors_other_devices_hear_that_it_is_read_before_they_hear_that_it_was_said(told: Recorder) -> None:
    badges, room, author = Badges(interval_seconds=0.05), new_id(), new_id()
    badges.offer(room, 7, read_by=author)
    eventually(lambda: len(pushed(told, room)) == 2)
    assert [(to, payload) for to, event, payload in told.published if event == "unread" and payload["room_id"] == str(room)] == [
        (user_room(author), {"room_id": str(room), "last_seq": 7, "last_read_seq": 7}),
        (member_room(room), {"room_id": str(room), "last_seq": 7}),
    ]
