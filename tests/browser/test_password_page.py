"""An e-mail address and a forgotten password on the page, with the mails that a real server gets."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.inbox import Inbox, smtp_server
from tests.support.pages import Window
from tests.support.people import unique
from tests.support.server import PASSWORD, Server

NEW = "another good one 8"


@pytest.fixture(scope="module")
def inbox() -> Iterator[Inbox]:
    """The mailbox of everybody."""
    kept = Inbox()
    with smtp_server(kept):
        yield kept


@pytest.fixture(scope="module")
def site(inbox: Inbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that sends real mails."""
    mail = {"MAIL_BACKEND": "smtp", "SMTP_URL": f"smtp://{inbox.address}", "MAIL_FROM": "Lab <lab@example.org>"}
    with Server(tmp_path_factory.mktemp("mailing"), **mail) as running:
        yield running
    assert "Traceback" not in running.output, running.output


@pytest.fixture(autouse=True)
def empty(inbox: Inbox) -> None:
    inbox.mails.clear()


def sign_up(page: Page, name: str, email: str = "") -> None:
    page.get_by_text("Create an account").click()
    page.get_by_label("Username").fill(name)
    page.get_by_label("E-mail (optional)").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("link", name=re.compile("Lobby"))).to_be_visible()


def test_an_address_from_sign_up_is_confirmed_and_brings_back_a_forgotten_password(window: Window, inbox: Inbox) -> None:
    name = unique("ann")
    page = window()
    sign_up(page, name, f"{name}@example.org")
    page.goto("/account")
    card = page.get_by_role("region", name="E-mail address")
    expect(card).to_contain_text("Not confirmed")

    elsewhere = window(inbox.link("/verify-email", 1))
    expect(elsewhere.get_by_role("status")).to_have_text("The address is confirmed.")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(card).to_contain_text("Confirmed.")

    elsewhere.goto("/sign-in")
    elsewhere.get_by_role("link", name="Forgot your password?").click()
    elsewhere.get_by_label("Username or e-mail address").fill(f"{name}@example.org")
    elsewhere.get_by_role("button", name="Mail me a link").click()
    expect(elsewhere.get_by_role("status")).to_contain_text("a mail with a link is on its way")
    setting = inbox.link("/reset-password", 2)
    elsewhere.goto(setting)
    elsewhere.get_by_label("New password").fill(NEW)
    elsewhere.get_by_role("button", name="Set the password").click()

    elsewhere.get_by_label("Username").fill(name)
    elsewhere.get_by_label("Password", exact=True).fill(NEW)
    elsewhere.get_by_role("button", name="Sign in").click()
    expect(elsewhere.get_by_role("link", name=re.compile("Lobby"))).to_be_visible()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.goto(setting)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("alert")).to_have_text("This link has expired or was used. Ask for a new one.")


def test_an_address_is_added_changed_and_removed_in_the_account(window: Window, inbox: Inbox) -> None:
    page = window(locale="zh-CN")
    name = unique("wang")
    page.get_by_text("English").click()
    sign_up(page, name)
    page.goto("/account")
    card = page.get_by_role("region", name="E-mail address")
    card.get_by_role("button", name="Add an address").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("E-mail address").fill("nonsense")
    dialog.get_by_label("Current password").fill(PASSWORD)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("Give an e-mail address such as")
    dialog.get_by_label("E-mail address").fill(f"{name}@example.org")
    dialog.get_by_label("Current password").fill("a wrong one 5")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("This is not your password.")
    dialog.get_by_label("Current password").fill(PASSWORD)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(card).to_contain_text(f"{name}@example.org")

    first = inbox.link("/verify-email", 1)
    card.get_by_role("button", name="Send the link again").click()
    assert inbox.link("/verify-email", 2) != first
    page.goto(first)
    expect(page.get_by_role("status")).to_have_text("The address is confirmed.")
    page.get_by_role("link", name="Go to the account settings").click()
    expect(card).to_contain_text("Confirmed.")
    card.get_by_role("button", name="Remove the address").click()
    dialog.get_by_label("Current password").fill(PASSWORD)
    dialog.get_by_role("button", name="Remove the address").click()
    expect(card).to_contain_text("Without one")
