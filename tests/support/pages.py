"""People in real browsers: a page that is signed in, and requests with its session."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from tests.support.people import unique
from tests.support.server import PASSWORD

Window = Callable[..., Page]
"""What the fixture `window` gives: opens a page in a browser of its own."""


def call(page: Page, method: str, path: str, json: Any = None) -> Any:
    """A request with the session of a page; its answer."""
    base = re.match(r"https?://[^/]+", page.url)
    assert base is not None
    answer = page.request.fetch(base[0] + path, method=method, data=json)
    assert answer.ok, f"{method} {path}: {answer.status} {answer.text()[:300]}"
    return answer.json() if answer.text() else None


def person(window: Window, nickname: str, **options: Any) -> Page:
    """A page of somebody with a new account."""
    page = window("/sign-in", **options)
    account = {"username": unique(nickname.split()[0].lower()), "password": PASSWORD, "nickname": nickname}
    call(page, "POST", "/api/auth/register", account)
    return page
