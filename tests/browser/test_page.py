"""The main job, in a real browser: register, chat with a second browser, watch this machine's sensors with a chart."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.support.eventually import eventually
from tests.support.people import unique
from tests.support.server import PASSWORD, Server, register

Window = Callable[..., Page]
# From one browser to the other.
WITHIN_A_SECOND = 1_000


def create_account(page: Page, name: str) -> None:
    page.get_by_text("Create an account").click()
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("link", name=re.compile("Lobby"))).to_be_visible()


def open_lobby(page: Page) -> None:
    page.get_by_role("link", name=re.compile("Lobby")).first.click()
    composer = page.get_by_role("textbox", name="Message")
    join = page.get_by_role("button", name="Join", exact=False)
    expect(composer.or_(join).first).to_be_visible()
    if not composer.is_visible():
        join.first.click()
    expect(composer).to_be_visible()


def say(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Message").fill(text)
    page.keyboard.press("Enter")


def spoken(page: Page, text: str) -> Locator:
    return page.get_by_role("main").get_by_text(text, exact=True)


def test_two_people_chat_and_a_reload_shows_the_history(window: Window) -> None:
    alice, bob = window(), window()
    create_account(alice, unique("alice"))
    create_account(bob, unique("bob"))
    open_lobby(alice)
    open_lobby(bob)
    greeting, answer = unique("Hello from Alice "), unique("你好 from Bob ")
    say(alice, greeting)
    expect(spoken(bob, greeting)).to_be_visible(timeout=WITHIN_A_SECOND)
    say(bob, answer)
    expect(spoken(alice, answer)).to_be_visible(timeout=WITHIN_A_SECOND)
    alice.reload()
    expect(spoken(alice, greeting)).to_be_visible()
    expect(spoken(alice, answer)).to_be_visible()
    assert spoken(alice, greeting).count() == 1


def test_the_hosts_own_sensors_change_and_their_chart_draws(window: Window) -> None:
    page = window()
    create_account(page, unique("carol"))
    page.get_by_role("link", name="Live readings").click()
    load = page.get_by_role("link", name=re.compile("CPU use"))
    expect(load).to_be_visible(timeout=20_000)
    first = load.inner_text()
    expect(load).not_to_have_text(first, timeout=20_000)
    load.click()
    chart = page.locator("canvas, svg.marks").first
    expect(chart).to_be_visible(timeout=20_000)
    before = chart.screenshot()
    page.wait_for_timeout(4_000)
    assert chart.screenshot() != before, "the chart moves"


def test_what_was_written_while_the_server_was_down_arrives_when_it_is_back(window: Window, site: Server) -> None:
    page = window()
    create_account(page, unique("dave"))
    open_lobby(page)
    before, meanwhile = unique("before "), unique("meanwhile ")
    say(page, before)
    expect(spoken(page, before)).to_be_visible()
    site.kill()
    say(page, meanwhile)
    expect(page.get_by_text("Reconnecting")).to_be_visible(timeout=20_000)
    site.start()
    expect(page.get_by_text("Reconnecting")).to_be_hidden(timeout=30_000)
    reader = register(site.url, unique("reader"))
    lobby = reader.get("/api/chat-rooms?q=Lobby")["items"][0]["id"]
    reader.post(f"/api/chat-rooms/{lobby}/join")
    history = f"/api/messages/room/{lobby}"
    eventually(lambda: meanwhile in [message["body"] for message in reader.get(history)["items"]], within=20)
    page.reload()
    expect(spoken(page, before)).to_be_visible()
    expect(spoken(page, meanwhile)).to_be_visible(timeout=20_000)
    assert spoken(page, meanwhile).count() == 1


def test_failed_sign_ins_are_told_apart_as_far_as_they_may_be(window: Window) -> None:
    page = window()
    name = unique("erin")
    register(page.url.rstrip("/").partition("/sign")[0], name)
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password", exact=True).fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    wrong_password = page.get_by_role("alert").inner_text()
    page.get_by_label("Username").fill(unique("nobody"))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text(wrong_password)
    page.get_by_text("Create an account").click()
    page.get_by_label("Username").fill("a b")
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_label("Username")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Password", exact=True)).to_have_attribute("data-invalid", "true")


def test_a_chinese_phone_in_the_dark_shows_the_page_in_chinese(window: Window) -> None:
    page = window(locale="zh-CN", color_scheme="dark", viewport={"width": 360, "height": 740})
    expect(page.get_by_role("button", name="登录")).to_be_visible()
    assert page.evaluate("document.documentElement.lang").startswith("zh")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, "nothing sticks out"


def test_a_typed_password_can_be_looked_at_without_a_mouse(window: Window) -> None:
    page = window("/sign-in")
    field = page.get_by_label("Password", exact=True)
    field.fill("correct horse 7")
    field.press("Tab")
    reveal = page.get_by_role("button", name="Show what is typed")
    expect(reveal).to_be_focused()
    reveal.press("Enter")
    expect(field).to_have_attribute("type", "text")
    reveal.press("Space")
    expect(field).to_have_attribute("type", "password")
