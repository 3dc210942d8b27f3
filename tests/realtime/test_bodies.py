"""How a body comes is the client's affair: whole, in chunks, or not at all. Each server beneath the stacks reads it itself."""

import gzip
import json
from collections.abc import Iterable
from typing import Any

import pytest

from tests.contract.stack import EVERY_MODE
from tests.support.devices import Pi
from tests.support.people import Person, unique
from tests.support.raw import exchange
from tests.support.server import Api, Server, register

JSON = {"Content-Type": "application/json"}


def post(api: Api, path: str, parts: Iterable[bytes] | None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    answer = api.call("POST", path, data=None if parts is None else iter(parts), headers=headers or {})
    return answer.status_code, answer.json().get("error", {}).get("code") if answer.content else None


@EVERY_MODE
def test_a_body_in_chunks_is_read_to_its_end(server: Server) -> None:
    api = register(server.url, unique())
    for _ in range(2):  # on one connection
        assert post(api, "/api/chat-rooms", [b'{"name":', b'"In parts"}'], JSON) == (201, None)
    assert post(api, "/api/chat-rooms", [b'{"name":'], JSON) == (400, "invalid_request")
    assert post(api, "/api/chat-rooms", [b'{"name":"', *[b"x" * 100_000] * 11, b'"}'], JSON) == (413, "too_large")
    assert api.call("GET", "/api/auth/me").status_code == 200


@EVERY_MODE
def test_a_request_without_a_body_says_nothing_and_needs_no_type(server: Server) -> None:
    api, other = register(server.url, unique()), register(server.url, unique())
    room = api.post("/api/chat-rooms", {"name": "Open"}, expect=201).json()["room"]["id"]
    assert post(other, f"/api/chat-rooms/{room}/join", None) == (200, None)
    assert post(other, f"/api/chat-rooms/{room}/leave", None) == (204, None)
    assert post(other, "/api/chat-rooms", None) == (422, "validation_failed")
    assert post(other, "/api/chat-rooms", [b'{"name":"x"}']) == (415, "unsupported_media_type")


FORM = (
    b'--part\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'
    b"time,value\n2026-01-01T00:00:00Z,1\n2026-01-01T00:01:00Z,1234"
)
# Where a text was cut, what came of it can be a text of its own: 12 for 1234.
LINES = b"temperature value=21\ntemperature value=1234"
CSV = b"time,value\n2026-01-01T00:00:00Z,1\n2026-01-01T00:01:00Z,1234"


def cut(url: str, path: str, body: bytes, lost: int, headers: dict[str, str], *, chunked: bool) -> tuple[int, str | None]:
    """POST all but the last `lost` bytes of `body` and end; the status and the error's code."""
    framing = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(len(body))}
    lines = {"Host": url.partition("//")[2], **headers, **framing}
    head = f"POST {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
    sent = body[:-lost]
    data = b"%x\r\n%s\r\n" % (len(sent), sent) if chunked else sent
    status, answer = exchange(url, head.encode() + data)
    error = json.loads(answer)["error"] if answer else None
    return status, error["code"] if isinstance(error, dict) else error


@EVERY_MODE
@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunks"])
def test_a_body_that_is_cut_off_is_refused_and_nothing_of_it_stored(server: Server, chunked: bool) -> None:
    alice = Person(server.url)
    pi = Pi(alice)
    sensor = pi.announce("t")["t"]
    token, cookie = {"Authorization": f"Token {pi.token}"}, {"Cookie": alice.api.cookie}
    csv_type, form_type = {"Content-Type": "text/csv"}, {"Content-Type": "multipart/form-data; boundary=part"}
    rooms, sensors = alice.api.get("/api/chat-rooms"), alice.api.get("/api/sensors")
    refused = (400, "invalid_request")

    def posted(path: str, body: bytes, lost: int, headers: dict[str, str]) -> tuple[int, str | None]:
        return cut(server.url, path, body, lost, headers, chunked=chunked)

    assert posted("/api/write", LINES, 2, token) == refused
    assert posted("/api/write", LINES, len(LINES) - 21, token) == refused
    assert posted("/api/write", gzip.compress(LINES), 2, {**token, "Content-Encoding": "gzip"}) == refused
    assert posted("/api/chat-rooms", b'{"name":"Cut"}    ', 4, {**cookie, **JSON}) == refused
    assert posted(f"/api/sensors/{sensor}/import", CSV, 2, {**cookie, **csv_type}) == refused
    assert posted(f"/api/sensors/{sensor}/import", FORM + b"\r\n--part--\r\n", 15, {**cookie, **form_type}) == refused
    assert posted(f"/api/sensors/{sensor}/import", FORM * 3_000, 15, {**cookie, **form_type}) == refused
    assert alice.api.get("/api/chat-rooms") == rooms
    assert alice.api.get("/api/sensors") == sensors
    assert alice.api.get(f"/api/sensors/{sensor}/readings?resolution=raw")["items"] == []
    pi.close()
    alice.close()
