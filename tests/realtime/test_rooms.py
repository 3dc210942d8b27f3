"""Rooms with live people in them: removals, invitations, settings, deletion, on every stack."""

from collections.abc import Callable

from tests.contract.stack import DEFAULT_STACK
from tests.support.eventually import eventually
from tests.support.people import Person

MakePerson = Callable[..., Person]


def test_who_is_kicked_or_banned_hears_nothing_more_on_any_connection(person: MakePerson) -> None:
    alice, bob, carl = person(), person(), person()
    room = alice.room()["id"]
    for each in (alice, bob, carl):
        each.join(room)
    second = bob.connect()
    second.ok("join_chat_room", {"room_id": room})
    alice.api.post(f"/api/chat-rooms/{room}/kick", {"user_id": bob.id}, expect=204)
    alice.api.post(f"/api/chat-rooms/{room}/bans", {"user_id": carl.id, "reason": "spam"}, expect=201)
    assert bob.live.wait("user_left", lambda payload: payload["user"]["id"] == bob.id)["reason"] == "removed"
    assert carl.live.wait("user_left", lambda payload: payload["user"]["id"] == carl.id)["reason"] == "banned"
    assert second.wait("room_updated", lambda payload: "membership" in payload and payload["membership"] is None)
    alice.say(room, "now that they are gone")
    alice.live.wait("new_message", lambda payload: payload["message"]["body"] == "now that they are gone")
    assert bob.live.refused("send_message", {"room_id": room, "body": "x", "client_id": "1"}) == "forbidden"
    assert carl.live.refused("join_chat_room", {"room_id": room}) == "forbidden"
    # Their acknowledgements came after the message went out, on the same connections: it would have come before them.
    assert second.refused("mark_read", {"room_id": room, "seq": 1}) == "forbidden"
    for each in (bob.live, carl.live, second):
        heard = [payload["message"]["body"] for payload in each.payloads("new_message")]
        assert "now that they are gone" not in heard
    assert [m["body"] for m in alice.api.get(f"/api/messages/room/{room}")["items"] if m["kind"] == "leave"] == [
        f"{bob.user['nickname']} was removed from the room.", f"{carl.user['nickname']} was banned from the room.",
    ]  # fmt: skip
    bob.join(room)
    assert alice.api.get(f"/api/chat-rooms/{room}/bans")["items"][0]["reason"] == "spam"
    second.close_soon()


@DEFAULT_STACK
def test_everyone_in_a_room_sees_its_settings_and_its_members_change(person: MakePerson) -> None:
    alice, bob = person(), person()
    room = alice.room()["id"]
    alice.join(room)
    bob.join(room)
    alice.api.call("PATCH", f"/api/chat-rooms/{room}", expect=200, json={"name": "Renamed", "slow_mode_seconds": 7})
    changed = bob.live.wait("room_updated", lambda payload: payload.get("room"))["room"]
    assert (changed["name"], changed["slow_mode_seconds"]) == ("Renamed", 7)
    bob.join(room, nickname="Bobby")
    assert alice.live.wait("member_updated")["nickname"] == "Bobby"
    alice.api.call("PUT", f"/api/chat-rooms/{room}/members/{bob.id}/role", expect=200, json={"role": "moderator"})
    assert alice.live.wait("member_updated", lambda payload: payload["role"] == "moderator")["user"]["id"] == bob.id
    assert bob.live.wait("room_updated", lambda p: (p.get("membership") or {}).get("role") == "moderator")
    too_small = alice.api.call("PATCH", f"/api/chat-rooms/{room}", expect=422, json={"capacity": 1})
    assert "capacity" in too_small.json()["error"]["fields"]


@DEFAULT_STACK
def test_a_deleted_room_is_gone_for_all_who_are_in_it(person: MakePerson) -> None:
    alice, bob = person(), person()
    room = alice.room()["id"]
    alice.join(room)
    bob.join(room)
    alice.say(room, "soon gone")
    alice.api.call("DELETE", f"/api/chat-rooms/{room}", expect=204)
    assert bob.live.wait("room_updated", lambda payload: payload["deleted"])["room_id"] == room
    assert bob.live.refused("send_message", {"room_id": room, "body": "x", "client_id": "1"}) == "not_found"
    assert bob.live.refused("join_chat_room", {"room_id": room}) == "not_found"
    assert bob.api.call("GET", f"/api/messages/room/{room}").status_code == 404
    assert room not in [each["id"] for each in bob.api.get("/api/chat-rooms?mine=1")["items"]]


