"""The main job, in a real browser: register, chat with a second browser, watch this machine's sensors with a chart."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.support.people import unique
from tests.support.server import PASSWORD

Window = Callable[..., Page]
# From one browser to the other.
WITHIN_A_SECOND = 1_000


def create_account(page: Page, name: str) -> None:
    page.get_by_role("tab", name="Create account").or_(page.get_by_text("Create an account")).first.click()
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()


def open_lobby(page: Page) -> None:
    page.get_by_role("link", name=re.compile("Lobby")).first.click()
    expect(page.get_by_role("textbox", name="Message")).to_be_visible()


def say(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Message").fill(text)
    page.keyboard.press("Enter")


def test_two_people_chat_and_a_reload_shows_the_history(window: Window) -> None:
    alice, bob = window(), window()
    create_account(alice, unique("alice"))
    create_account(bob, unique("bob"))
    open_lobby(alice)
    open_lobby(bob)
    greeting, answer = unique("Hello from Alice "), unique("你好 from Bob ")
    say(alice, greeting)
    expect(bob.get_by_text(greeting)).to_be_visible(timeout=WITHIN_A_SECOND)
    say(bob, answer)
    expect(alice.get_by_text(answer)).to_be_visible(timeout=WITHIN_A_SECOND)
    alice.reload()
    expect(alice.get_by_text(greeting)).to_be_visible()
    expect(alice.get_by_text(answer)).to_be_visible()
    assert alice.get_by_text(greeting).count() == 1
