"""What two people in a room get from each other, over the official client, on every stack."""

import threading
from collections.abc import Callable

import pytest
import requests

from tests.contract.stack import DEFAULT_STACK, EVERY_MODE
from tests.support.people import Listener, Person, Refused, unique
from tests.support.server import PASSWORD, Server, register

MakePerson = Callable[..., Person]
NOWHERE = "0" * 24


def test_a_message_reaches_everyone_in_the_room_with_consecutive_seq(person: MakePerson) -> None:
    alice, bob = person(), person()
    room = alice.room()["id"]
    alice.join(room)
    bob.join(room)
    sent = [alice.say(room, f"message {number}") for number in range(5)]
    last = bob.live.wait("new_message", lambda payload: payload["message"]["body"] == "message 4")
    assert last["message"] == sent[-1]
    texts = [p["message"] for p in bob.live.payloads("new_message") if p["message"]["kind"] == "text"]
    assert [message["seq"] for message in texts] == list(range(sent[0]["seq"], sent[0]["seq"] + 5))
    assert sent[0]["author"] == {"id": alice.id, "username": alice.user["username"]}


def test_a_repeated_send_returns_the_first_message_and_is_pushed_once(person: MakePerson) -> None:
    alice, bob = person(), person()
    room = alice.room()["id"]
    alice.join(room)
    bob.join(room)
    first = alice.say(room, "once", client_id="same")
    again = alice.say(room, "a retry whose text is ignored", client_id="same")
    assert again == first
    over_http = alice.api.post(f"/api/messages/room/{room}", {"body": "once", "client_id": "same"}, expect=200)
    assert over_http.json()["message"] == first
    alice.say(room, "end")
    bob.live.wait("new_message", lambda payload: payload["message"]["body"] == "end")
    assert [p["message"]["body"] for p in bob.live.payloads("new_message") if p["message"]["kind"] == "text"] == ["once", "end"]


def test_who_returns_gets_what_was_missed_in_order(person: MakePerson) -> None:
    alice, bob = person(), person()
    room = alice.room()["id"]
    bob.join(room)
    seen = alice.say(room, "seen")["seq"]
    bob.live.close()
    missed = [alice.say(room, f"missed {number}")["seq"] for number in range(3)]
    bob.live = bob.connect()
    answer = bob.join(room, after_seq=seen)
    assert [message["seq"] for message in answer["messages"]] == missed
    assert answer["more"] is False


@DEFAULT_STACK
def test_a_long_absence_comes_in_parts_that_leave_nothing_out(person: MakePerson) -> None:
    alice = person()
    room = alice.room()["id"]
    total = 260
    for number in range(total):
        alice.api.post(f"/api/messages/room/{room}", {"body": str(number)}, expect=201)
    answer = alice.join(room, after_seq=0)
    seqs = [message["seq"] for message in answer["messages"]]
    assert answer["more"] is True
    while answer["more"]:
        answer = alice.join(room, after_seq=seqs[-1])
        seqs += [message["seq"] for message in answer["messages"]]
    assert seqs == list(range(1, total + 2)), "the join notice and every message, once"


@DEFAULT_STACK
def test_joining_and_leaving_are_in_the_history_with_the_nickname_used(person: MakePerson) -> None:
    alice, bob = person(), person()
    room = alice.room()["id"]
    alice.join(room)
    bob.join(room, nickname="Bobby")
    assert alice.live.wait("user_joined", lambda p: p["user"]["id"] == bob.id)["nickname"] == "Bobby"
    bob.api.post(f"/api/chat-rooms/{room}/leave", expect=204)
    assert alice.live.wait("user_left")["nickname"] == "Bobby"
    history = alice.api.get(f"/api/messages/room/{room}")["items"]
    assert [(m["kind"], m["nickname"]) for m in history] == [
        ("join", alice.user["nickname"]), ("join", "Bobby"), ("leave", "Bobby"),
    ]  # fmt: skip
    assert [m["seq"] for m in history] == [1, 2, 3]


@DEFAULT_STACK
def test_joining_again_only_changes_the_nickname(person: MakePerson) -> None:
    alice = person()
    room = alice.room()["id"]
    answer = alice.join(room, nickname="Captain")
    assert answer["room"]["membership"]["nickname"] == "Captain"
    assert answer["room"]["member_count"] == 1
    assert answer["room"]["last_seq"] == 1


@DEFAULT_STACK
def test_a_nickname_is_one_persons_in_a_room(person: MakePerson) -> None:
    alice, bob = person(), person()
    room = alice.room()["id"]
    alice.join(room, nickname="Tomato")
    assert bob.live.refused("join_chat_room", {"room_id": room, "nickname": "  TOMATO "}) == "conflict"
    assert bob.join(room)["room"]["member_count"] == 2


