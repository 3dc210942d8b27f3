"""What is decided about a room on one process holds on the other."""

import threading
from collections.abc import Iterator

import pytest

from tests.support.eventually import eventually
from tests.support.people import Listener, Person, unique
from tests.support.server import Server


@pytest.fixture(scope="module", autouse=True)
def admin(pair: tuple[Server, Server]) -> Iterator[Person]:
    """The first account of the platform."""
    person = Person(pair[0].url)
    assert person.user["role"] == "admin"
    yield person
    person.close()


@pytest.mark.parametrize("how", ["kick", "bans"])
def test_whoever_is_removed_on_one_process_hears_nothing_more_on_the_other(pair: tuple[Server, Server], how: str) -> None:
    one, two = pair
    owner, bob = Person(one.url), Person(two.url)
    room = owner.room()["id"]
    bob.join(room)
    owner.api.post(f"/api/chat-rooms/{room}/{how}", {"user_id": bob.id})
    bob.live.wait("room_updated", lambda payload: payload["room_id"] == room and payload.get("membership", 0) is None)
    owner.join(room)
    sent = owner.say(room, "he is gone")
    owner.live.wait("new_message", lambda payload: payload["message"]["id"] == sent["id"])
    assert bob.live.refused("send_message", {"room_id": room, "body": "I am not", "client_id": "1"}) == "forbidden"
    # His own line is asked last, so that a push on its way would have come before the answer.
    assert not [payload for payload in bob.live.payloads("new_message") if payload["message"]["id"] == sent["id"]]
    for each in (owner, bob):
        each.close()


def test_a_new_word_of_the_content_filter_holds_on_every_process_within_seconds(pair: tuple[Server, Server], admin: Person) -> None:
    member = Person(pair[1].url)
    room = member.room()["id"]
    admin.api.post("/api/admin/content-filter", {"word": "flibbertigibbet", "action": "reject"}, expect=201)

    def is_refused() -> bool:
        said = {"body": "you flibbertigibbet"}
        return member.api.call("POST", f"/api/messages/room/{room}", json=said).status_code == 422

    eventually(is_refused)
    member.close()


def test_the_last_place_of_a_room_goes_to_one_of_two_invited_on_two_processes(pair: tuple[Server, Server]) -> None:
    one, two = pair
    owner, bob, carol = Person(one.url), Person(one.url), Person(two.url)
    room = owner.room(visibility="private", capacity=2)["id"]
    for guest in (bob, carol):
        owner.api.post(f"/api/chat-rooms/{room}/invitations", {"user_id": guest.id}, expect=201)
    codes: list[int] = []

    def race(guest: Person) -> None:
        codes.append(guest.api.call("POST", f"/api/chat-rooms/{room}/join", json={}).status_code)

    racers = [threading.Thread(target=race, args=(guest,)) for guest in (bob, carol)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(codes) == [200, 409]
    for each in (owner, bob, carol):
        each.close()


def test_a_topic_set_on_one_process_is_the_answer_on_the_other_at_once(pair: tuple[Server, Server]) -> None:
    owner, bob = Person(pair[0].url), Person(pair[1].url)
    room = owner.room()["id"]
    bob.join(room)
    for topic in ("Plants", "Animals"):
        bob.say(room, "what is this room about?")
        owner.api.call("PATCH", f"/api/chat-rooms/{room}", expect=200, json={"topic": topic})
        answer = bob.live.ok("send_message", {"room_id": room, "body": "/topic", "client_id": topic})
        assert answer["notice"]["text"] == f"The topic is: {topic}"
    for each in (owner, bob):
        each.close()


def test_a_name_and_a_language_changed_on_one_process_are_those_of_an_open_connection_on_the_other(
    pair: tuple[Server, Server],
) -> None:
    alice, bob = Person(pair[0].url), Person(pair[0].url)
    there = Listener(pair[1].url, headers={"Cookie": alice.api.cookie})
    for one, other in ((alice, bob), (bob, alice)):
        one.api.post("/api/friends/requests", {"username": other.user["username"]}, expect=201)

    def writes_as() -> str:
        sent = there.ok("send_private_message", {"user_id": bob.id, "body": "hello", "client_id": unique("c")})
        name: str = sent["message"]["nickname"]
        return name

    def is_told() -> str:
        asked = {"user_id": bob.id, "body": "/nonsense", "client_id": unique("c")}
        text: str = there.ok("send_private_message", asked)["notice"]["text"]
        return text

    assert writes_as() == alice.user["nickname"]
    before = is_told()
    alice.api.call("PATCH", "/api/users/me", expect=200, json={"nickname": "Alice the Second", "locale": "zh-CN"})
    eventually(lambda: writes_as() == "Alice the Second", within=2)
    assert is_told() != before
    for each in (alice, bob):
        each.close()
    there.close_soon()
