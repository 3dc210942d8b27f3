"""Every route about people, as everyone who may stand in some relation to them: stranger, friend, blocked, blocker."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.accounts import account
from tests.support.server import PASSWORD

NOWHERE = "0" * 24
RELATIONS = ("stranger", "friend", "blocked", "blocker")


class Browser:
    """Somebody's signed-in browser; only with a password they can sign in again."""

    def __init__(self, app: Flask, name: str, password: str | None = None) -> None:
        self.client: FlaskClient = app.test_client()
        self.name = name
        if password is not None:
            self.id: str = self.ask("POST", "/api/auth/register", {"username": name, "password": password})[1]["user"]["id"]
            return
        user = account(name)
        self.id = str(user.id)
        with self.client.session_transaction("/api/") as session:
            session["user_id"], session["epoch"] = self.id, user.session_epoch

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        response = self.client.open(path, method=method, json=body)
        return response.status_code, response.get_json(silent=True)

    def status(self, method: str, path: str, body: dict[str, Any] | None = None) -> int:
        return self.ask(method, path, body)[0]

    def names(self, path: str) -> list[str]:
        """The user names in a list of people, or of things that have a person each."""
        _, answer = self.ask("GET", path)
        return [item.get("user", item)["username"] for item in answer["items"]]


def befriend(one: Browser, other: Browser) -> None:
    assert one.status("POST", "/api/friends/requests", {"username": other.name}) == 201
    assert other.status("POST", "/api/friends/requests", {"username": one.name}) == 201


@pytest.fixture
def browser(app: Flask) -> Callable[[str], Browser]:
    return lambda name: Browser(app, name)


@pytest.fixture
def target(browser: Callable[[str], Browser]) -> Browser:
    return browser("target")


@pytest.fixture(params=RELATIONS)
def actor(request: pytest.FixtureRequest, browser: Callable[[str], Browser], target: Browser) -> Browser:
    """Somebody who stands to the target as their name says; but for the stranger they were friends, and have written."""
    person = browser(request.param)
    if request.param != "stranger":
        befriend(person, target)
        assert person.status("POST", f"/api/messages/private/{target.id}", {"body": "hello"}) == 201
    if request.param == "blocked":
        assert target.status("POST", f"/api/users/{person.id}/block") == 204
    if request.param == "blocker":
        assert person.status("POST", f"/api/users/{target.id}/block") == 204
    return person


def expected(actor: Browser, **statuses: int) -> int:
    return statuses[actor.name]


def test_asking_to_be_friends(actor: Browser, target: Browser) -> None:
    status, answer = actor.ask("POST", "/api/friends/requests", {"username": "TARGET"})
    assert status == expected(actor, stranger=201, friend=409, blocked=403, blocker=403)
    if status == 201:
        assert answer["request"]["sender"] == {"id": actor.id, "username": actor.name, "nickname": actor.name}
        assert answer["request"]["receiver"] == {"id": target.id, "username": "target", "nickname": "target"}
        assert [item["id"] for item in target.ask("GET", "/api/friends/requests?direction=incoming")[1]["items"]] == [
            answer["request"]["id"]
        ]
    else:
        assert target.ask("GET", "/api/friends/requests")[1] == {"items": [], "next": None}


def test_writing_privately(actor: Browser, target: Browser) -> None:
    path = f"/api/messages/private/{target.id}"
    statuses = {"stranger": 403, "friend": 201, "blocked": 403, "blocker": 403}
    status, answer = actor.ask("POST", path, {"body": "hello?", "client_id": "c1"})
    assert status == statuses[actor.name]
    if status == 201:
        assert actor.ask("POST", path, {"body": "hello?", "client_id": "c1"}) == (200, answer)
    else:
        assert answer["error"] == {"code": "forbidden", "message": "This person takes no messages from you."}
    if actor.name != "stranger":
        room_id = actor.ask("GET", path)[1]["items"][0]["room_id"]
        assert actor.status("POST", f"/api/messages/room/{room_id}", {"body": "the other way"}) == statuses[actor.name]


def test_reading_privately(actor: Browser, target: Browser) -> None:
    status, answer = actor.ask("GET", f"/api/messages/private/{target.id}")
    assert (status, [message["body"] for message in answer["items"]]) == (200, [] if actor.name == "stranger" else ["hello"])
    conversations = actor.ask("GET", "/api/messages/conversations")[1]["items"]
    assert [view["user"]["username"] for view in conversations] == ([] if actor.name == "stranger" else ["target"])


def test_nobody_else_reads_or_enters_a_private_conversation(
    actor: Browser, target: Browser, browser: Callable[[str], Browser]
) -> None:
    if actor.name != "stranger":
        room_id = actor.ask("GET", f"/api/messages/private/{target.id}")[1]["items"][0]["room_id"]
        third = browser("third")
        assert third.status("GET", f"/api/messages/room/{room_id}") == 404
        assert third.status("POST", f"/api/messages/room/{room_id}", {"body": "me too"}) == 404
        assert third.status("POST", f"/api/chat-rooms/{room_id}/join", {}) == 404
        assert third.status("GET", f"/api/chat-rooms/{room_id}") == 404
        assert actor.status("POST", f"/api/chat-rooms/{room_id}/leave") == 403
        assert room_id not in [room["id"] for room in actor.ask("GET", "/api/chat-rooms")[1]["items"]]


