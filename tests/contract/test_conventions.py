"""What holds for every path: one shape of error, of list, of id and of time; sessions; other sites' pages; private things."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.contract.shapes import OWN_USER, USER, assert_shape
from tests.contract.stack import DEFAULT_STACK
from tests.support.devices import Pi
from tests.support.people import Person, unique
from tests.support.server import PASSWORD, Api, Server

pytestmark = DEFAULT_STACK
MakePerson = Callable[..., Person]
NOWHERE = "0" * 24
LISTS = (
    "/api/chat-rooms", "/api/chat-rooms/{room}/members", "/api/chat-rooms/{room}/bans", "/api/chat-rooms/{room}/invitations",
    "/api/messages/room/{room}", "/api/messages/private/{other}", "/api/messages/conversations", "/api/messages/search?q=hello",
    "/api/users/search?q=user", "/api/users/online", "/api/users/me/blocked", "/api/friends", "/api/friends/requests",
    "/api/notifications", "/api/devices", "/api/sensors",
)  # fmt: skip


def check_error(response: requests.Response, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/json"
    error: dict[str, Any] = response.json()["error"]
    assert list(response.json()) == ["error"]
    assert set(error) - {"fields"} == {"code", "message"}
    assert (error["code"], bool(error["message"])) == (code, True)
    assert all(isinstance(reason, str) and reason for reason in error.get("fields", {"": "-"}).values())
    return error


@pytest.fixture
def somebody(person: MakePerson) -> tuple[Person, dict[str, str]]:
    """A person, and the ids of what they have."""
    alice, bob = person(), person()
    pi = Pi(alice)
    sensor = pi.announce("t")["t"]
    pi.close()
    return alice, {"room": alice.room()["id"], "other": bob.id, "sensor": sensor}


def test_every_list_has_items_and_next_and_takes_limits_from_1_to_100(somebody: tuple[Person, dict[str, str]]) -> None:
    alice, ids = somebody
    for template in LISTS:
        path = template.format(**ids)
        page = alice.api.get(path)
        assert isinstance(page["items"], list), path
        assert page["next"] is None or isinstance(page["next"], str), path
        joint = "&" if "?" in path else "?"
        for limit in ("1", "100"):
            assert len(alice.api.get(f"{path}{joint}limit={limit}")["items"]) <= int(limit)
        for limit in ("0", "101", "-1", "1.5", "x", ""):
            error = check_error(alice.api.call("GET", f"{path}{joint}limit={limit}"), 422, "validation_failed")
            assert list(error["fields"]) == ["limit"], path


def test_a_cursor_of_another_list_is_refused_or_read_and_never_a_server_error(somebody: tuple[Person, dict[str, str]]) -> None:
    alice, ids = somebody
    alice.room()
    cursor = alice.api.get("/api/chat-rooms?limit=1")["next"]
    for template in LISTS:
        path = template.format(**ids)
        for odd in (cursor, "", "null", "é", "A" * 600):
            answer = alice.api.call("GET", path, params={"cursor": odd})
            if answer.status_code != 200:
                assert list(check_error(answer, 422, "validation_failed")["fields"]) == ["cursor"], path


def test_a_page_gives_fifty_unless_told_otherwise(person: MakePerson) -> None:
    alice = person()
    room = alice.room()["id"]
    for _ in range(51):
        alice.api.post(f"/api/messages/room/{room}", {"body": "hello"}, expect=201)
    page = alice.api.get(f"/api/messages/room/{room}")
    assert [len(page["items"]), page["items"][0]["seq"], page["items"][-1]["seq"]] == [50, 3, 52]
    older = alice.api.get(f"/api/messages/room/{room}?before_seq={page['next']}")
    assert ([message["seq"] for message in older["items"]], older["next"]) == ([1, 2], None)


def test_an_id_that_is_no_id_is_not_found(person: MakePerson) -> None:
    alice = person()
    for wrong in ("x", "0" * 23, "0" * 25, "Z" * 24, NOWHERE, "%00", "..", "é" * 24):
        for path in (
            "/api/chat-rooms/{}",
            "/api/users/{}",
            "/api/sensors/{}",
            "/api/devices/{}",
            "/api/jobs/{}",
            "/api/messages/{}",
        ):
            answer = alice.api.call("GET", path.format(wrong))
            if wrong == "..":
                continue  # clients resolve it before they ask
            check_error(answer, 404, "not_found")
        check_error(alice.api.call("GET", f"/api/messages/room/{wrong}"), 404, "not_found")


def test_a_post_that_needs_nothing_needs_no_body(person: MakePerson) -> None:
    alice, bob = person(), person()
    room = alice.room()["id"]
    for path, status in (
        (f"/api/chat-rooms/{room}/join", 200), (f"/api/chat-rooms/{room}/leave", 204), (f"/api/users/{alice.id}/block", 204),
        ("/api/notifications/read-all", 204), ("/api/auth/logout", 204),
    ):  # fmt: skip
        bob.api.call("POST", path, status)
    check_error(bob.api.call("POST", "/api/auth/login"), 422, "validation_failed")
    check_error(bob.api.call("POST", "/api/auth/login", data="x"), 415, "unsupported_media_type")


def test_a_user_of_the_contract(person: MakePerson) -> None:
    alice, bob = person(email=f"{unique('mail')}@example.org"), person()
    for own in (
        alice.user,
        alice.api.get("/api/users/me")["user"],
        alice.api.call("PATCH", "/api/users/me", json={}).json()["user"],
    ):
        assert_shape(own, OWN_USER)
    login = Api(alice.api.url).post("/api/auth/login", {"email": alice.user["email"], "password": PASSWORD}, expect=200)
    assert_shape(login.json()["user"], OWN_USER)
    shown = bob.api.get(f"/api/users/{alice.id}")["user"]
    assert_shape(shown, USER)
    assert not {"email", "email_verified", "preferences", "password_hash"} & set(shown)
    found = bob.api.get("/api/users/search", params={"q": alice.user["username"].upper()})["items"]
    assert [each["id"] for each in found] == [alice.id]
    for each in [*found, *bob.api.get("/api/users/online")["items"]]:
        assert_shape(each, USER)
        assert "email" not in each


def test_the_session_is_a_cookie_that_scripts_cannot_read_and_other_sites_cannot_use(server: Server) -> None:
    api = Api(server.url)
    made = api.post("/api/auth/register", {"username": unique(), "password": PASSWORD}, expect=201)
    attributes = made.headers["Set-Cookie"].lower()
    assert "httponly" in attributes
    assert "samesite=lax" in attributes
    assert "path=/" in attributes
    out = api.post("/api/auth/logout", expect=204)
    assert out.content == b""
    check_error(api.call("GET", "/api/auth/me"), 401, "authentication_required")
    check_error(
        api.post("/api/auth/login", {"username": made.json()["user"]["username"], "password": "x"}), 401, "invalid_credentials"
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1"}, {"Origin": ""},
        {"Origin": "http://[::1"}, {"Origin": "http://[zz", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)  # fmt: skip
def test_another_sites_page_changes_nothing(person: MakePerson, headers: dict[str, str]) -> None:
    alice = person()
    room = alice.room()["id"]
    for method, path, body in (
        ("POST", "/api/chat-rooms", {"name": "Forged"}), ("PATCH", f"/api/chat-rooms/{room}", {"name": "Forged"}),
        ("DELETE", f"/api/chat-rooms/{room}", {}), ("PUT", f"/api/chat-rooms/{room}/muted", {"muted": True}),
        ("POST", "/api/auth/logout", {}),
    ):  # fmt: skip
        check_error(alice.api.call(method, path, json=body, headers=headers), 403, "cross_origin")
    shown = alice.api.get(f"/api/chat-rooms/{room}", headers=headers)["room"]
    assert (shown["name"] != "Forged", shown["membership"]["muted"]) == (True, False)


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "http://[::1", "http://[zz", "null"])
def test_another_sites_page_gets_no_connection(server: Server, origin: str) -> None:
    for transport in ("polling", "websocket"):
        url = f"{server.url}/socket.io/?EIO=4&transport={transport}"
        assert requests.get(url, headers={"Origin": origin}, timeout=10).status_code == 400


@pytest.mark.parametrize(
    ("name", "password", "fields"),
    [
        ("x y", PASSWORD, ["username"]), ("\0", PASSWORD, ["username"]), ("a", PASSWORD, ["username"]),
        ("<b>", PASSWORD, ["username"]), ("n" * 33, PASSWORD, ["username"]), ("nobody@", PASSWORD, ["username"]),
        ("no body@lab.example.org", PASSWORD, ["username"]), ("nobody", "", ["password"]), ("nobody", "p" * 257, ["password"]),
        ("x y", "", ["username", "password"]),
    ],
)  # fmt: skip
def test_a_name_or_password_that_nobody_can_have_is_told_apart_from_a_wrong_one(
    server: Server, name: str, password: str, fields: list[str]
) -> None:
    refused = Api(server.url).post("/api/auth/login", {"username": name, "password": password})
    assert sorted(check_error(refused, 422, "validation_failed")["fields"]) == sorted(fields)


def test_wrong_credentials_are_one_answer_for_any_reason(person: MakePerson, server: Server) -> None:
    name = person().user["username"]
    answers = [
        check_error(Api(server.url).post("/api/auth/login", {"username": who, "password": password}), 401, "invalid_credentials")
        for who, password in (
            (name, "wrong"),
            (name, "x"),
            (name, "\0"),
            ("nobody-here", PASSWORD),
            ("nobody@lab.example.org", PASSWORD),
        )
    ]
    assert all(answer == answers[0] for answer in answers)
    Api(server.url).post("/api/auth/login", {"username": f" {name.upper()} ", "password": PASSWORD}, expect=200)


@pytest.mark.parametrize("number", [2**53, -(2**53), 2**63, -(2**63) - 1, 10**300])
def test_a_whole_number_that_cannot_be_kept_exactly_is_refused(person: MakePerson, number: int) -> None:
    alice = person()
    answer = alice.api.call("PATCH", "/api/users/me", json={"preferences": {"font_size": number}})
    assert check_error(answer, 422, "validation_failed")["fields"]
    kept = {"font_size": 2**53 - 1, "zoom": 1.5, "compact": True}
    assert alice.api.call("PATCH", "/api/users/me", 200, json={"preferences": kept}).json()["user"]["preferences"] == kept


@pytest.mark.parametrize("path", ["/api/sensors", "/api/chat-rooms", "/api/users/search", "/api/messages/search"])
def test_what_is_no_text_is_not_looked_for(person: MakePerson, path: str) -> None:
    alice = person()
    for q in ("%00", "a%00b"):
        answer = alice.api.call("GET", f"{path}?q={q}")
        assert answer.status_code in (200, 422), path
    if path in ("/api/sensors", "/api/chat-rooms"):
        assert "q" in check_error(answer, 422, "validation_failed")["fields"]


def test_ones_own_page_may(person: MakePerson, server: Server) -> None:
    alice = person()
    for headers in ({"Origin": server.url}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
        alice.api.post("/api/chat-rooms", {"name": unique("Room ")}, expect=201, headers=headers)


def test_a_private_room_does_not_exist_for_those_outside_whatever_they_try(person: MakePerson) -> None:
    alice, bob = person(), person()
    room = alice.room(visibility="private")["id"]
    message = alice.api.post(f"/api/messages/room/{room}", {"body": "secret"}, expect=201).json()["message"]["id"]
    other = {"user_id": alice.id}
    for method, path, body in (
        ("GET", f"/api/chat-rooms/{room}", None), ("PATCH", f"/api/chat-rooms/{room}", {"name": "x"}),
        ("DELETE", f"/api/chat-rooms/{room}", {}), ("POST", f"/api/chat-rooms/{room}/join", {}),
        ("POST", f"/api/chat-rooms/{room}/leave", {}), ("GET", f"/api/chat-rooms/{room}/members", None),
        ("POST", f"/api/chat-rooms/{room}/kick", other), ("GET", f"/api/chat-rooms/{room}/bans", None),
        ("POST", f"/api/chat-rooms/{room}/bans", other), ("POST", f"/api/chat-rooms/{room}/invitations", other),
        ("GET", f"/api/chat-rooms/{room}/export?format=txt", None), ("GET", f"/api/messages/room/{room}", None),
        ("POST", f"/api/messages/room/{room}", {"body": "x"}), ("PATCH", f"/api/messages/{message}", {"body": "x"}),
        ("DELETE", f"/api/messages/{message}", {}), ("PUT", f"/api/messages/{message}/reactions/👍", {}),
        ("DELETE", f"/api/messages/{message}/reactions/👍", {}),
    ):  # fmt: skip
        check_error(bob.api.call(method, path, json=body), 404, "not_found")
    for event, payload in (
        ("join_chat_room", {"room_id": room}), ("typing_start", {"room_id": room}), ("mark_read", {"room_id": room, "seq": 1}),
        ("send_message", {"room_id": room, "body": "x", "client_id": "1"}), ("edit_message", {"id": message, "body": "x"}),
        ("delete_message", {"id": message}), ("react", {"id": message, "emoji": "👍", "on": True}),
    ):  # fmt: skip
        assert bob.live.refused(event, payload) == "not_found", event
    assert room not in [each["id"] for each in bob.api.get("/api/chat-rooms?limit=100")["items"]]
    assert bob.api.get(f"/api/messages/search?q=secret&room_id={room}", expect=None).get("items", []) == []
