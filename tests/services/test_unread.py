"""Unread badges: all members hear of a message, few times, whatever their number."""

import time
from itertools import pairwise

import pytest

from services.coalescing import Pulse
from services.realtime import member_room
from services.unread import Badges
from tests.support.eventually import eventually
from tests.support.realtime import Recorder
from utils.ids import new_id


def test_a_burst_is_one_push_at_once_and_one_with_the_newest_after(told: Recorder) -> None:
    badges, room = Badges(interval_seconds=2.0), new_id()
    badges.offer(room, 1)
    eventually(lambda: told.payloads("unread"))
    for seq in (2, 4, 3):
        badges.offer(room, seq)
    assert told.payloads("unread") == [{"room_id": str(room), "last_seq": 1}]
    eventually(lambda: len(told.payloads("unread")) == 2)
    assert told.published[-1] == (member_room(room), "unread", {"room_id": str(room), "last_seq": 4})


def test_rooms_do_not_wait_for_each_other(told: Recorder) -> None:
    badges, rooms = Badges(interval_seconds=0.2), [new_id() for _ in range(3)]
    for seq, room in enumerate(rooms):
        badges.offer(room, seq)
    eventually(lambda: {payload["room_id"] for payload in told.payloads("unread")} == {str(room) for room in rooms})


def test_nothing_is_pushed_where_surely_nobody_is(told: Recorder) -> None:
    badges, empty, watched = Badges(interval_seconds=0.05), new_id(), new_id()
    told.watched = {member_room(watched)}
    badges.offer(empty, 1)
    badges.offer(watched, 2)
    eventually(lambda: told.payloads("unread"))
    assert [payload["room_id"] for payload in told.payloads("unread")] == [str(watched)]


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