def test_seeing_finding_and_blocking(actor: Browser, target: Browser) -> None:
    status, answer = actor.ask("GET", f"/api/users/{target.id}")
    assert (status, answer["user"]["username"], answer["user"]["online"], answer["user"]["away"]) == (200, "target", False, False)
    assert actor.names("/api/users/search?q=TAR") == ([] if actor.name == "blocked" else ["target"])
    assert actor.names("/api/friends") == (["target"] if actor.name == "friend" else [])
    assert target.names("/api/friends") == ([actor.name] if actor.name == "friend" else [])
    assert actor.names("/api/users/me/blocked") == (["target"] if actor.name == "blocker" else [])
    assert actor.status("POST", f"/api/users/{target.id}/block") == 204
    assert actor.names("/api/users/me/blocked") == ["target"]
    assert target.names("/api/friends") == []
    assert actor.status("DELETE", f"/api/users/{target.id}/block") == 204
    assert actor.names("/api/users/me/blocked") == []


def test_ending_a_friendship(actor: Browser, target: Browser) -> None:
    assert actor.status("DELETE", f"/api/friends/{target.id}") == expected(
        actor, stranger=404, friend=204, blocked=404, blocker=404
    )
    assert target.names("/api/friends") == []
    assert actor.status("POST", f"/api/messages/private/{target.id}", {"body": "still?"}) == 403


def test_other_peoples_requests_are_nobodys_business(actor: Browser, target: Browser, browser: Callable[[str], Browser]) -> None:
    third = browser("third")
    request_id = third.ask("POST", "/api/friends/requests", {"username": "target"})[1]["request"]["id"]
    path = f"/api/friends/requests/{request_id}"
    for method, suffix in (("POST", "/accept"), ("POST", "/reject"), ("DELETE", "")):
        assert actor.status(method, path + suffix) == 404
    assert target.status("DELETE", path) == 404
    assert third.status("POST", path + "/accept") == third.status("POST", path + "/reject") == 404
    status, answer = target.ask("POST", path + "/accept")
    assert (status, answer["request"]["state"]) == (200, "accepted")
    assert third.names("/api/friends") == ["target"]


@pytest.mark.parametrize("answer", ["reject", "cancel"])
def test_a_request_that_ends_is_gone_for_both(target: Browser, browser: Callable[[str], Browser], answer: str) -> None:
    asker = browser("asker")
    request_id = asker.ask("POST", "/api/friends/requests", {"username": "target"})[1]["request"]["id"]
    assert asker.status("POST", "/api/friends/requests", {"username": "target"}) == 409
    if answer == "reject":
        assert target.ask("POST", f"/api/friends/requests/{request_id}/reject")[1]["request"]["state"] == "rejected"
    else:
        assert asker.status("DELETE", f"/api/friends/requests/{request_id}") == 204
    for person in (asker, target):
        assert person.ask("GET", "/api/friends/requests")[1]["items"] == []


def test_oneself_and_nobody(target: Browser) -> None:
    assert target.status("POST", "/api/friends/requests", {"username": "target"}) == 422
    assert target.status("POST", "/api/friends/requests", {"username": "nobody"}) == 404
    for person, status in ((target.id, 422), (NOWHERE, 404)):
        assert target.status("POST", f"/api/users/{person}/block") == status
        assert target.status("GET", f"/api/messages/private/{person}") == status
        assert target.status("POST", f"/api/messages/private/{person}", {"body": "x"}) == status
    assert target.status("DELETE", f"/api/friends/{NOWHERE}") == 404
    assert target.status("DELETE", f"/api/users/{NOWHERE}/block") == 204
    assert target.status("GET", f"/api/users/{NOWHERE}") == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/friends"),
        ("DELETE", f"/api/friends/{NOWHERE}"),
        ("GET", "/api/friends/requests"),
        ("POST", "/api/friends/requests"),
        ("POST", f"/api/friends/requests/{NOWHERE}/accept"),
        ("POST", f"/api/friends/requests/{NOWHERE}/reject"),
        ("DELETE", f"/api/friends/requests/{NOWHERE}"),
        ("GET", "/api/users/search?q=x"),
        ("GET", "/api/users/me/blocked"),
        ("POST", f"/api/users/{NOWHERE}/block"),
        ("DELETE", f"/api/users/{NOWHERE}/block"),
        ("DELETE", "/api/users/me"),
        ("GET", "/api/messages/conversations"),
        ("GET", f"/api/messages/private/{NOWHERE}"),
        ("POST", f"/api/messages/private/{NOWHERE}"),
    ],
)
def test_without_a_session_nothing_is_said(client: FlaskClient, method: str, path: str) -> None:
    assert client.open(path, method=method, json={}).status_code == 401


