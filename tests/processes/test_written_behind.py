"""What follows from messages is written behind them: lists and unread counts are right all the same, at once and everywhere."""

import sqlite3
from pathlib import Path
from typing import Any

import bson
import pytest

from tests.support.people import Person
from tests.support.server import Api, Server


def stored_seqs(database: Path) -> dict[str, int]:
    """What the rooms themselves say of how far they have come, by their ids."""
    connection = sqlite3.connect(database)
    try:
        rooms = [bson.decode(row[0]) for row in connection.execute("SELECT _doc FROM rooms")]
    finally:
        connection.close()
    return {str(room["_id"]): room["last_seq"] for room in rooms}


def at(server: Server, person: Person) -> Api:
    """A person's HTTP session with another of the processes."""
    api = Api(server.url)
    api.session.cookies = person.api.session.cookies
    return api


def conversations(api: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/api/messages/conversations")["items"]
    return found


def conversation(api: Api, room: str) -> tuple[int, int]:
    """How far a room has come, and what is unread there."""
    each = next(each for each in conversations(api) if each["room"]["id"] == room)
    return each["room"]["last_seq"], each["unread"]


@pytest.mark.parametrize("mode", ["eventlet", "gevent", "threading"])
def test_after_kill_9_rooms_are_as_far_as_their_messages_and_ones_own_are_read(tmp_path: Path, mode: str) -> None:
    database = tmp_path / "fieldroom.sqlite3"
    with Server(tmp_path, ASYNC_MODE=mode, DATABASE_URL=f"sqlite:///{database}") as server:
        alice, bob = Person(server.url), Person(server.url)
        quiet, room = alice.room()["id"], alice.room()["id"]
        for each in (quiet, room):
            bob.join(each)
            for person in (alice, bob):
                person.live.ok("mark_read", {"room_id": each, "seq": 99})
        for _ in range(5):
            (start, _), said = conversation(bob.api, room), alice.say(quiet, "before")["seq"]
            for number in range(20):
                last = alice.say(room, str(number))["seq"]
            server.kill()
            behind = stored_seqs(database)[room] < last
            server.start()
            for person in (alice, bob):
                assert conversations(person.api)[0]["room"]["id"] == room, "the one in which something was said last comes first"
            assert conversation(alice.api, room) == (last, 0)
            assert conversation(bob.api, room) == (last, 20)
            assert conversation(alice.api, quiet) == (said, 0)
            view = alice.api.get(f"/api/chat-rooms/{room}")["room"]
            assert (view["last_seq"], view["membership"]["last_read_seq"]) == (last, last)
            for person in (alice, bob):
                person.live = person.connect()
                person.live.ok("mark_read", {"room_id": room, "seq": last})
            assert (conversation(bob.api, room), last) == ((last, 0), start + 20)
            if behind:
                break
        assert behind, "the process was never killed between a message and what follows from it"


def test_a_process_that_is_asked_to_end_writes_what_it_has_yet_to_write(tmp_path: Path) -> None:
    database = tmp_path / "fieldroom.sqlite3"
    with Server(tmp_path, DATABASE_URL=f"sqlite:///{database}") as server:
        alice = Person(server.url)
        room = alice.room()["id"]
        last = [alice.say(room, str(number))["seq"] for number in range(20)][-1]
        server.stop()
        assert stored_seqs(database)[room] == last


def test_what_is_said_on_one_process_counts_on_the_other_at_once(pair: tuple[Server, Server]) -> None:
    one, two = pair
    alice, bob = Person(one.url), Person(two.url)
    other, room = alice.room()["id"], alice.room()["id"]
    for each in (other, room):
        bob.join(each)
        for person in (alice, bob):
            person.live.ok("mark_read", {"room_id": each, "seq": 99})
    elsewhere = at(two, alice)
    for number in range(1, 16):
        alice.say(other, f"first {number}")
        last = alice.say(room, str(number))["seq"]
        listed = conversations(bob.api)
        assert [each["room"]["id"] for each in listed[:2]] == [room, other]
        assert (listed[0]["room"]["last_seq"], listed[0]["unread"]) == (last, number)
        assert listed[0]["last_message"]["seq"] == last
        assert conversation(elsewhere, room) == (last, 0), "one's own words are read, whichever process is asked"
        seen = bob.api.get(f"/api/chat-rooms/{room}")["room"]
        assert (seen["last_seq"], seen["membership"]["last_read_seq"]) == (last, last - number)
    bob.live.ok("mark_read", {"room_id": room, "seq": last})
    assert conversation(bob.api, room) == (last, 0)
    assert conversation(at(one, bob), room) == (last, 0)
    for number in range(6):
        person, reader = (alice, at(one, bob)) if number % 2 else (bob, elsewhere)
        last = person.say(room, f"in turn {number}")["seq"]
        assert conversation(reader, room)[0] == last
    for person in (alice, bob):
        person.live.ok("mark_read", {"room_id": room, "seq": last})
        assert conversation(at(two, person), room) == conversation(at(one, person), room) == (last, 0)
        person.close()