def test_a_full_room_says_so_and_the_limit_holds_under_a_race(person: MakePerson) -> None:
    owner = person()
    room = owner.room(capacity=4)["id"]
    racers = [person() for _ in range(12)]
    answers: list[dict[str, object]] = []
    threads = [
        threading.Thread(target=lambda racer=racer: answers.append(racer.live.call("join_chat_room", {"room_id": room})))
        for racer in racers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refusals = [answer["error"]["code"] for answer in answers if not answer["ok"]]  # type: ignore[index]
    assert refusals == ["room_full"] * 9
    assert owner.api.get(f"/api/chat-rooms/{room}")["room"]["member_count"] == 4
    assert len(owner.api.get(f"/api/chat-rooms/{room}/members")["items"]) == 4


def test_many_senders_at_once_leave_no_hole_in_seq(person: MakePerson) -> None:
    people = [person() for _ in range(6)]
    room = people[0].room()["id"]
    for each in people:
        each.join(room)

    def send_many(each: Person) -> None:
        for number in range(15):
            each.say(room, str(number))

    threads = [threading.Thread(target=send_many, args=(each,)) for each in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answer = people[0].join(room, after_seq=0)
    assert [message["seq"] for message in answer["messages"]] == list(range(1, 6 + 6 * 15 + 1))


@EVERY_MODE
def test_typing_is_shown_to_the_others_only(person: MakePerson) -> None:
    alice, bob = person(), person()
    room = alice.room()["id"]
    alice.join(room)
    bob.join(room)
    alice.live.ok("typing_start", {"room_id": room})
    shown = bob.live.wait("user_typing")
    assert (shown["user"]["id"], shown["nickname"], shown["typing"]) == (alice.id, alice.user["nickname"], True)
    alice.live.ok("typing_stop", {"room_id": room})
    bob.live.wait("user_typing", lambda payload: payload["typing"] is False)
    assert alice.live.payloads("user_typing") == []


def test_presence_follows_the_last_of_several_connections(person: MakePerson) -> None:
    alice, bob = person(), person()
    room = alice.room()["id"]
    bob.join(room)
    second = bob.connect()
    bob.live.close()
    assert alice.api.get(f"/api/users/{bob.id}")["user"]["online"] is True
    second.close()
    gone = alice.live.wait("presence", lambda p: p["user_id"] == bob.id and not p["online"])
    assert gone == {"user_id": bob.id, "online": False}
    assert alice.api.get(f"/api/users/{bob.id}")["user"]["online"] is False
    bob.live = bob.connect()
    alice.live.wait("presence", lambda p: p["user_id"] == bob.id and p["online"])


def test_reading_moves_the_pointer_forward_on_all_of_ones_devices(person: MakePerson) -> None:
    alice, bob = person(), person()
    room = alice.room()["id"]
    bob.join(room)
    other_tab = bob.connect()
    seq = alice.say(room, "read me")["seq"]
    bob.live.ok("mark_read", {"room_id": room, "seq": seq})
    assert other_tab.wait("unread") == {"room_id": room, "last_seq": seq, "last_read_seq": seq}
    bob.live.ok("mark_read", {"room_id": room, "seq": 1})
    assert bob.api.get(f"/api/chat-rooms/{room}")["room"]["membership"]["last_read_seq"] == seq
    bob.live.ok("mark_read", {"room_id": room, "seq": 10**9})
    assert bob.api.get(f"/api/chat-rooms/{room}")["room"]["membership"]["last_read_seq"] == seq
    other_tab.close_soon()


def test_leaving_over_the_socket_stops_the_pushes_but_not_the_membership(person: MakePerson) -> None:
    alice, bob = person(), person()
    room = alice.room()["id"]
    alice.join(room)
    bob.join(room)
    bob.live.ok("leave_chat_room", {"room_id": room})
    alice.say(room, "not for bob")
    answer = bob.join(room)
    assert answer["room"]["membership"] is not None
    assert "not for bob" not in [p["message"]["body"] for p in bob.live.payloads("new_message")]
    assert answer["messages"][-1]["body"] == "not for bob"


@DEFAULT_STACK
def test_rooms_that_one_may_not_enter_are_told_apart(person: MakePerson) -> None:
    alice, bob = person(), person()
    private = alice.room(visibility="private")["id"]
    public = alice.room()["id"]
    assert bob.live.refused("join_chat_room", {"room_id": private}) == "not_found"
    assert bob.live.refused("join_chat_room", {"room_id": NOWHERE}) == "not_found"
    assert bob.live.refused("send_message", {"room_id": private, "body": "x", "client_id": "1"}) == "not_found"
    assert bob.live.refused("send_message", {"room_id": public, "body": "x", "client_id": "1"}) == "forbidden"
    assert bob.live.refused("typing_start", {"room_id": public}) == "forbidden"
    assert bob.live.refused("mark_read", {"room_id": private, "seq": 1}) == "not_found"
    assert bob.api.call("GET", f"/api/messages/room/{private}").status_code == 404


@EVERY_MODE
def test_without_a_session_the_connection_is_refused_by_name(server: Server) -> None:
    with pytest.raises(Refused, match="authentication_required"):
        Listener(server.url)
    with pytest.raises(Refused, match="authentication_required"):
        Listener(server.url, headers={"Cookie": "fieldroom_session=made-up"})


@EVERY_MODE
def test_another_sites_page_cannot_open_a_connection(person: MakePerson, server: Server) -> None:
    alice = person()
    for transport in ("polling", "websocket"):
        with pytest.raises(Refused):
            Listener(server.url, headers={"Cookie": alice.api.cookie, "Origin": "https://elsewhere.example"}, transport=transport)
    own = {"Cookie": alice.api.cookie, "Origin": server.url}
    Listener(server.url, headers=own, transport="polling").close_soon()


def test_signing_out_ends_the_connections_of_that_session_only(person: MakePerson, server: Server) -> None:
    name = unique()
    alice = person(name)
    elsewhere = Person.__new__(Person)
    elsewhere.api = register(server.url, unique())
    elsewhere.api.session = requests.Session()
    elsewhere.api.post("/api/auth/login", {"username": name, "password": PASSWORD}, expect=200)
    elsewhere.live = elsewhere.connect()
    alice.api.post("/api/auth/logout", expect=204)
    alice.live.client.wait()  # returns once the server has hung up
    assert elsewhere.live.refused("join_chat_room", {"room_id": NOWHERE}) == "not_found"
    elsewhere.api.post(
        "/api/auth/change-password", {"current_password": PASSWORD, "new_password": PASSWORD + "!"}, expect=204
    )  # fmt: skip
    elsewhere.live.client.wait()
    elsewhere.connect().close_soon()


WRONG: list[tuple[object, str]] = [
    (None, "validation_failed"),
    ("text", "invalid_request"),
    ([1, 2], "invalid_request"),
    (7, "invalid_request"),
    (b"binary", "invalid_request"),
    ({}, "validation_failed"),
    ({"room_id": 5, "body": "x", "client_id": "1"}, "validation_failed"),
    ({"room_id": "nonsense", "body": "x", "client_id": "1"}, "validation_failed"),
    ({"room_id": NOWHERE, "body": "x", "client_id": "1", "extra": 1}, "validation_failed"),
    ({"room_id": NOWHERE, "body": "x" * 20_000, "client_id": "1"}, "validation_failed"),
    ({"room_id": NOWHERE, "body": "  \n ", "client_id": "1"}, "validation_failed"),
    ({"room_id": NOWHERE, "body": "nul \x00", "client_id": "1"}, "validation_failed"),
    ({"room_id": NOWHERE, "body": b"binary", "client_id": "1"}, "validation_failed"),
    ({"room_id": NOWHERE, "body": 1.5, "client_id": True}, "validation_failed"),
    ({"room_id": NOWHERE, "body": float("nan"), "client_id": "1"}, "validation_failed"),
]


def test_a_wrong_event_gets_an_error_and_the_connection_lives(person: MakePerson, subtests: pytest.Subtests) -> None:
    alice = person()
    room = alice.room()["id"]
    alice.join(room)
    for payload, code in WRONG:
        with subtests.test(payload=repr(payload)[:80]):
            assert alice.live.refused("send_message", payload) == code
            assert alice.say(room, "still here")["body"] == "still here"


@EVERY_MODE
def test_an_event_with_five_arguments_or_an_unknown_name_gets_an_error(person: MakePerson) -> None:
    alice = person()
    assert alice.live.refused("no_such_event", {}) == "invalid_request"
    assert alice.live.refused("send_message", (1, 2, 3, 4, 5)) == "invalid_request"
    assert alice.live.refused("connect", {}) == "invalid_request"
    assert alice.live.refused("disconnect", {}) == "invalid_request"
    assert alice.live.refused("join_chat_room", {"room_id": NOWHERE}) == "not_found"


@EVERY_MODE
def test_packets_that_are_no_events_leave_the_connection_alive(person: MakePerson) -> None:
    alice = person()
    room = alice.room()["id"]
    alice.join(room)
    eio = alice.live.client.eio
    bad_events = ["2[", "2{}", "2[]", '2"text"', "2[5]", "2" + "[" * 50_000, '2["\\ud800"]']
    bad_answers = ["3", "3{}", '39["x"]']
    for packet in [*bad_events, *bad_answers]:
        eio.send(packet)
    assert alice.say(room, "still here")["body"] == "still here"
