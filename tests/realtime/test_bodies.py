"""How a body comes is the client's affair: whole, in chunks, or not at all. Each server beneath the stacks reads it itself."""

from collections.abc import Iterable
from typing import Any

from tests.support.people import unique
from tests.support.server import Api, Server, register

JSON = {"Content-Type": "application/json"}


def post(api: Api, path: str, parts: Iterable[bytes] | None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    answer = api.call("POST", path, data=None if parts is None else iter(parts), headers=headers or {})
    return answer.status_code, answer.json().get("error", {}).get("code") if answer.content else None


def test_a_body_in_chunks_is_read_to_its_end(server: Server) -> None:
    api = register(server.url, unique())
    for _ in range(2):  # on one connection
        assert post(api, "/api/chat-rooms", [b'{"name":', b'"In parts"}'], JSON) == (201, None)
    assert post(api, "/api/chat-rooms", [b'{"name":'], JSON) == (400, "invalid_request")
    assert post(api, "/api/chat-rooms", [b'{"name":"', *[b"x" * 100_000] * 11, b'"}'], JSON) == (413, "too_large")
    assert api.call("GET", "/api/auth/me").status_code == 200


def test_a_request_without_a_body_says_nothing_and_needs_no_type(server: Server) -> None:
    api, other = register(server.url, unique()), register(server.url, unique())
    room = api.post("/api/chat-rooms", {"name": "Open"}, expect=201).json()["room"]["id"]
    assert post(other, f"/api/chat-rooms/{room}/join", None) == (200, None)
    assert post(other, f"/api/chat-rooms/{room}/leave", None) == (204, None)
    assert post(other, "/api/chat-rooms", None) == (422, "validation_failed")
    assert post(other, "/api/chat-rooms", [b'{"name":"x"}']) == (415, "unsupported_media_type")
