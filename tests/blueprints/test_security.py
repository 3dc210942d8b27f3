"""What a browser says of the page that sent a request, and whether that page is ours."""

from pathlib import Path

import pytest

from blueprints.security import is_foreign
from tests.support.platforms import application

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
