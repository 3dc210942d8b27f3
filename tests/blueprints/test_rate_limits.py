"""How often one may do what: counted for each person or address, whichever way it is done."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.people import Person
from tests.support.server import PASSWORD, Api, Server


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Server]:
    """A server that limits what is done, as by default."""
    with Server(tmp_path, RATELIMIT_ENABLED="1") as server:
        yield server
    assert "Traceback" not in server.output


def test_a_minutes_messages_are_counted_together_whichever_way_they_are_sent(limited: Server) -> None:
    alice, bob = Person(limited.url), Person(limited.url)
    bob.api.call("PATCH", "/api/users/me", 200, json={"preferences": {"private_messages": "everyone"}})
    room = alice.room()["id"]
    alice.join(room)

    def four_ways(number: int) -> list[Any]:
        return [
            alice.live.call("send_message", {"room_id": room, "body": "x", "client_id": f"a{number}"}),
            alice.live.call("send_private_message", {"user_id": bob.id, "body": "x", "client_id": f"b{number}"}),
            alice.api.post(f"/api/messages/room/{room}", {"body": "x"}),
            alice.api.post(f"/api/messages/private/{bob.id}", {"body": "x"}),
        ]

    for number in range(30):
        for answer in four_ways(number):
            assert answer["ok"] if isinstance(answer, dict) else answer.status_code == 201
    for answer in four_ways(30):
        if isinstance(answer, dict):
            assert (answer["error"]["code"], answer["error"]["retry_after"] >= 1) == ("rate_limited", True)
        else:
            assert (answer.status_code, int(answer.headers["Retry-After"]) >= 1) == (429, True)
    # Nobody else's count, and nothing else of hers.
    assert bob.join(room)["room"]["id"] == room
    bob.say(room, "still here")
    assert alice.live.ok("mark_read", {"room_id": room, "seq": 1})
    for each in (alice, bob):
        each.close()


def test_whoever_watches_the_process_may_ask_as_often_as_they_like(limited: Server) -> None:
    api = Api(limited.url)
    assert {api.call("GET", "/healthz").status_code for _ in range(1_300)} == {200}
    for path in ("/readyz", "/metrics"):
        assert api.call("GET", path).status_code != 429


def test_a_class_behind_one_address_registers_and_signs_in_at_once(limited: Server) -> None:
    for number in range(40):
        pupil = {"username": f"pupil{number}", "password": PASSWORD}
        assert Api(limited.url).post("/api/auth/register", {**pupil, "username": "x y"}).status_code == 422
        Api(limited.url).post("/api/auth/register", pupil, expect=201)
    for number in range(40):
        pupil = {"username": f"pupil{number}", "password": PASSWORD}
        Api(limited.url).post("/api/auth/login", {**pupil, "password": "not this one"}, expect=401)
        Api(limited.url).post("/api/auth/login", pupil, expect=200)


def test_guessing_one_accounts_password_ends_soon_and_ends_nobody_elses_signing_in(limited: Server) -> None:
    for name in ("alice", "bob"):
        Api(limited.url).post("/api/auth/register", {"username": name, "password": PASSWORD}, expect=201)
    api = Api(limited.url)
    for _ in range(3):  # knowing it is not counted
        api.post("/api/auth/login", {"username": "alice", "password": PASSWORD}, expect=200)
    names = ["alice", "ALICE", " alice"]
    guesses = [api.post("/api/auth/login", {"username": names[n % 3], "password": f"guess {n:04}"}) for n in range(14)]
    assert [guess.status_code for guess in guesses] == [401] * 10 + [429] * 4
    assert 1 <= int(guesses[-1].headers["Retry-After"]) <= 601
    # The right one neither, or guessing could go on; another name from the same address may.
    assert Api(limited.url).post("/api/auth/login", {"username": "alice", "password": PASSWORD}).status_code == 429
    Api(limited.url).post("/api/auth/login", {"username": "bob", "password": PASSWORD}, expect=200)
