"""Presence over the official client: a reload is no departure, away is all devices, and a block hides it."""

import time
from collections.abc import Callable, Iterator

import pytest

from tests.contract.stack import DEFAULT_STACK
from tests.support.people import Person, unique
from tests.support.server import Server

MakePerson = Callable[..., Person]
GRACE_SECONDS = 1.5


def befriend(one: Person, other: Person) -> None:
    one.api.post("/api/friends/requests", {"username": other.user["username"]}, expect=201)
    other.api.post("/api/friends/requests", {"username": one.user["username"]}, expect=201)


def seen(watcher: Person, whom: Person) -> list[dict[str, object]]:
    return [payload for payload in watcher.live.payloads("presence") if payload["user_id"] == whom.id]


def test_friends_see_each_other_without_sharing_a_room(person: MakePerson) -> None:
    alice, bob, stranger = person(), person(), person()
    befriend(alice, bob)
    alice.live.wait("presence", lambda payload: payload == {"user_id": bob.id, "online": True, "away": False})
    bob.live.close()
    alice.live.wait("presence", lambda payload: payload == {"user_id": bob.id, "online": False})
    listed = alice.api.get("/api/friends")["items"]
    assert [(item["user"]["id"], item["user"]["online"]) for item in listed] == [(bob.id, False)]
    bob.live = bob.connect()
    alice.live.wait("presence", lambda payload: payload["online"] and len(seen(alice, bob)) >= 3)
    assert seen(stranger, bob) == []


@DEFAULT_STACK
def test_away_is_when_nobody_is_at_any_device(person: MakePerson) -> None:
    alice, bob = person(), person()
    befriend(alice, bob)
    phone = bob.connect()
    bob.live.ok("presence_away", {"away": True})
    assert bob.api.get("/api/auth/me")["user"]["away"] is False
    phone.ok("presence_away", {"away": True})
    alice.live.wait("presence", lambda payload: payload == {"user_id": bob.id, "online": True, "away": True})
    shown = alice.api.get(f"/api/users/{bob.id}")["user"]
    assert (shown["online"], shown["away"]) == (True, True)
    assert bob.api.get("/api/auth/me")["user"]["away"] is True
    phone.ok("presence_away", {"away": False})
    alice.live.wait("presence", lambda payload: payload["user_id"] == bob.id and seen(alice, bob)[-1].get("away") is False)
    for wrong in ({}, {"away": 1}, {"away": "yes"}, {"away": True, "user_id": alice.id}):
        assert phone.refused("presence_away", wrong) == "validation_failed"
    phone.close_soon()


@DEFAULT_STACK
def test_a_blocked_person_sees_nothing_of_one_in_a_room_that_both_are_in(person: MakePerson) -> None:
    alice, bob, carol = person(), person(), person()
    room = alice.room()["id"]
    bob.join(room)
    carol.join(room)
    alice.api.post(f"/api/users/{bob.id}/block", expect=204)
    bob.live.wait("presence", lambda payload: payload == {"user_id": alice.id, "online": False})
    alice.live.ok("presence_away", {"away": True})
    carol.live.wait("presence", lambda payload: payload.get("away") is True)
    alice.live.ok("presence_away", {"away": False})
    carol.live.wait("presence", lambda payload: payload.get("away") is False and payload["user_id"] == alice.id)
    # Carol's own change comes after Alice's, so whatever Bob was to get of Alice has come by then.
    carol.live.ok("presence_away", {"away": True})
    bob.live.wait("presence", lambda payload: payload["user_id"] == carol.id and payload.get("away") is True)
    assert seen(bob, alice) == [{"user_id": alice.id, "online": False}]
    assert bob.api.get(f"/api/users/{alice.id}")["user"]["online"] is False
    assert alice.id not in [user["id"] for user in bob.api.get("/api/users/online")["items"]]
    members = bob.api.get(f"/api/chat-rooms/{room}/members")["items"]
    assert [member["online"] for member in members if member["user"]["id"] == alice.id] == [False]
    assert alice.api.get(f"/api/users/{bob.id}")["user"]["online"] is True
    alice.api.call("DELETE", f"/api/users/{bob.id}/block", expect=204)
    bob.live.wait("presence", lambda payload: payload == {"user_id": alice.id, "online": True, "away": False})


@pytest.fixture(scope="module", params=["eventlet", "threading"])
def patient(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that gives those who leave a while to come back."""
    folder = tmp_path_factory.mktemp("patient")
    with Server(folder, ASYNC_MODE=request.param, PRESENCE_GRACE_SECONDS=str(GRACE_SECONDS)) as running:
        yield running
    assert "Traceback" not in running.output, running.output


def test_a_reload_is_not_seen_and_a_departure_is_after_the_grace_period(patient: Server) -> None:
    alice, bob = Person(patient.url, unique()), Person(patient.url, unique())
    befriend(alice, bob)
    alice.live.wait("presence", lambda payload: payload["user_id"] == bob.id)
    for _ in range(3):
        bob.live.close()
        assert alice.api.get(f"/api/users/{bob.id}")["user"]["online"] is True
        bob.live = bob.connect()
    time.sleep(GRACE_SECONDS + 0.5)  # longer than the last of the reloads could take to be noticed
    assert seen(alice, bob) == [{"user_id": bob.id, "online": True, "away": False}]
    bob.live.close()
    left = time.monotonic()
    alice.live.wait("presence", lambda payload: payload == {"user_id": bob.id, "online": False})
    assert time.monotonic() - left >= GRACE_SECONDS * 0.8
    assert alice.api.get(f"/api/users/{bob.id}")["user"]["online"] is False
    alice.close()
