"""A real Chromium, and the server that its pages come from."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support.server import Server

# Chromium asks its maker's servers about itself at every start; a test's browser has nobody to ask.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# What a page shows comes when the machine gets to it, and other tests run beside this one.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The installed Chromium, for one module: a process drives one at a time. Without one these tests are skipped, and said."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server as `make run` starts it, with this machine's own sensors, sampled every second."""
    with Server(tmp_path_factory.mktemp("site"), HOST_AGENT="1") as running:
        yield running
    assert "Traceback" not in running.output, running.output


@pytest.fixture
def window(chromium: Browser, site: Server) -> Iterator[Callable[..., Page]]:
    """Opens a page in a browser of its own; afterwards nothing may have gone wrong in it, nor have left this machine."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_window(path: str = "/", **options: Any) -> Page:
        context = chromium.new_context(**{"locale": "en-US", "base_url": site.url, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(f"page error: {error}"))
        page.on("request", lambda request: _check_local(request.url, site.url, problems))
        page.goto(path)
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert problems == []


def _check_local(url: str, own: str, problems: list[str]) -> None:
    if not url.startswith((own, own.replace("http", "ws"), "data:", "blob:")):
        problems.append(f"left the machine: {url}")
