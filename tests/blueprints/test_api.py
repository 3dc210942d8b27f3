"""What every route does with bad input, and what the conventions of the contract promise."""

import pytest
from flask.testing import FlaskClient

from services.leases import Leaseholder
from services.telemetry.aggregation import LEASE
from tests.support.server import PASSWORD

NOWHERE = "0" * 24
# The documents, and what InfluxDB's clients ask before they write: the answers are the same for everyone.
OPEN = (
    "/api/openapi.json", "/api/asyncapi.json", "/api/docs", "/api/ping", "/api/health", "/api/ready", "/api/query",
    "/api/devices/client", "/api/devices/client/<string:name>",
)  # fmt: skip


@pytest.fixture
def signed_in(client: FlaskClient) -> FlaskClient:
    client.post("/api/auth/register", json={"username": "alice", "password": PASSWORD})
    return client


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "invalid_request"),
        (b"", "application/json", 400, "invalid_request"),
        (b"\xff\xfe", "application/json", 400, "invalid_request"),
        (b'{"name": "\\ud800"}', "application/json", 400, "invalid_request"),
        (b"[" * 100_000, "application/json", 400, "invalid_request"),
        (b"null", "application/json", 400, "invalid_request"),
        (b"[]", "application/json", 400, "invalid_request"),
        (b'"text"', "application/json", 400, "invalid_request"),
        (b"{}", "text/plain", 415, "unsupported_media_type"),
        (b"name=x", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b"{}", "application/json", 422, "validation_failed"),
        (b'{"name": 5}', "application/json", 422, "validation_failed"),
        (b'{"name": "x", "capacity": NaN}', "application/json", 422, "validation_failed"),
        (b'{"name": "x", "capacity": 1e999}', "application/json", 422, "validation_failed"),
        (b'{"name": "x", "capacity": "7"}', "application/json", 422, "validation_failed"),
        (b'{"name": "x", "capacity": 99999999999999999999}', "application/json", 422, "validation_failed"),
        (b'{"name": "x", "nope": 1}', "application/json", 422, "validation_failed"),
        (b'{"name": "' + b"x" * 1_100_000 + b'"}', "application/json", 413, "too_large"),
    ],
)
def test_a_bad_body_gets_the_contracts_error(
    signed_in: FlaskClient, body: bytes, content_type: str, status: int, code: str
) -> None:
    response = signed_in.post("/api/chat-rooms", data=body, content_type=content_type)
    assert (response.status_code, response.get_json()["error"]["code"]) == (status, code)
    assert signed_in.post("/api/chat-rooms", json={"name": "fine"}).status_code == 201


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=abc", "limit=1&limit=2", "cursor=%00", "cursor=!!!", "cursor=AAAA", "nope=1", "limit=1e2"],
)
def test_a_bad_query_names_the_parameter(signed_in: FlaskClient, query: str) -> None:
    response = signed_in.get(f"/api/chat-rooms?{query}")
    assert (response.status_code, response.get_json()["error"]["code"]) == (422, "validation_failed")
    assert list(response.get_json()["error"]["fields"]) == [query.partition("=")[0]]


