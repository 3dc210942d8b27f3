"""Commands, the content filter, and the routes of search and export, as a page uses them."""

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.server import PASSWORD
from utils.clock import now_ms

NOWHERE = "0" * 24


class Someone:
    """A signed-in person with what they do most."""

    def __init__(self, app: Flask, name: str) -> None:
        self.client: FlaskClient = app.test_client()
        self.id = self.call("POST", "/api/auth/register", {"username": name, "password": PASSWORD}, 201)["user"]["id"]

    def call(self, method: str, path: str, body: Any = None, expect: int = 200) -> Any:
        response = self.client.open(path, method=method, **({} if body is None else {"json": body}))
        assert response.status_code == expect, (response.status_code, response.get_data(as_text=True)[:300])
        return response.get_json(silent=True)

    def say(self, room: str, body: str, expect: int = 201, **more: Any) -> Any:
        return self.call("POST", f"/api/messages/room/{room}", {"body": body, **more}, expect)

    def notice(self, room: str, body: str) -> dict[str, str]:
        """What a command that posts nothing answers."""
        before = self.history(room)
        answer = self.say(room, body, 200)
        assert answer["message"] is None
        assert self.history(room) == before
        notice: dict[str, str] = answer["notice"]
        return notice

    def history(self, room: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.call("GET", f"/api/messages/room/{room}")["items"]
        return items

    def error(self, method: str, path: str, body: Any, expect: int) -> Any:
        return self.call(method, path, body, expect)["error"]


@pytest.fixture
def alice(app: Flask) -> Someone:
    """The first account: an administrator."""
    return Someone(app, "alice")


@pytest.fixture
def bob(app: Flask, alice: Someone) -> Someone:
    return Someone(app, "bob")


@pytest.fixture
def room(alice: Someone, bob: Someone) -> str:
    """A room of Bob's, with Alice in it."""
    made: str = bob.call("POST", "/api/chat-rooms", {"name": "test"}, 201)["room"]["id"]
    alice.call("POST", f"/api/chat-rooms/{made}/join", {})
    return made


def test_the_commands_are_listed_in_both_languages_and_help_names_each(bob: Someone, room: str) -> None:
    listed = bob.call("GET", "/api/commands")["items"]
    assert [each["name"] for each in listed] == ["chart", "help", "invite", "me", "nick", "topic"]
    assert all(each["usage"].startswith("/") and each["summary"]["en"] and each["summary"]["zh-CN"] for each in listed)
    text = bob.notice(room, "/help")["text"]
    assert all(each["usage"] in text for each in listed)
    bob.call("PATCH", "/api/users/me", {"locale": "zh-CN"})
    assert "列出全部命令" in bob.notice(room, "/HELP")["text"]


@pytest.mark.parametrize("text", ["/nonsense", "/nonsense with words", "/nick", "/me", "/invite", "/chart", "/chart nothing 7d"])
def test_what_cannot_be_done_is_told_to_the_sender_alone(bob: Someone, room: str, text: str) -> None:
    assert bob.notice(room, text)["level"] == "error"


def test_a_text_that_only_looks_like_a_command_is_said(bob: Someone, room: str) -> None:
    for typed, said in (("//help", "/help"), ("/etc/hosts", "/etc/hosts"), ("/", "/"), ("a /help", "a /help"), ("// x", "/ x")):
        assert bob.say(room, typed)["message"]["body"] == said


def test_me_says_what_one_does_once(bob: Someone, room: str) -> None:
    first = bob.say(room, "/me waves", client_id="1")["message"]
    assert (first["style"], first["body"], first["kind"]) == ("action", "waves", "text")
    assert bob.say(room, "/me waves", 200, client_id="1")["message"] == first


def test_nick_changes_the_nickname_that_messages_carry(bob: Someone, alice: Someone, room: str) -> None:
    assert bob.notice(room, "/nick Bobby B")["level"] == "info"
    assert bob.say(room, "hello")["message"]["nickname"] == "Bobby B"
    assert alice.call("POST", f"/api/messages/room/{room}", {"body": "/nick BOBBY b"}, 409)["error"]["code"] == "conflict"


def test_topic_is_set_by_who_runs_the_room_and_read_by_everyone(bob: Someone, app: Flask, room: str) -> None:
    carol = Someone(app, "carol")
    carol.call("POST", f"/api/chat-rooms/{room}/join", {})
    assert bob.notice(room, "/topic All about plants")["level"] == "info"
    assert carol.call("GET", f"/api/chat-rooms/{room}")["room"]["topic"] == "All about plants"
    assert "All about plants" in carol.notice(room, "/topic")["text"]
    assert carol.say(room, "/topic mine", 403)["error"]["code"] == "forbidden"
    bob.notice(room, "/topic -")
    assert carol.call("GET", f"/api/chat-rooms/{room}")["room"]["topic"] is None


def test_invite_asks_somebody_into_a_private_room(bob: Someone, app: Flask) -> None:
    carol = Someone(app, "carol")
    hidden = bob.call("POST", "/api/chat-rooms", {"name": "hidden", "visibility": "private"}, 201)["room"]["id"]
    carol.call("POST", f"/api/chat-rooms/{hidden}/join", {}, 404)
    assert bob.notice(hidden, "/invite @carol")["level"] == "info"
    carol.call("POST", f"/api/chat-rooms/{hidden}/join", {})


def test_chart_posts_what_a_sensor_shows_and_only_to_who_may_see_it(bob: Someone, alice: Someone, app: Flask, room: str) -> None:
    device = bob.call("POST", "/api/devices", {"name": "pi"}, 201)
    about = {"device_id": device["device"]["id"], "key": "t", "name": "Air temperature", "unit": "°C", "kind": "temperature"}
    sensor = bob.call("POST", "/api/sensors", {**about, "visibility": "private"}, 201)["sensor"]
    pi = app.test_client()
    readings = [[now_ms() - 1_000 * number, 20 + number % 7] for number in range(900, 0, -1)]
    answer = pi.post(
        f"/api/sensors/{sensor['id']}/readings", json={"readings": readings}, headers={"Authorization": f"Bearer {device['token']}"}
    )
    assert answer.status_code == 200
    for name in ("air TEMPERATURE 1h", "t 1h", f"{sensor['id']} 1h", '"Air temperature" 1h'):
        message = bob.say(room, f"/chart {name}")["message"]
        chart = message["chart"]
        assert (message["kind"], chart["sensor_id"], chart["name"], chart["unit"]) == (
            "chart",
            sensor["id"],
            "Air temperature",
            "°C",
        )
        assert 2 <= len(chart["points"]) <= 200
        assert chart["points"] == sorted(chart["points"])
        assert all(chart["start_ms"] <= ts <= chart["end_ms"] and 20 <= value <= 26 for ts, value in chart["points"])
        assert "Air temperature (1h): " in message["body"]
    carol = Someone(app, "carol")
    carol.call("POST", f"/api/chat-rooms/{room}/join", {})
    for name in ("t", sensor["id"]):
        assert carol.notice(room, f"/chart {name}")["level"] == "error"


@pytest.mark.parametrize("argument", ["pub 2h", "pub 2 hours", "nothing 90d", '"pub" 3 weeks'])
def test_a_range_that_there_is_not_is_answered_with_those_there_are(bob: Someone, room: str, argument: str) -> None:
    assert "[1h|24h|7d|30d|1y]" in bob.notice(room, f"/chart {argument}")["text"]
    assert "no sensor called Room 2b" in bob.notice(room, "/chart Room 2b")["text"]


def test_commands_work_in_private_conversations_where_they_make_sense(bob: Someone, alice: Someone) -> None:
    path = f"/api/messages/private/{alice.id}"
    alice.call("PATCH", "/api/users/me", {"preferences": {"private_messages": "everyone"}})
    assert bob.call("POST", path, {"body": "/topic x"})["notice"]["level"] == "error"
    assert "/topic" not in bob.call("POST", path, {"body": "/help"})["notice"]["text"]
    assert bob.call("POST", path, {"body": "/me waves"}, 201)["message"]["style"] == "action"


def test_an_outsider_gets_no_answer_from_a_command(app: Flask, room: str, bob: Someone) -> None:
    carol = Someone(app, "carol")
    hidden = bob.call("POST", "/api/chat-rooms", {"name": "hidden", "visibility": "private"}, 201)["room"]["id"]
    for text in ("/help", "/nonsense", "/topic"):
        carol.say(room, text, 403)
        carol.say(hidden, text, 404)
        carol.say(NOWHERE, text, 404)


def test_the_list_decides_what_is_masked_refused_and_flagged(alice: Someone, bob: Someone, room: str) -> None:
    words = [{"word": "bad"}, {"word": "坏话", "action": "reject", "language": "zh"}, {"word": "odd", "action": "flag"}]
    assert alice.call("PUT", "/api/admin/content-filter", {"words": words}) == {"count": 3}
    message = bob.say(room, "a B.A.D thing, not a badge")["message"]
    assert message["body"] == "a ••••• thing, not a badge"
    assert bob.say(room, "说坏话", 422)["error"]["fields"].keys() == {"body"}
    odd = bob.say(room, "an odd thing")["message"]
    flags = alice.call("GET", "/api/admin/content-filter/flags")["items"]
    assert [(flag["kind"], flag["message_id"], flag["seq"], flag["words"], flag["text"]) for flag in flags] == [
        ("message", odd["id"], odd["seq"], ["odd"], None)
    ]
    edited = bob.call("PATCH", f"/api/messages/{odd['id']}", {"body": "just bad"})["message"]
    assert edited["body"] == "just •••"
    bob.error("PATCH", f"/api/messages/{odd['id']}", {"body": "坏*话"}, 422)
    alice.call("POST", f"/api/admin/content-filter/flags/{flags[0]['id']}/resolve", {})
    assert alice.call("GET", "/api/admin/content-filter/flags")["items"] == []
    assert len(alice.call("GET", "/api/admin/content-filter/flags?resolved=1")["items"]) == 1


def test_names_with_such_words_are_refused_and_never_masked(alice: Someone, bob: Someone, app: Flask, room: str) -> None:
    alice.call("PUT", "/api/admin/content-filter", {"words": [{"word": "bad"}, {"word": "odd", "action": "flag"}]})
    refused: list[tuple[str, str, dict[str, Any], str]] = [
        ("POST", "/api/chat-rooms", {"name": "Bad room"}, "name"),
        ("PATCH", f"/api/chat-rooms/{room}", {"name": "b a d"}, "name"),
        ("PATCH", f"/api/chat-rooms/{room}", {"topic": "bad topic"}, "topic"),
        ("POST", f"/api/chat-rooms/{room}/join", {"nickname": "BAD"}, "nickname"),
        ("PATCH", "/api/users/me", {"nickname": "bad"}, "nickname"),
        ("POST", "/api/auth/register", {"username": "bad", "password": PASSWORD}, "username"),
    ]
    for method, path, body, field in refused:
        assert list(bob.error(method, path, body, 422)["fields"]) == [field], path
    bob.call("PATCH", f"/api/chat-rooms/{room}", {"name": "odd room"})
    [flag] = alice.call("GET", "/api/admin/content-filter/flags")["items"]
    assert (flag["kind"], flag["text"], flag["user"]["username"]) == ("room_name", "odd room", "bob")


def test_the_list_is_kept_by_administrators_only(alice: Someone, bob: Someone) -> None:
    path = "/api/admin/content-filter"
    word = alice.call("POST", path, {"word": "Café", "where": "anywhere"}, 201)["word"]
    assert alice.error("POST", path, {"word": "CAFE"}, 409)["code"] == "conflict"
    for wrong in ("", "a", "!!", "好", "x" * 100):
        alice.call("POST", path, {"word": wrong}, 422)
    assert alice.call("GET", path)["items"] == [word]
    assert alice.call("POST", f"{path}/check", {"text": "the cafés"})["text"] == "the ••••s"
    for method, where, body in (
        ("GET", path, None), ("POST", path, {"word": "xyz"}), ("PUT", path, {"words": []}),
        ("DELETE", f"{path}/{word['id']}", None),
        ("POST", f"{path}/check", {"text": "x"}), ("GET", f"{path}/flags", None), ("POST", f"{path}/flags/{NOWHERE}/resolve", {}),
    ):  # fmt: skip
        bob.call(method, where, body, 403)
    alice.call("DELETE", f"{path}/{word['id']}", expect=204)
    alice.call("DELETE", f"{path}/{word['id']}", expect=404)
    assert alice.call("POST", f"{path}/check", {"text": "the cafés"})["action"] == "allow"


def test_a_word_is_changed_in_one_step(alice: Someone, bob: Someone, room: str) -> None:
    path = "/api/admin/content-filter"
    word = alice.call("POST", path, {"word": "Café", "where": "anywhere", "language": "fr"}, 201)["word"]
    other = alice.call("POST", path, {"word": "other"}, 201)["word"]
    assert alice.call("PATCH", f"{path}/{word['id']}", {"action": "reject"})["word"] == {**word, "action": "reject"}
    bob.say(room, "the café", 422)
    changed = alice.call("PATCH", f"{path}/{word['id']}", {"word": "chá", "where": "word", "language": None})["word"]
    assert changed == {**word, "word": "chá", "action": "reject", "where": "word", "language": None}
    bob.say(room, "the café")
    bob.say(room, "o CHÁ", 422)
    assert alice.call("PATCH", f"{path}/{word['id']}", {})["word"] == changed
    assert alice.error("PATCH", f"{path}/{other['id']}", {"word": "CHA"}, 409)["code"] == "conflict"
    assert list(alice.error("PATCH", f"{path}/{other['id']}", {"word": "x"}, 422)["fields"]) == ["word"]
    alice.call("PATCH", f"{path}/{NOWHERE}", {"action": "mask"}, 404)
    bob.call("PATCH", f"{path}/{word['id']}", {"action": "mask"}, 403)


def test_search_takes_days_times_and_people_and_names_what_is_wrong(bob: Someone, alice: Someone, room: str) -> None:
    bob.say(room, "a needle here")
    alice.say(room, "needle too")
    path = "/api/messages/search?q=needle"
    assert [item["body"] for item in bob.call("GET", path)["items"]] == ["needle too", "a needle here"]
    assert [item["body"] for item in bob.call("GET", f"{path}&author_id={bob.id}&room_id={room}")["items"]] == ["a needle here"]
    assert bob.call("GET", f"{path}&to=2020-01-01")["items"] == []
    assert len(bob.call("GET", f"{path}&from=2020-01-01&to=2099-12-31")["items"]) == 2
    assert len(bob.call("GET", f"{path}&from=2020-01-01T00:00:00Z")["items"]) == 2
    first = bob.call("GET", f"{path}&limit=1")
    assert bob.call("GET", f"{path}&limit=1&cursor={first['next']}")["items"][0]["body"] == "a needle here"
    for wrong, field in (("from=yesterday", "from"), ("to=2020-13-01", "to"), ("room_id=x", "room_id"), ("cursor=x", "cursor")):
        assert list(bob.error("GET", f"{path}&{wrong}", None, 422)["fields"]) == [field]
    assert list(bob.error("GET", "/api/messages/search?q=%21", None, 422)["fields"]) == ["q"]


def test_an_export_downloads_as_a_file(bob: Someone, room: str) -> None:
    for format, media_type in (("txt", "text/plain"), ("json", "application/json"), ("csv", "text/csv")):
        for path in (f"/api/chat-rooms/{room}/export", "/api/messages/export"):
            response = bob.client.get(f"{path}?format={format}&tz=Asia/Shanghai")
            assert (response.status_code, response.mimetype, response.is_streamed) == (200, media_type, True)
            assert response.headers["Content-Disposition"] == f"attachment; filename=log.{format}"
    assert len(json.loads(bob.client.get(f"/api/chat-rooms/{room}/export?format=json").data)) == 2
    for wrong in ("format=exe", "tz=Mars/Olympus", "tz=America", "tz=../../etc/passwd", "locale=de", "x=1"):
        assert list(bob.error("GET", f"/api/messages/export?{wrong}", None, 422)["fields"]) == [wrong.partition("=")[0]]