def test_the_preference_decides_who_may_write(target: Browser, browser: Callable[[str], Browser]) -> None:
    stranger = browser("somebody")
    path = f"/api/messages/private/{target.id}"
    assert stranger.status("POST", path, {"body": "hello"}) == 403
    assert target.status("PATCH", "/api/users/me", {"preferences": {"private_messages": "everyone"}}) == 200
    assert stranger.status("POST", path, {"body": "hello"}) == 201
    assert target.status("PATCH", "/api/users/me", {"preferences": {"private_messages": "friends", "theme": "dark"}}) == 200
    assert stranger.status("POST", path, {"body": "hello"}) == 403
    for wrong in ("nobody", "", True, 1):
        status, answer = target.ask("PATCH", "/api/users/me", {"preferences": {"private_messages": wrong}})
        assert (status, list(answer["error"]["fields"])) == (422, ["preferences"])


def test_an_account_ends_with_its_password_and_its_name_is_free(app: Flask) -> None:
    Browser(app, "admin", PASSWORD)  # the first account is the administrator
    target = Browser(app, "target", PASSWORD)
    room = target.ask("POST", "/api/chat-rooms", {"name": "Mine"})[1]["room"]["id"]
    assert target.status("DELETE", "/api/users/me", {"password": "wrong password 7"}) == 422
    other_browser = app.test_client()
    other_browser.post("/api/auth/login", json={"username": "target", "password": PASSWORD})
    assert target.status("DELETE", "/api/users/me", {"password": PASSWORD}) == 204
    assert target.status("GET", "/api/auth/me") == 401
    assert other_browser.get("/api/auth/me").status_code == 401
    again = app.test_client().post("/api/auth/login", json={"username": "target", "password": PASSWORD})
    assert again.status_code == 401
    heir = Browser(app, "target", PASSWORD)
    assert heir.id != target.id
    assert heir.status("GET", f"/api/users/{target.id}") == 404
    assert heir.ask("GET", "/api/messages/conversations")[1]["items"] == []
    assert heir.status("POST", f"/api/chat-rooms/{room}/join", {}) == 200


def test_an_account_ends_without_a_body_right_after_signing_in_and_not_later(app: Flask) -> None:
    Browser(app, "admin", PASSWORD)  # the first account is the administrator
    late, soon = Browser(app, "late", PASSWORD), Browser(app, "soon", PASSWORD)
    assert soon.client.delete("/api/users/me").status_code == 204
    assert soon.status("GET", "/api/users/me") == 401
    with late.client.session_transaction("/api/") as session:
        session["signed_in_at"] -= 3_600_000
    assert late.client.delete("/api/users/me").status_code == 422
    assert late.ask("GET", "/api/users/me")[1]["user"]["username"] == "late"


@pytest.mark.parametrize(
    "path",
    [
        "/api/friends?cursor=x",
        "/api/friends?limit=0",
        "/api/friends/requests?direction=sideways",
        "/api/friends/requests?cursor=AAAA",
        "/api/users/search",
        "/api/users/search?q=",
        "/api/users/search?q=%20",
        "/api/users/search?q=a&cursor=!!",
        "/api/users/me/blocked?cursor=x",
        "/api/messages/conversations?cursor=AAAA",
        f"/api/messages/private/{NOWHERE}?limit=1000",
    ],
)
def test_a_wrong_query_names_the_parameter(target: Browser, path: str) -> None:
    status, answer = target.ask("GET", path)
    assert (status, answer["error"]["code"]) == (422, "validation_failed")


def test_lists_are_walked_by_their_cursors(target: Browser, browser: Callable[[str], Browser]) -> None:
    people = [browser(f"person{number}") for number in range(3)]
    for person in people:
        befriend(person, target)
        person.status("POST", f"/api/messages/private/{target.id}", {"body": person.name})
        assert target.status("POST", "/api/chat-rooms", {"name": f"Room of {person.name}"}) == 201

    def walk(path: str) -> list[Any]:
        items: list[Any] = []
        cursor = ""
        while True:
            page = target.ask("GET", f"{path}{'&' if '?' in path else '?'}limit=1{cursor}")[1]
            items += page["items"]
            if page["next"] is None:
                return items
            cursor = f"&cursor={page['next']}"

    assert [item["user"]["username"] for item in walk("/api/friends")] == [person.name for person in people]
    assert [item["username"] for item in walk("/api/users/search?q=person")] == [person.name for person in people]
    conversations = walk("/api/messages/conversations")
    assert len({item["room"]["id"] for item in conversations}) == len(conversations) == 6
    moments = [item["last_message"]["created_at"] for item in conversations]
    assert moments == sorted(moments, reverse=True)
    for person in people:
        target.status("POST", f"/api/users/{person.id}/block")
    assert [item["user"]["username"] for item in walk("/api/users/me/blocked")] == [person.name for person in people]
