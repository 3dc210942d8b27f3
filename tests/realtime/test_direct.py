"""Private messages and friends over the official client, on every stack: who gets what, once, and who is refused."""

from collections.abc import Callable
from typing import Any

from tests.contract.stack import DEFAULT_STACK, EVERY_MODE
from tests.support.people import Person, unique
from tests.support.server import PASSWORD

MakePerson = Callable[..., Person]
NOWHERE = "0" * 24


def befriend(one: Person, other: Person) -> None:
    one.api.post("/api/friends/requests", {"username": other.user["username"]}, expect=201)
    other.api.post("/api/friends/requests", {"username": one.user["username"]}, expect=201)


def whisper(sender: Person, receiver: Person, body: str, client_id: str | None = None) -> dict[str, Any]:
    payload = {"user_id": receiver.id, "body": body, "client_id": client_id or unique("c")}
    message: dict[str, Any] = sender.live.ok("send_private_message", payload)["message"]
    return message


def bodies(person: Person, upto: str) -> list[str]:
    """The private messages that came to a connection until `upto` did."""
    person.live.wait("new_message", lambda payload: payload["message"]["body"] == upto)
    return [payload["message"]["body"] for payload in person.live.payloads("new_message")]


def test_a_private_message_reaches_every_device_of_both_people_once(person: MakePerson) -> None:
    alice, bob, other = person(), person(), person()
    befriend(alice, bob)
    bobs_phone = bob.connect()
    first = whisper(alice, bob, "hello", client_id="same")
    assert whisper(alice, bob, "a retry", client_id="same") == first
    # Following the room besides must not make it come twice.
    alice.join(first["room_id"])
    bob.join(first["room_id"])
    bob.say(first["room_id"], "hello yourself")
    over_http = alice.api.post(f"/api/messages/private/{bob.id}", {"body": "end"}, expect=201).json()["message"]
    assert [over_http["seq"], over_http["room_id"]] == [3, first["room_id"]]
    for each in (alice, bob):
        assert bodies(each, "end") == ["hello", "hello yourself", "end"]
    bobs_phone.wait("new_message", lambda payload: payload["message"]["body"] == "end")
    assert len(bobs_phone.payloads("new_message")) == 3
    assert other.live.payloads("new_message") == []
    bobs_phone.close_soon()


@DEFAULT_STACK
def test_who_was_away_catches_up_by_seq(person: MakePerson) -> None:
    alice, bob = person(), person()
    befriend(alice, bob)
    seen = whisper(alice, bob, "seen")
    bob.live.close()
    missed = [whisper(alice, bob, text)["seq"] for text in ("one", "two")]
    bob.live = bob.connect()
    answer = bob.join(seen["room_id"], after_seq=seen["seq"])
    assert [message["seq"] for message in answer["messages"]] == missed
    page = bob.api.get(f"/api/messages/private/{alice.id}?after_seq={seen['seq']}")
    assert [message["seq"] for message in page["items"]] == missed
    assert bob.api.get("/api/messages/conversations")["items"][0]["unread"] == 3


@DEFAULT_STACK
def test_everyone_may_send_what_their_relation_allows(person: MakePerson) -> None:
    target = person()
    stranger, friend, blocked, blocker = person(), person(), person(), person()
    rooms: dict[str, str] = {}
    for each in (friend, blocked, blocker):
        befriend(each, target)
        rooms[each.id] = whisper(each, target, "hello")["room_id"]
    target.api.post(f"/api/users/{blocked.id}/block", expect=204)
    blocker.api.post(f"/api/users/{target.id}/block", expect=204)

    private = {"user_id": target.id, "body": "x", "client_id": "c"}
    assert friend.live.call("send_private_message", private)["ok"] is True
    refusals = [each.live.call("send_private_message", private)["error"] for each in (stranger, blocked, blocker)]
    assert refusals == [{"code": "forbidden", "message": "This person takes no messages from you."}] * 3
    assert target.live.refused("send_private_message", {**private, "user_id": blocked.id}) == "forbidden"
    assert target.live.refused("send_private_message", {**private, "user_id": target.id}) == "validation_failed"
    assert target.live.refused("send_private_message", {**private, "user_id": NOWHERE}) == "not_found"
    assert target.live.refused("send_private_message", {**private, "body": " "}) == "validation_failed"

    for each, allowed in ((friend, True), (blocked, False), (blocker, False)):
        room = {"room_id": rooms[each.id]}
        answers = [
            each.live.call("send_message", {**room, "body": "x", "client_id": "d"}),
            each.live.call("typing_start", room),
        ]
        assert [answer["ok"] for answer in answers] == [allowed, allowed]
        # What was said stays readable.
        assert each.live.ok("join_chat_room", room)["messages"][0]["body"] == "hello"
        each.live.ok("mark_read", {**room, "seq": 1})
        for event, payload in (
            ("send_message", {**room, "body": "x", "client_id": "e"}),
            ("join_chat_room", room),
            ("typing_start", room),
            ("mark_read", {**room, "seq": 1}),
        ):
            assert stranger.live.refused(event, payload) == "not_found"


@DEFAULT_STACK
def test_both_people_hear_of_every_turn_of_a_request(person: MakePerson) -> None:
    alice, bob = person(), person()
    request = alice.api.post("/api/friends/requests", {"username": bob.user["username"]}, expect=201).json()["request"]
    for each in (alice, bob):
        assert each.live.wait("friend_request") == {"request": request, "state": "pending"}
    bob.api.post(f"/api/friends/requests/{request['id']}/accept", expect=200)
    alice.api.call("DELETE", f"/api/friends/{bob.id}", expect=204)
    for each in (alice, bob):
        removed = each.live.wait("friend_request", lambda event: event["state"] == "removed")
        assert removed["request"]["id"] == request["id"]
        assert [event["state"] for event in each.live.payloads("friend_request")] == ["pending", "accepted", "removed"]


@EVERY_MODE
def test_a_member_who_does_not_follow_a_room_still_sees_its_badge_move(person: MakePerson) -> None:
    alice, bob, outsider = person(), person(), person()
    room = alice.room()["id"]
    bob.join(room)
    bob.live.ok("leave_chat_room", {"room_id": room})
    last = [alice.say(room, str(number))["seq"] for number in range(20)][-1]
    told = bob.live.wait("unread", lambda payload: payload["room_id"] == room and payload["last_seq"] == last)
    assert told == {"room_id": room, "last_seq": last}
    pushes = [payload for payload in bob.live.payloads("unread") if payload["room_id"] == room]
    assert len(pushes) < 20, "a burst is a few pushes"
    assert outsider.live.payloads("unread") == []


def test_an_ended_account_hangs_up_everywhere(person: MakePerson) -> None:
    person()  # the first account of an installation is its administrator, who stays
    alice, bob = person(), person()
    befriend(alice, bob)
    room = bob.room()["id"]
    bob.join(room)
    alice.join(room)
    elsewhere = alice.connect()
    alice.api.call("DELETE", "/api/users/me", 204, json={"password": PASSWORD})
    for line in (alice.live, elsewhere):
        line.client.wait()  # returns once the server has hung up
    bob.live.wait("user_left", lambda payload: payload["user"]["id"] == alice.id)
    bob.live.wait("friend_request", lambda event: event["state"] == "removed")
    assert bob.api.get(f"/api/chat-rooms/{room}")["room"]["member_count"] == 1
