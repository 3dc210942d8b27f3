"""Rooms and messages as the contract has them, over HTTP and over Socket.IO alike."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.shapes import MESSAGE, PERSON, ROOM, assert_shape, shape
from tests.contract.stack import DEFAULT_STACK
from tests.support.people import Person, unique

pytestmark = DEFAULT_STACK
MakePerson = Callable[..., Person]


def befriend(one: Person, other: Person) -> None:
    made = one.api.post("/api/friends/requests", {"username": other.user["username"]}, expect=201).json()["request"]
    other.api.post(f"/api/friends/requests/{made['id']}/accept", expect=200)


def test_a_room_of_the_contract_wherever_it_appears(person: MakePerson) -> None:
    alice, bob = person(), person()
    made = alice.room(capacity=3)
    assert_shape(made, ROOM)
    assert (made["kind"], made["owner_id"], made["capacity"], made["member_count"]) == ("group", alice.id, 3, 1)
    assert (made["membership"]["role"], made["last_seq"], made["online_count"]) == ("owner", 1, 1)
    path = f"/api/chat-rooms/{made['id']}"
    seen = bob.api.get(path)["room"]
    listed = bob.api.get("/api/chat-rooms", params={"q": made["name"]})["items"]
    assert listed == [seen]
    assert seen == {**made, "membership": None}
    joined = bob.api.post(f"{path}/join", {"nickname": "Bobby"}, expect=200).json()["room"]
    assert (joined["member_count"], joined["membership"]["nickname"], joined["membership"]["role"]) == (2, "Bobby", "member")
    followed = bob.join(made["id"])["room"]
    renamed = alice.api.call("PATCH", path, 200, json={"name": made["name"] + "!"}).json()["room"]
    for room in (seen, joined, followed, renamed):
        assert_shape(room, ROOM)
    members = bob.api.get(f"{path}/members")["items"]
    assert {(each["user"]["id"], each["nickname"], each["role"]) for each in members} == {
        (alice.id, alice.user["nickname"], "owner"), (bob.id, "Bobby", "member"),
    }  # fmt: skip
    assert all(shape(PERSON)(each["user"]) for each in members)
    bob.api.post(f"{path}/leave", expect=204)
    alice.api.call("DELETE", path, 204)
    assert bob.live.refused("join_chat_room", {"room_id": made["id"]}) == "not_found"


def test_the_room_called_lobby_takes_anyone(person: MakePerson) -> None:
    alice = person()
    [lobby] = [room for room in alice.api.get("/api/chat-rooms?q=Lobby")["items"] if room["name"] == "Lobby"]
    assert (lobby["visibility"], lobby["owner_id"]) == ("public", None)
    assert alice.join(lobby["id"])["room"]["membership"]["role"] == "member"


def test_a_full_room_a_private_one_a_ban_and_no_room_are_told_apart_both_ways(person: MakePerson) -> None:
    alice, bob = person(), person()
    full, private, banned = alice.room(capacity=1)["id"], alice.room(visibility="private")["id"], alice.room()["id"]
    alice.api.post(f"/api/chat-rooms/{banned}/bans", {"user_id": bob.id}, expect=201)
    for room, status, code in ((full, 409, "room_full"), (private, 404, "not_found"), (banned, 403, "forbidden")):
        answer = bob.api.post(f"/api/chat-rooms/{room}/join")
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        assert bob.live.refused("join_chat_room", {"room_id": room}) == code
    taken = bob.api.post(f"/api/chat-rooms/{alice.room()['id']}/join", {"nickname": alice.user["nickname"].upper()})
    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "conflict")


def test_a_message_is_the_same_in_the_acknowledgement_the_push_and_the_history(person: MakePerson) -> None:
    alice, bob = person(), person()
    room = alice.room()["id"]
    alice.join(room)
    joined = bob.join(room, nickname="Bobby", after_seq=0)
    assert [(message["seq"], message["kind"], message["nickname"]) for message in joined["messages"]] == [
        (1, "join", alice.user["nickname"]), (2, "join", "Bobby"),
    ]  # fmt: skip
    assert joined["more"] is False
    assert alice.live.wait("user_joined", lambda p: p["room_id"] == room)["user"]["id"] == bob.id
    question = alice.say(room, "Is 中文 **fine** 👍?", "my-own-id")
    assert_shape(question, MESSAGE)
    assert (question["seq"], question["kind"], question["client_id"], question["deleted"]) == (3, "text", "my-own-id", False)
    answer = bob.live.ok("send_message", {"room_id": room, "body": "yes", "client_id": "1", "reply_to": question["id"]})["message"]
    assert (answer["reply_to"], answer["nickname"], answer["author"]) == (
        question["id"], "Bobby", {"id": bob.id, "username": bob.user["username"]},
    )  # fmt: skip
    for sent in (question, answer):
        bob.live.wait("new_message", lambda p, sent=sent: p["message"] == sent)  # type: ignore[misc]
    history = alice.api.get(f"/api/messages/room/{room}?after_seq=2")
    assert history["items"] == [question, answer]
    assert history["next"] is None


def test_a_repeated_client_id_is_the_same_message_whichever_way_it_comes(person: MakePerson) -> None:
    alice, bob = person(), person()
    room = alice.room()["id"]
    befriend(alice, bob)
    for path, event, target in (
        (f"/api/messages/room/{room}", "send_message", {"room_id": room}),
        (f"/api/messages/private/{bob.id}", "send_private_message", {"user_id": bob.id}),
    ):  # fmt: skip
        first = alice.api.post(path, {"body": "once", "client_id": "same"}, expect=201).json()["message"]
        again = alice.api.post(path, {"body": "not again", "client_id": "same"}, expect=200).json()["message"]
        live = alice.live.ok(event, {**target, "body": "nor so", "client_id": "same"})["message"]
        assert first == again == live
        assert [each["body"] for each in alice.api.get(path)["items"] if each["kind"] == "text"] == ["once"]


def test_changes_of_a_message_are_acknowledged_and_pushed_whole(person: MakePerson) -> None:
    alice, bob = person(), person()
    room = alice.room()["id"]
    alice.join(room)
    bob.join(room)
    message = alice.say(room, "firts")
    edited = alice.live.ok("edit_message", {"id": message["id"], "body": "first"})["message"]
    assert_shape(edited, MESSAGE)
    assert (edited["body"], edited["seq"], edited["edited_at"] is not None) == ("first", message["seq"], True)
    assert bob.live.wait("message_edited")["message"] == edited
    reacted = bob.live.ok("react", {"id": message["id"], "emoji": "👍", "on": True})["message"]
    assert [(each["emoji"], each["count"]) for each in reacted["reactions"]] == [("👍", 1)]
    assert_shape(alice.live.wait("message_reaction")["message"], MESSAGE)
    gone = alice.live.ok("delete_message", {"id": message["id"]})["message"]
    assert_shape(gone, MESSAGE)
    assert (gone["deleted"], gone["body"], gone["seq"]) == (True, "", message["seq"])
    assert bob.live.wait("message_deleted")["message"] == gone
    assert alice.live.refused("edit_message", {"id": message["id"], "body": "again"}) in ("conflict", "not_found", "forbidden")


def test_a_private_message_reaches_both_people_on_all_devices_and_nobody_else(person: MakePerson) -> None:
    alice, bob, carol = person(), person(), person()
    assert alice.live.refused("send_private_message", {"user_id": bob.id, "body": "x", "client_id": "0"}) == "forbidden"
    befriend(alice, bob)
    phone, tablet = bob.connect(), alice.connect()
    sent = alice.live.ok("send_private_message", {"user_id": bob.id, "body": "psst", "client_id": "1"})["message"]
    assert_shape(sent, MESSAGE)
    for device in (bob.live, phone, alice.live, tablet):
        assert device.wait("new_message")["message"] == sent
    [found] = bob.api.get("/api/messages/conversations")["items"]
    assert_shape(found["room"], ROOM)
    assert (found["room"]["kind"], found["unread"], found["last_message"], found["user"]["id"]) == ("direct", 1, sent, alice.id)
    for device in (bob.live, phone):
        assert device.wait("unread", lambda p: p["room_id"] == sent["room_id"])["last_seq"] == sent["seq"]
    bob.live.ok("mark_read", {"room_id": sent["room_id"], "seq": sent["seq"]})
    for device in (bob.live, phone):
        assert device.wait("unread", lambda p: "last_read_seq" in p)["last_read_seq"] == sent["seq"]
    assert bob.api.get("/api/messages/conversations")["items"][0]["unread"] == 0
    assert carol.live.refused("join_chat_room", {"room_id": sent["room_id"]}) == "not_found"
    assert carol.live.payloads("new_message") == []
    phone.close_soon()
    tablet.close_soon()


def test_a_room_is_read_in_parts_in_both_directions_without_loss(person: MakePerson) -> None:
    alice = person()
    room = alice.room()["id"]
    for count in range(12):
        alice.say(room, str(count))
    seqs: list[int] = []
    after: str | None = "0"
    while after is not None:
        page = alice.api.get(f"/api/messages/room/{room}?after_seq={after}&limit=5")
        seqs += [message["seq"] for message in page["items"]]
        after = page["next"]
    assert seqs == list(range(1, 14))
    for query in ("before_seq=-1", "after_seq=x", "after_seq=1.5", "limit=0", "before_seq=99999999999999999999", "nope=1"):
        refused = alice.api.call("GET", f"/api/messages/room/{room}?{query}")
        assert (refused.status_code, list(refused.json()["error"]["fields"])) == (422, [query.partition("=")[0]])


def test_the_chinese_export_has_exactly_its_lines(person: MakePerson) -> None:
    alice, bob = person(nickname="ALICE"), person()
    name = unique("测试 ")
    room = alice.api.post("/api/chat-rooms", {"name": name}, expect=201).json()["room"]["id"]
    alice.say(room, "第一行\n第二行")
    befriend(alice, bob)
    alice.live.ok("send_private_message", {"user_id": bob.id, "body": "你好", "client_id": "1"})
    user, other = alice.user["username"], bob.user["username"]
    answer = alice.api.call("GET", "/api/messages/export?format=txt&locale=zh-CN", 200)
    assert "filename=log.txt" in answer.headers["Content-Disposition"].replace('"', "")
    answer.encoding = "utf-8"
    when = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
    group = f"聊天室:{re.escape(name)} 时间:{when} 用户名:{user}\\(昵称\\)ALICE 内容:"
    private = f"时间:{when} 发送人:{user} 接收人:{other} 内容:"
    expected = [
        "-----下面是群聊的聊天记录-----", group + '昵称为"ALICE"的用户进入了房间。', group + "第一行.*第二行",
        "-----下面是私聊的聊天记录-----", private + '昵称为"ALICE"的用户进入了私聊。', private + "你好",
    ]  # fmt: skip
    lines = answer.text.splitlines()
    assert len(lines) == len(expected), lines
    for line, pattern in zip(lines, expected, strict=True):
        assert re.fullmatch(pattern, line), line
    one = alice.api.call("GET", f"/api/chat-rooms/{room}/export?format=txt&locale=zh-CN", 200)
    one.encoding = "utf-8"
    assert one.text.splitlines() == lines[:3]


@pytest.mark.parametrize("format", ["txt", "json", "csv"])
def test_an_export_names_its_type(person: MakePerson, format: str) -> None:
    alice = person()
    room = alice.room()["id"]
    alice.say(room, "=1+1")
    answer = alice.api.call("GET", f"/api/chat-rooms/{room}/export?format={format}&locale=en", 200)
    types = {"txt": "text/plain", "json": "application/json", "csv": "text/csv"}
    assert answer.headers["Content-Type"].startswith(types[format])
    if format == "json":
        found: list[dict[str, Any]] = answer.json()
        for message in found:
            assert_shape(message, MESSAGE)
        assert [message["seq"] for message in found] == [1, 2]
    if format == "csv":
        assert ",'=1+1," in answer.content.decode("utf-8-sig")
    refused = alice.api.call("GET", f"/api/chat-rooms/{room}/export?format=exe")
    assert (refused.status_code, list(refused.json()["error"]["fields"])) == (422, ["format"])
