"""Unread badges: all members hear of a message, few times, whatever their number."""

import time
from itertools import pairwise
from typing import Any

import pytest
from bson import ObjectId

from services.coalescing import Pulse
from services.messaging.unread import Badges
from services.realtime import member_room
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
