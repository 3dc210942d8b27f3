"""Typing goes out by itself."""

import pytest

from services.messaging import messages, typists
from services.messaging.typists import Typists
from services.push import chat_room
from tests.services.messaging.messages_support import people, room_of
from tests.support.eventually import eventually
from tests.support.realtime import Recorder

pytestmark = pytest.mark.usefixtures("db")


def said(told: Recorder) -> list[bool]:
    return [payload["typing"] for payload in told.payloads("user_typing")]


def test_typing_lapses_unless_it_is_repeated(told: Recorder) -> None:
    (alice,) = people("alice")
    room = room_of(alice)
    seconds = [0.0]
    signs = Typists(6.0, clock=lambda: seconds[0])
    signs._sweeping = True  # the clock stands still, so we look ourselves
    signs.started(room.id, alice, "Alice", "sid", [chat_room(room.id)])
    seconds[0] = 5.0
    assert signs.lapse() == pytest.approx(1.0)
    signs.started(room.id, alice, "Alice", "sid", [chat_room(room.id)])
    seconds[0] = 10.0
    assert signs.lapse() == pytest.approx(1.0)
    assert said(told) == [True, True]
    seconds[0] = 11.0
    assert signs.lapse() is None
    assert said(told) == [True, True, False]
    assert signs.lapse() is None
    assert told.published[-1] == (
        chat_room(room.id), "user_typing",
        {"room_id": str(room.id), "user": {"id": str(alice.id), "username": "alice"}, "nickname": "Alice", "typing": False},
    )  # fmt: skip


def test_it_does_so_in_the_background_again_and_again(told: Recorder) -> None:
    (alice,) = people("alice")
    room = room_of(alice)
    signs = Typists(0.03)
    for count in (1, 2):
        signs.started(room.id, alice, "Alice", "sid", [chat_room(room.id)])
        assert eventually(lambda count=count: said(told) == [True, False] * count)
        eventually(lambda: not signs._sweeping)


def test_a_message_and_the_end_of_the_connection_take_it_back_at_once(told: Recorder) -> None:
    alice, bob = people("alice", "bob")
    room = room_of(alice, bob)
    messages.typing(room.id, alice, "phone", on=True)
    messages.send(room.id, alice, "done")
    assert said(told) == [True, False]
    messages.send(room.id, alice, "more")
    messages.typing(room.id, alice, "phone", on=False)
    assert said(told) == [True, False]
    messages.typing(room.id, bob, "laptop", on=True)
    typists.connection_ended("phone")
    assert said(told) == [True, False, True]
    typists.connection_ended("laptop")
    assert said(told) == [True, False, True, False]
