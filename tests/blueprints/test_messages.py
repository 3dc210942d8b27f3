"""What the routes of messages and notifications take, answer and refuse."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support.server import PASSWORD

NOWHERE = "0" * 24


@pytest.fixture
def alice(client: FlaskClient) -> FlaskClient:
    client.post("/api/auth/register", json={"username": "alice", "password": PASSWORD})
    return client


@pytest.fixture
def room(alice: FlaskClient) -> str:
    room_id: str = alice.post("/api/chat-rooms", json={"name": "Talk"}).get_json()["room"]["id"]
    return room_id


def say(client: FlaskClient, room: str, body: str, **more: Any) -> dict[str, Any]:
    message: dict[str, Any] = client.post(f"/api/messages/room/{room}", json={"body": body, **more}).get_json()["message"]
    return message


def test_a_message_is_changed_and_its_earlier_texts_are_paged(alice: FlaskClient, room: str) -> None:
    message = say(alice, room, "text 0")
    path = f"/api/messages/{message['id']}"
    for number in range(1, 6):
        changed = alice.patch(path, json={"body": f"text {number}"})
        assert changed.status_code == 200
    answer = changed.get_json()["message"]
    assert (answer["body"], answer["seq"], answer["edited_at"] is not None) == ("text 5", message["seq"], True)
    seen: list[str] = []
    cursor = ""
    while True:
        page = alice.get(f"{path}/edits?limit=2{cursor}").get_json()
        seen += [item["body"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == [f"text {number}" for number in range(5)]
    assert alice.get(f"/api/messages/room/{room}").get_json()["items"][-1] == answer


def test_a_deleted_message_answers_with_its_tombstone_as_often_as_one_likes(alice: FlaskClient, room: str) -> None:
    message = say(alice, room, "gone")
    path = f"/api/messages/{message['id']}"
    for _ in range(2):
        deleted = alice.delete(path)
        assert deleted.status_code == 200
        tombstone = deleted.get_json()["message"]
        assert (tombstone["body"], tombstone["deleted"], tombstone["seq"]) == ("", True, message["seq"])
    assert alice.patch(path, json={"body": "back"}).status_code == 404
    assert alice.put(f"{path}/reactions/👍").status_code == 404
    history = alice.get(f"/api/messages/room/{room}").get_json()["items"]
    assert [item["seq"] for item in history] == [1, 2]


def test_reactions_come_with_the_message_in_every_answer(alice: FlaskClient, room: str) -> None:
    message = say(alice, room, "hello")
    path = f"/api/messages/{message['id']}/reactions"
    me = alice.get("/api/auth/me").get_json()["user"]["id"]
    expected = [{"emoji": "❤️", "count": 1, "user_ids": [me], "me": True}]
    assert alice.put(f"{path}/❤").get_json()["message"]["reactions"] == expected
    assert alice.put(f"{path}/❤️").get_json()["message"]["reactions"] == expected
    assert alice.get(f"/api/messages/room/{room}").get_json()["items"][-1]["reactions"] == expected
    assert alice.put(f"{path}/%23️⃣").status_code == 200
    assert alice.delete(f"{path}/%23️⃣").get_json()["message"]["reactions"] == expected
    for _ in range(2):
        assert alice.delete(f"{path}/❤️").get_json()["message"]["reactions"] == []


@pytest.mark.parametrize("emoji", ["a", "👍👍", "%00", "1", "%F0%9F%91", "x" * 5000])
def test_what_is_no_emoji_is_no_reaction(alice: FlaskClient, room: str, emoji: str) -> None:
    message = say(alice, room, "hello")
    for method in ("PUT", "DELETE"):
        refused = alice.open(f"/api/messages/{message['id']}/reactions/{emoji}", method=method)
        assert (refused.status_code, list(refused.get_json()["error"]["fields"])) == (422, ["emoji"])


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"attachment_ids": [NOWHERE]}, "attachment_ids"),
        ({"attachment_ids": [NOWHERE] * 11}, "attachment_ids"),
        ({"attachment_ids": ["x"]}, "attachment_ids.0"),
        ({"attachment_ids": None}, "attachment_ids"),
        ({"reply_to": NOWHERE}, "reply_to"),
        ({"reply_to": "x"}, "reply_to"),
        ({"body": "x" * 8001}, "body"),
        ({"body": "\x00"}, "body"),
        ({"body": " \n "}, "body"),
        ({"client_id": "x" * 65}, "client_id"),
        ({"client_id": "a\nline"}, "client_id"),
        ({"client_id": ""}, "client_id"),
    ],
)
def test_a_wrong_message_names_what_is_wrong_with_it(alice: FlaskClient, room: str, more: dict[str, Any], field: str) -> None:
    refused = alice.post(f"/api/messages/room/{room}", json={"body": "fine", **more})
    assert refused.status_code == 422
    assert list(refused.get_json()["error"]["fields"]) == [field]
    assert say(alice, room, "fine", attachment_ids=[])["seq"] == 2


def test_messages_that_are_not_there_are_not_found(alice: FlaskClient) -> None:
    path = f"/api/messages/{NOWHERE}"
    calls = [
        alice.patch(path, json={"body": "x"}), alice.delete(path), alice.get(f"{path}/edits"),
        alice.put(f"{path}/reactions/👍"), alice.delete(f"{path}/reactions/👍"),
        alice.post(f"/api/notifications/{NOWHERE}/read"),
    ]  # fmt: skip
    assert [call.status_code for call in calls] == [404] * 6


def test_a_mention_is_a_notification_until_it_is_read(alice: FlaskClient, room: str) -> None:
    bob = alice.application.test_client()
    bob.post("/api/auth/register", json={"username": "bob", "password": PASSWORD})
    bob.post(f"/api/chat-rooms/{room}/join", json={"nickname": "Bobby Tables"})
    messages = [say(alice, room, f'@"bobby tables" {number}') for number in range(3)]
    page = bob.get("/api/notifications?limit=2").get_json()
    assert page["unread"] == 3
    newest = page["items"][0]
    assert newest["created_at"].endswith("Z")
    assert {key: newest[key] for key in ("kind", "room_id", "room_name", "message_id", "seq", "excerpt", "read")} == {
        "kind": "mention", "room_id": room, "room_name": "Talk", "message_id": messages[2]["id"], "seq": messages[2]["seq"],
        "excerpt": '@"bobby tables" 2', "read": False,
    }  # fmt: skip
    assert newest["actor"]["username"] == "alice"
    rest = bob.get(f"/api/notifications?limit=2&cursor={page['next']}").get_json()
    assert ([item["excerpt"] for item in rest["items"]], rest["next"]) == (['@"bobby tables" 0'], None)
    assert bob.post(f"/api/notifications/{newest['id']}/read").status_code == 204
    assert bob.get("/api/notifications?unread=1").get_json()["unread"] == 2
    assert bob.post("/api/notifications/read-all").status_code == 204
    assert bob.get("/api/notifications?unread=1").get_json() == {"items": [], "next": None, "unread": 0}
    assert [item["read"] for item in bob.get("/api/notifications").get_json()["items"]] == [True] * 3
    alice.delete(f"/api/messages/{messages[0]['id']}")
    assert len(bob.get("/api/notifications").get_json()["items"]) == 2
    assert bob.get("/api/notifications?unread=yes").status_code == 422


def test_a_message_is_found_by_its_id_by_those_who_may_read_its_room(alice: FlaskClient) -> None:
    room = alice.post("/api/chat-rooms", json={"name": "Quiet", "visibility": "private"}).get_json()["room"]["id"]
    said = say(alice, room, "far back")
    path = f"/api/messages/{said['id']}"
    assert alice.get(path).get_json()["message"]["seq"] == said["seq"]
    bob = alice.application.test_client()
    bob.post("/api/auth/register", json={"username": "bob", "password": PASSWORD})
    assert bob.get(path).status_code == 404
    assert alice.get(f"/api/messages/{NOWHERE}").status_code == 404