@DEFAULT_STACK
def test_an_invited_person_hears_of_it_and_gets_in(person: MakePerson) -> None:
    alice, bob = person(), person()
    room = alice.room(visibility="private")["id"]
    made = alice.api.post(f"/api/chat-rooms/{room}/invitations", {"username": bob.user["username"]}, expect=201).json()
    assert bob.live.wait("room_invitation")["invitation"] == made["invitation"]
    assert bob.api.get("/api/chat-rooms/invitations")["items"] == [made["invitation"]]
    alice.api.post(f"/api/chat-rooms/{room}/invitations", {"user_id": bob.id}, expect=200)
    bob.join(room)
    assert bob.api.get("/api/chat-rooms/invitations")["items"] == []


@DEFAULT_STACK
def test_slow_mode_tells_how_long_to_wait(person: MakePerson) -> None:
    alice, bob = person(), person()
    room = alice.room()["id"]
    alice.api.call("PATCH", f"/api/chat-rooms/{room}", expect=200, json={"slow_mode_seconds": 300})
    bob.join(room)
    alice.join(room)
    bob.say(room, "one", client_id="one")
    refused = bob.live.call("send_message", {"room_id": room, "body": "two", "client_id": "two"})["error"]
    assert (refused["code"], 1 <= refused["retry_after"] <= 300) == ("rate_limited", True)
    assert bob.api.post(f"/api/messages/room/{room}", {"body": "three"}, expect=429).headers["Retry-After"]
    bob.say(room, "one", client_id="one")
    alice.say(room, "not slowed")
    alice.say(room, "at all")


@DEFAULT_STACK
def test_the_list_counts_members_who_are_online(person: MakePerson) -> None:
    alice, bob = person(), person()
    made = alice.room()
    bob.join(made["id"])
    search = f"/api/chat-rooms?q={made['name']}"
    seen = alice.api.get(search)["items"]
    assert [(room["member_count"], room["online_count"]) for room in seen] == [(2, 2)]
    bob.live.close()
    eventually(lambda: alice.api.get(search)["items"][0]["online_count"] == 1, within=30)


def test_who_left_on_another_device_is_not_made_a_member_by_connecting_again(person: MakePerson) -> None:
    alice, bob = person(), person()
    room = alice.room()["id"]
    bob.join(room)
    phone = bob.connect()
    followed = phone.ok("join_chat_room", {"room_id": room, "follow_only": True, "after_seq": 1})
    assert followed["room"]["membership"]["nickname"] == bob.user["nickname"]
    assert [message["kind"] for message in followed["messages"]] == ["join"]
    alice.say(room, "for members")
    phone.wait("new_message", lambda payload: payload["message"]["body"] == "for members")
    phone.close()
    bob.api.post(f"/api/chat-rooms/{room}/leave", expect=204)
    phone = bob.connect()
    assert phone.refused("join_chat_room", {"room_id": room, "follow_only": True}) == "forbidden"
    alice.say(room, "without Bob")
    # An acknowledgement of the same connection, sent later than a push of the message would have been.
    assert phone.refused("mark_read", {"room_id": room, "seq": 1}) == "forbidden"
    assert phone.payloads("new_message") == []
    assert [each["user"]["id"] for each in alice.api.get(f"/api/chat-rooms/{room}/members")["items"]] == [alice.id]
    phone.close_soon()


def test_a_private_room_that_one_was_put_out_of_is_not_found_again(person: MakePerson) -> None:
    alice, bob, stranger = person(), person(), person()
    room = alice.room(visibility="private")["id"]
    alice.api.post(f"/api/chat-rooms/{room}/invitations", {"user_id": bob.id}, expect=201)
    assert bob.live.refused("join_chat_room", {"room_id": room, "follow_only": True}) == "forbidden", "invited, and no more"
    assert [each["room"]["id"] for each in bob.api.get("/api/chat-rooms/invitations")["items"]] == [room]
    bob.join(room)
    alice.api.post(f"/api/chat-rooms/{room}/kick", {"user_id": bob.id}, expect=204)
    for each in (bob, stranger):
        assert each.live.refused("join_chat_room", {"room_id": room, "follow_only": True}) == "not_found"
    assert alice.live.refused("join_chat_room", {"room_id": "0" * 24, "follow_only": True}) == "not_found"


def test_a_member_who_follows_only_may_change_the_nickname(person: MakePerson) -> None:
    alice = person()
    room = alice.room()["id"]
    answer = alice.live.ok("join_chat_room", {"room_id": room, "follow_only": True, "nickname": "Allie"})
    assert answer["room"]["membership"]["nickname"] == "Allie"