def test_what_is_not_there_is_not_found_and_a_wrong_method_says_which_are_right(signed_in: FlaskClient) -> None:
    for path in (f"/api/chat-rooms/{NOWHERE}", "/api/chat-rooms/xyz", "/api/nothing", f"/api/users/{NOWHERE}", "/api"):
        response = signed_in.get(path + "/" if path == "/api" else path)
        assert (response.status_code, response.get_json()["error"]["code"]) == (404, "not_found"), path
    for method in ("GET", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"):
        response = signed_in.open("/api/nothing", method=method)
        assert (response.status_code, response.get_json()["error"]["code"]) == (404, "not_found"), method
    for method, path, allowed in (
        ("PUT", "/api/auth/me", {"GET", "HEAD", "OPTIONS"}), ("GET", "/api/auth/login", {"POST", "OPTIONS"}),
        ("PUT", "/api/auth/login", {"POST", "OPTIONS"}), ("GET", f"/api/chat-rooms/{NOWHERE}/join", {"POST", "OPTIONS"}),
        ("DELETE", "/healthz", {"GET", "HEAD", "OPTIONS"}),
    ):  # fmt: skip
        wrong = signed_in.open(path, method=method)
        assert (wrong.status_code, wrong.get_json()["error"]["code"]) == (405, "invalid_request"), path
        assert set(wrong.headers["Allow"].split(", ")) == allowed, path
    assert signed_in.options("/api/auth/login").status_code == 200


def test_nothing_but_signing_in_and_health_is_open_to_strangers(client: FlaskClient) -> None:
    for rule in client.application.url_map.iter_rules():
        path = rule.rule.replace("<id:", "<")
        if not path.startswith("/api/") or path in OPEN:
            continue
        if path.startswith("/api/auth/") and path not in ("/api/auth/me", "/api/auth/change-password"):
            continue
        for name in rule.arguments:
            path = path.replace(f"<{name}>", NOWHERE)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            response = client.open(path, method=method, json={} if method != "GET" else None)
            assert response.status_code == 401, f"{method} {path}: {response.status_code}"


def test_rooms_are_paged_in_order_without_loss(signed_in: FlaskClient) -> None:
    names = [f"Room {number:02d}" for number in range(7)]
    for name in reversed(names):
        signed_in.post("/api/chat-rooms", json={"name": name})
    seen: list[str] = []
    path = "/api/chat-rooms?q=ROOM&limit=3"
    while True:
        page = signed_in.get(path).get_json()
        seen += [room["name"] for room in page["items"]]
        if page["next"] is None:
            break
        path = f"/api/chat-rooms?q=ROOM&limit=3&cursor={page['next']}"
    assert seen == names


def test_history_pages_both_ways(signed_in: FlaskClient) -> None:
    room = signed_in.post("/api/chat-rooms", json={"name": "Talk"}).get_json()["room"]["id"]
    for number in range(9):
        signed_in.post(f"/api/messages/room/{room}", json={"body": str(number)})

    def seqs(query: str) -> list[int]:
        return [m["seq"] for m in signed_in.get(f"/api/messages/room/{room}?{query}").get_json()["items"]]

    assert seqs("limit=3") == [8, 9, 10]
    assert seqs("before_seq=8&limit=3") == [5, 6, 7]
    assert seqs("after_seq=2&limit=3") == [3, 4, 5]
    assert seqs("after_seq=10") == []
    assert seqs("before_seq=1") == []
    assert seqs("after_seq=2&before_seq=5") == [3, 4]


def test_the_lobby_is_there_from_the_start(signed_in: FlaskClient) -> None:
    rooms = signed_in.get("/api/chat-rooms").get_json()["items"]
    assert [(room["name"], room["visibility"], room["membership"]) for room in rooms] == [("Lobby", "public", None)]


def test_a_message_to_a_message_of_another_room_is_refused(signed_in: FlaskClient) -> None:
    here, there = (signed_in.post("/api/chat-rooms", json={"name": name}).get_json()["room"]["id"] for name in ("Here", "There"))
    message = signed_in.post(f"/api/messages/room/{here}", json={"body": "hello"}).get_json()["message"]
    reply = signed_in.post(f"/api/messages/room/{here}", json={"body": "hi", "reply_to": message["id"]})
    assert reply.get_json()["message"]["reply_to"] == message["id"]
    stray = signed_in.post(f"/api/messages/room/{there}", json={"body": "hi", "reply_to": message["id"]})
    assert (stray.status_code, list(stray.get_json()["error"]["fields"])) == (422, ["reply_to"])


def test_a_last_member_may_leave_and_an_owner_passes_the_room_on(client: FlaskClient) -> None:
    other = client.application.test_client()
    client.post("/api/auth/register", json={"username": "alice", "password": PASSWORD})
    bob = other.post("/api/auth/register", json={"username": "bob", "password": PASSWORD}).get_json()["user"]["id"]
    room = client.post("/api/chat-rooms", json={"name": "Mine"}).get_json()["room"]["id"]
    other.post(f"/api/chat-rooms/{room}/join")
    assert client.post(f"/api/chat-rooms/{room}/leave").status_code == 204
    shown = other.get(f"/api/chat-rooms/{room}").get_json()["room"]
    assert (shown["owner_id"], shown["member_count"], shown["membership"]["role"]) == (bob, 1, "owner")
    assert other.post(f"/api/chat-rooms/{room}/leave").status_code == 204
    assert other.post(f"/api/chat-rooms/{room}/leave").status_code == 404


def test_health_readiness_metrics_and_the_documents_are_served(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}
    not_yet = client.get("/readyz")
    assert (not_yet.status_code, not_yet.get_json()["checks"]) == (503, {"database": True, "worker": False})
    worker = Leaseholder(LEASE, "a worker somewhere")
    assert worker.acquire()
    assert client.get("/readyz").status_code == 200
    worker.release()
    assert client.get("/readyz").status_code == 503
    assert client.get("/metrics").status_code == 200
    assert client.get("/api/openapi.json").get_json()["openapi"].startswith("3.1")
    asyncapi = client.get("/api/asyncapi.json").get_json()
    assert "send_message" in asyncapi["channels"]["people"]["messages"]
    assert "/api/auth/login" in client.get("/api/docs").get_data(as_text=True)


def test_a_room_may_name_no_topic_and_not_one_that_is_not_there(signed_in: FlaskClient) -> None:
    assert signed_in.post("/api/chat-rooms", json={"name": "Bench", "topic_id": None}).status_code == 201
    refused = signed_in.post("/api/chat-rooms", json={"name": "Bench", "topic_id": NOWHERE})
    assert (refused.status_code, list(refused.get_json()["error"]["fields"])) == (422, ["topic_id"])
