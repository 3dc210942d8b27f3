"""What a browser says of the page that sent a request, and whether that page is ours."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from blueprints.security import is_foreign
from tests.support.platforms import application
from tests.support.server import Server

HOST = "lab.example:5000"
ALLOWED = frozenset({"https://dashboard.example"})


@pytest.mark.parametrize(
    ("origin", "fetch_site", "foreign"),
    [
        # A script or a device: no browser, nobody's cookies.
        (None, None, False),
        ("http://lab.example:5000", None, False),
        ("https://LAB.example:5000", None, False),
        ("http://lab.example:5000", "same-origin", False),
        (None, "same-origin", False),
        (None, "Same-Origin", False),
        (None, "none", False),
        (None, "cross-site", True),
        (None, "CROSS-SITE", True),
        (None, "same-site", True),
        (None, "cross-site, same-origin", True),
        # Another port of the same machine is the same site and another page.
        ("http://lab.example:8080", "same-site", True),
        ("http://lab.example:8080", None, True),
        # Our own address over another scheme than ours: the browser knows, the address alone does not tell.
        ("http://lab.example:5000", "cross-site", True),
        ("http://lab.example:5000", "same-site", True),
        ("ftp://lab.example:5000", None, True),
        ("lab.example:5000", None, True),
        ("http://lab.example:5000.elsewhere.example", None, True),
        ("http://someone@lab.example:5000", None, True),
        ("https://elsewhere.example", "same-origin", True),
        ("null", None, True),
        ("", None, True),
        ("http://[::1", None, True),
        ("http://[zz", None, True),
        ("https://dashboard.example", "cross-site", False),
        ("https://Dashboard.example", "same-site", False),
        ("https://dashboard.example", None, False),
        ("http://dashboard.example", "cross-site", True),
    ],
)
def test_only_our_own_pages_and_those_of_allowed_sites_may(origin: str | None, fetch_site: str | None, foreign: bool) -> None:
    assert is_foreign(origin, fetch_site, HOST, ALLOWED) is foreign


def test_a_request_without_a_host_has_no_own_page() -> None:
    assert is_foreign("http://", None, "", ALLOWED)
    assert is_foreign("null", None, "", ALLOWED)


def test_a_page_of_an_allowed_site_may_sign_in(tmp_path: Path) -> None:
    somebody = {"username": "alice", "password": "correct horse 7"}
    headers = {"Origin": "https://dashboard.example", "Sec-Fetch-Site": "cross-site"}
    with application(tmp_path, ALLOWED_ORIGINS="https://dashboard.example") as app:
        client = app.test_client()
        answer = client.post("/api/auth/register", json=somebody, headers=headers)
        assert answer.status_code == 201
        assert answer.headers["Access-Control-Allow-Origin"] == "https://dashboard.example"
        assert client.post("/api/auth/logout", headers={"Origin": "https://other.example"}).status_code == 403


@pytest.fixture(scope="module")
def two_sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server that the pages of two other sites may use."""
    origins = "https://dashboard.example, http://[::1]:3000"
    with Server(tmp_path_factory.mktemp("cors"), ALLOWED_ORIGINS=origins, WORKER="0") as server:
        yield server.url


def shown_to(answer: requests.Response) -> dict[str, str]:
    """What an answer says of who may read it."""
    return {name: value for name, value in answer.headers.items() if name.startswith("Access-Control")}


@pytest.mark.parametrize("origin", ["https://dashboard.example", "https://Dashboard.example", "http://[::1]:3000"])
@pytest.mark.parametrize(("path", "status"), [("/healthz", 200), ("/api/auth/me", 401), ("/api/nowhere", 404)])
def test_pages_of_allowed_sites_read_every_answer_with_cookies(two_sites: str, origin: str, path: str, status: int) -> None:
    answer = requests.get(two_sites + path, headers={"Origin": origin}, timeout=10)
    assert answer.status_code == status
    assert shown_to(answer) == {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true"}
    assert "Origin" in answer.headers["Vary"].split(", ")


def test_a_browser_that_asks_first_is_told_what_it_may_send(two_sites: str) -> None:
    asked = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "content-type, x-evil"}
    answer = requests.options(two_sites + "/api/users/me", headers={"Origin": "http://[::1]:3000", **asked}, timeout=10)
    assert answer.ok
    told = shown_to(answer)
    assert told["Access-Control-Allow-Origin"] == "http://[::1]:3000"
    assert set(told["Access-Control-Allow-Methods"].split(", ")) == {"GET", "POST", "PUT", "PATCH", "DELETE"}
    assert told["Access-Control-Allow-Headers"] == "content-type"


@pytest.mark.parametrize(
    "origin",
    [
        "https://elsewhere.example", "https://dashboard.example.evil", "https://dashboard.example:8443", "http://dashboard.example",
        "https://dashboardXexample", "http://:", "http://1:3000", "null", None,
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_nobody_else_reads_anything(two_sites: str, origin: str | None, method: str) -> None:
    headers = {"Access-Control-Request-Method": "POST"} | ({} if origin is None else {"Origin": origin})
    assert shown_to(requests.request(method, two_sites + "/api/auth/me", headers=headers, timeout=10)) == {}


def test_without_allowed_sites_nobody_else_reads_anything(tmp_path: Path) -> None:
    with Server(tmp_path, WORKER="0") as server:
        answer = requests.get(server.url + "/healthz", headers={"Origin": "https://dashboard.example"}, timeout=10)
    assert shown_to(answer) == {}
