"""People and each other on the page: blocks, invitations of one's own, private conversations."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.pages import Window, call, person
from tests.support.people import unique
from tests.support.server import Server, register

# From one browser to the other.
SOON = 20_000
FOLDED = "Message from a person you blocked"


@dataclass(frozen=True)
class Pair:
    """Two people, each with a page, and a public room that both are in."""

    alice: Page
    bob: Page
    alice_id: str
    bob_id: str
    room_id: str

    def say(self, page: Page, body: str, **more: str) -> str:
        message_id: str = call(page, "POST", f"/api/messages/room/{self.room_id}", {"body": body, **more})["message"]["id"]
        return message_id


@pytest.fixture(scope="module", autouse=True)
def administrator(site: Server) -> None:
    """The first account: what the others may do is not what an administrator may."""
    register(site.url, unique("root"))


@pytest.fixture
def pair(window: Window, site: Server) -> Pair:
    alice, bob = person(window, "Alice"), person(window, "Bob Stone")
    hers, his = (call(page, "GET", "/api/auth/me")["user"] for page in (alice, bob))
    room_id = call(alice, "POST", "/api/chat-rooms", {"name": unique("Yard ")})["room"]["id"]
    call(bob, "POST", f"/api/chat-rooms/{room_id}/join", {})
    return Pair(alice, bob, hers["id"], his["id"], room_id)


def composer(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Message", exact=True)


def row(page: Page, text: str) -> Locator:
    return page.locator("[data-row]").filter(has_text=text)


def write(page: Page, text: str) -> None:
    composer(page).fill(text)
    composer(page).press("Enter")


def log(page: Page) -> Locator:
    return page.get_by_role("log")


def test_what_a_blocked_person_says_is_folded_until_it_is_asked_for(pair: Pair, window: Window) -> None:
    said = pair.say(pair.bob, "noise from Bob")
    pair.say(pair.alice, "an answer", reply_to=said)
    call(pair.alice, "POST", f"/api/users/{pair.bob_id}/block")
    for page in (pair.alice, pair.bob):
        page.goto(f"/rooms/{pair.room_id}")
        expect(composer(page)).to_be_visible()
    expect(log(pair.alice).get_by_text("an answer")).to_be_visible()
    expect(log(pair.alice).get_by_text("noise from Bob")).to_have_count(0)
    expect(log(pair.alice).get_by_text(FOLDED)).to_have_count(2)  # itself, and where it is quoted

    bell = pair.alice.get_by_role("button", name=re.compile("^Notifications"))
    carol = person(window, "Carol")
    call(carol, "POST", f"/api/chat-rooms/{pair.room_id}/join", {})
    carol.goto(f"/rooms/{pair.room_id}")
    expect(log(carol).get_by_text("an answer")).to_be_visible()
    composer(pair.bob).fill("@Alice more")
    expect(carol.get_by_text("Bob Stone is writing")).to_be_visible(timeout=SOON)
    expect(pair.alice.get_by_text("is writing")).to_have_count(0)
    composer(pair.bob).press("Enter")
    expect(log(pair.alice).get_by_text(FOLDED)).to_have_count(3, timeout=SOON)
    expect(bell).to_have_accessible_name("Notifications")

    log(pair.alice).get_by_role("button", name="Show").first.click()
    expect(log(pair.alice).get_by_text("noise from Bob").first).to_be_visible()
    expect(log(pair.alice).get_by_role("button", name="Show")).to_have_count(1)

    call(pair.alice, "DELETE", f"/api/users/{pair.bob_id}/block")
    pair.alice.reload()
    expect(log(pair.alice).get_by_text("more")).to_be_visible()
    expect(log(pair.alice).get_by_text(FOLDED)).to_have_count(0)


def test_a_notice_goes_when_its_message_is_deleted(pair: Pair) -> None:
    pair.alice.goto("/account")
    bell = pair.alice.get_by_role("button", name=re.compile("^Notifications"))
    expect(bell).to_have_accessible_name("Notifications")
    said = pair.say(pair.bob, "@Alice look")
    expect(bell).to_have_accessible_name("Notifications: 1 unread", timeout=SOON)
    call(pair.bob, "DELETE", f"/api/messages/{said}")
    expect(bell).to_have_accessible_name("Notifications", timeout=SOON)
    bell.click()
    expect(pair.alice.get_by_role("dialog", name="Notifications").get_by_text("Nothing new")).to_be_visible()


def test_a_member_sees_and_takes_back_the_invitations_that_they_sent(pair: Pair, window: Window) -> None:
    carol, dora = person(window, "Carol"), person(window, "Dora")
    names = [call(page, "GET", "/api/auth/me")["user"]["username"] for page in (carol, dora)]
    call(pair.alice, "POST", f"/api/chat-rooms/{pair.room_id}/invitations", {"username": names[0]})
    call(pair.bob, "POST", f"/api/chat-rooms/{pair.room_id}/invitations", {"username": names[1]})
    pair.bob.goto(f"/rooms/{pair.room_id}")
    pair.bob.get_by_role("button", name="Room menu").click()
    pair.bob.get_by_role("menuitem", name="Invite people").click()
    waiting = pair.bob.get_by_role("region", name="Not answered yet")
    expect(waiting.get_by_text(names[1])).to_be_visible()
    expect(waiting.get_by_text(names[0])).to_have_count(0)
    waiting.get_by_role("button", name="Take back").click()
    expect(waiting).to_be_hidden(timeout=SOON)
    assert call(dora, "GET", "/api/chat-rooms/invitations")["items"] == []


def test_a_private_conversation_is_shown_as_one(pair: Pair, window: Window) -> None:
    preference = {"preferences": {"private_messages": "everyone"}}
    for page in (pair.alice, pair.bob):
        call(page, "PATCH", "/api/users/me", preference)
    path = f"/api/messages/private/{pair.alice_id}"
    first = call(pair.bob, "POST", path, {"body": "Is the **greenhouse** ok?"})["message"]
    pair.alice.goto("/account")
    link = pair.alice.get_by_role("navigation").get_by_role("link", name="Bob Stone")
    expect(link).to_contain_text("Is the greenhouse ok?")
    expect(link).to_contain_text("1")
    link.click()
    pair.bob.goto(f"/rooms/{first['room_id']}")
    expect(log(pair.alice).get_by_text("This is where your conversation with Bob Stone begins.")).to_be_visible()
    pair.alice.get_by_role("button", name="Room menu").click()
    expect(pair.alice.get_by_role("menuitem", name="Mute the conversation")).to_be_visible()
    expect(pair.alice.get_by_role("menuitem", name="Pin a sensor")).to_have_count(0)
    pair.alice.keyboard.press("Escape")

    composer(pair.alice).fill("It is")
    expect(pair.bob.get_by_text("Alice is writing")).to_be_visible(timeout=SOON)
    composer(pair.alice).press("Enter")
    expect(log(pair.bob).get_by_text("It is")).to_be_visible(timeout=SOON)
    expect(link).to_contain_text("You: It is", timeout=SOON)
    write(pair.bob, "/me waters")
    expect(link).to_contain_text("Bob Stone waters", timeout=SOON)

    pair.alice.get_by_role("button", name="Room menu").click()
    pair.alice.get_by_role("menuitem", name="Block").click()
    pair.alice.get_by_role("button", name="Block", exact=True).click()
    note = pair.alice.get_by_role("note")
    expect(note).to_contain_text("You blocked Bob Stone", timeout=SOON)
    expect(composer(pair.alice)).to_have_count(0)
    expect(log(pair.alice).get_by_text("waters")).to_be_visible()
    write(pair.bob, "Hello?")
    expect(pair.bob.get_by_text("This person takes no messages from you.")).to_be_visible(timeout=SOON)
    note.get_by_role("button", name="Unblock").click()
    expect(composer(pair.alice)).to_be_visible(timeout=SOON)


def test_the_text_of_a_message_can_be_selected_on_a_phone(pair: Pair, window: Window) -> None:
    pair.say(pair.bob, "copy *this* line")
    state = pair.alice.context.storage_state()
    phone = window(f"/rooms/{pair.room_id}", storage_state=state, viewport={"width": 390, "height": 844}, has_touch=True)
    message = row(phone, "copy this line")
    expect(message).to_be_visible()
    message.dispatch_event("pointerdown", {"pointerType": "touch", "clientX": 100, "clientY": 300})
    phone.get_by_role("button", name="Select text").click()
    text = phone.get_by_role("dialog", name="Select text").get_by_text("copy *this* line")
    expect(text).to_be_visible()
    expect(text).to_have_css("user-select", "text")


def test_what_the_server_says_of_a_form_is_in_the_language_of_the_page(pair: Pair, window: Window) -> None:
    call(pair.alice, "PATCH", "/api/users/me", {"locale": "zh-CN"})
    page = window(f"/rooms/{pair.room_id}", storage_state=pair.alice.context.storage_state(), locale="zh-CN")
    page.get_by_role("button", name="聊天室菜单").click()
    page.get_by_role("menuitem", name="我在此处的昵称").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("\u200b")
    page.get_by_role("dialog").get_by_role("button", name="保存").click()
    expect(page.get_by_role("dialog").get_by_text("请输入可见的内容。")).to_be_visible(timeout=SOON)
