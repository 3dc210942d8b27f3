"""What two people do with messages, in two real browsers: react, answer, edit, delete, mention, find and jump."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.pages import Window, call, person
from tests.support.people import unique
from tests.support.server import Server

# Older messages than a page shows at once: more than one page of history before them, and after.
LONG = 170


@dataclass(frozen=True)
class Talk:
    """A room with two people in it, both looking at it."""

    room_id: str
    alice: Page
    bob: Page


def say(page: Page, room_id: str, body: str, **more: Any) -> dict[str, Any]:
    message: dict[str, Any] = call(page, "POST", f"/api/messages/room/{room_id}", {"body": body, **more})["message"]
    return message


@pytest.fixture
def talk(window: Window, site: Server) -> Talk:
    alice, bob = person(window, "Alice"), person(window, "Bob Stone")
    room_id = call(alice, "POST", "/api/chat-rooms", {"name": unique("Talk ")})["room"]["id"]
    call(bob, "POST", f"/api/chat-rooms/{room_id}/join", {})
    for page in (alice, bob):
        page.goto(f"/rooms/{room_id}")
        expect(composer(page)).to_be_visible()
    return Talk(room_id, alice, bob)


def composer(page: Page) -> Locator:
    return page.get_by_label("Message", exact=True)


def row(page: Page, text: str) -> Locator:
    return page.locator("[data-row]").filter(has_text=text)


def write(page: Page, text: str) -> None:
    composer(page).fill(text)
    composer(page).press("Enter")


def act(page: Page, text: str, action: str) -> None:
    """Chooses something from the menu of a message."""
    row(page, text).hover()
    row(page, text).get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name=action).click()


def assert_no_hole(page: Page) -> int:
    """That nothing is missing in what a page shows; gives the first seq."""
    shown: list[int] = page.evaluate("[...document.querySelectorAll('[data-seq]')].map((row) => Number(row.dataset.seq))")
    assert shown
    assert shown == list(range(shown[0], shown[0] + len(shown)))
    return shown[0]


def test_a_reaction_is_counted_on_both_sides_and_taken_back(talk: Talk) -> None:
    write(talk.alice, "Who waters?")
    theirs = row(talk.bob, "Who waters?")
    theirs.hover()
    theirs.get_by_role("button", name="React", exact=True).click()
    talk.bob.get_by_label("Search an emoji").fill("番茄")
    talk.bob.get_by_label("Search an emoji").press("Enter")
    mine = theirs.get_by_role("button", name=re.compile("1 person"))
    expect(mine).to_have_attribute("aria-pressed", "true")
    seen = row(talk.alice, "Who waters?").get_by_role("button", name=re.compile("1 person"))
    expect(seen).to_have_attribute("aria-pressed", "false")
    seen.click()
    both = theirs.get_by_role("button", name=re.compile("2 people"))
    expect(both).to_be_visible()
    both.hover()
    expect(talk.bob.get_by_role("tooltip")).to_contain_text("Alice")
    both.click()
    expect(row(talk.alice, "Who waters?").get_by_role("button", name=re.compile("1 person"))).to_be_visible()


def test_an_answer_shows_what_it_answers_and_leads_there(talk: Talk) -> None:
    write(talk.alice, "Is it **warm** in there?")
    question = row(talk.bob, "Is it warm in there?")
    question.hover()
    question.get_by_role("button", name="Reply", exact=True).click()
    expect(talk.bob.get_by_role("group", name="Reply to Alice")).to_contain_text("Is it warm in there?")
    talk.bob.keyboard.type("28 degrees")
    talk.bob.keyboard.press("Enter")
    expect(talk.bob.get_by_role("group", name="Reply to Alice")).to_be_hidden()
    quote = row(talk.alice, "28 degrees").get_by_role("button", name=re.compile("Go to what this answers, by Alice"))
    quote.click()
    expect(talk.alice).to_have_url(re.compile(r"\?m=\d+$"))
    expect(talk.alice.locator("[data-row][data-target]")).to_contain_text("Is it warm in there?")


def test_an_edit_reaches_the_other_and_its_history_opens(talk: Talk) -> None:
    write(talk.alice, "Open the vants")
    expect(row(talk.bob, "Open the vants")).to_be_visible()
    composer(talk.alice).press("ArrowUp")
    editor = talk.alice.get_by_label("The text of the message")
    expect(editor).to_be_focused()
    editor.fill("Open the vents")
    editor.press("Enter")
    expect(row(talk.bob, "Open the vents")).to_contain_text("(edited)")
    expect(row(talk.bob, "Open the vants")).to_have_count(0)
    row(talk.alice, "Open the vents").get_by_role("button", name="Edited").click()
    expect(talk.alice.get_by_role("dialog")).to_contain_text("Open the vants")
    expect(row(talk.bob, "Open the vents").get_by_role("button", name="Edited")).to_have_count(0)


def test_a_deletion_asks_first_and_leaves_a_tombstone(talk: Talk) -> None:
    write(talk.bob, "Never mind this")
    expect(row(talk.alice, "Never mind this")).to_be_visible()
    act(talk.bob, "Never mind this", "Delete")
    talk.bob.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(talk.bob.get_by_role("dialog")).to_be_hidden()
    # Whoever runs the room may, too.
    act(talk.alice, "Never mind this", "Delete")
    talk.alice.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(row(talk.bob, "Never mind this")).to_have_count(0)
    expect(talk.bob.get_by_text("This message was deleted.")).to_be_visible()


def test_a_name_is_completed_by_the_keyboard_and_stands_out_for_whom_it_means(talk: Talk) -> None:
    composer(talk.alice).press_sequentially("Hello @bo")
    expect(talk.alice.get_by_role("option", name=re.compile("Bob Stone"))).to_have_attribute("aria-selected", "true")
    expect(composer(talk.alice)).to_have_attribute("role", "combobox")
    composer(talk.alice).press("Enter")
    expect(composer(talk.alice)).to_have_value('Hello @"Bob Stone" ')
    talk.alice.keyboard.type("and @bob")
    talk.alice.keyboard.press("Escape")
    talk.alice.keyboard.press("Enter")
    expect(row(talk.bob, "Hello").locator('[data-mention="own"]')).to_have_text("@Bob Stone")
    assert row(talk.bob, "Hello").get_attribute("data-means-me") == "true"
    expect(row(talk.alice, "Hello").locator('[data-mention="other"]')).to_have_text("@Bob Stone")


def test_a_command_is_completed_with_its_help_and_drawn_as_what_one_does(talk: Talk) -> None:
    composer(talk.alice).press_sequentially("/m")
    expect(talk.alice.get_by_role("option", name=re.compile("me <action>"))).to_be_visible()
    composer(talk.alice).press("Tab")
    talk.alice.keyboard.type("waves")
    talk.alice.keyboard.press("Enter")
    expect(talk.bob.locator('[data-style="action"]')).to_have_text("waves")


def test_markdown_is_drawn_and_runs_nothing(talk: Talk) -> None:
    for page in (talk.alice, talk.bob):
        page.evaluate("window.ran = 0")
    hostile = (
        "**bold** <script>window.ran = 1</script> <img src=x onerror='window.ran = 1'> "
        "[click](javascript:window.ran=1) [ok](https://example.org)\n```\n<b onclick=1>code</b>\n```\n"
        "<svg onload=window.ran=1> ![p](https://example.org/p.png)"
    )
    say(talk.alice, talk.room_id, hostile)
    shown = row(talk.bob, "bold")
    expect(shown.locator("strong")).to_have_text("bold")
    expect(shown.locator("pre")).to_have_text("<b onclick=1>code</b>")
    expect(shown).to_contain_text("<script>window.ran = 1</script>")
    assert shown.locator("script, img, [onerror], [onload], [onclick]").count() == 0
    links = shown.get_by_role("link")
    assert [link.get_attribute("href") for link in links.all()] == ["https://example.org/", "https://example.org/p.png"]
    assert {link.get_attribute("rel") for link in links.all()} == {"noopener noreferrer nofollow"}
    assert [page.evaluate("window.ran") for page in (talk.alice, talk.bob)] == [0, 0]


def test_a_search_result_leads_into_the_past_and_back_while_others_go_on_talking(talk: Talk) -> None:
    word = unique("aubergine")
    for number in range(LONG):
        say(talk.alice, talk.room_id, f"line {number} {word}" if number == 40 else f"line {number}")
    talk.bob.goto(f"/search?q={word}")
    box = talk.bob.get_by_role("searchbox").first
    if box.input_value() != word:
        box.fill(word)
    talk.bob.get_by_role("link", name=re.compile(word)).click()
    found = row(talk.bob, word)
    expect(found).to_be_in_viewport()
    expect(found).to_have_attribute("data-target", "true")
    write(talk.alice, "said meanwhile")
    expect(row(talk.alice, "said meanwhile")).to_be_visible()
    expect(row(talk.bob, "said meanwhile")).to_have_count(0)
    expect(found).to_be_in_viewport()
    assert_no_hole(talk.bob)
    talk.bob.get_by_role("button", name=re.compile("To the latest")).click()
    expect(row(talk.bob, "said meanwhile")).to_be_in_viewport()
    assert_no_hole(talk.bob)


def test_reading_on_from_the_past_arrives_at_the_latest_without_a_hole(talk: Talk) -> None:
    for number in range(LONG):
        say(talk.alice, talk.room_id, f"line {number}")
    talk.bob.goto(f"/rooms/{talk.room_id}?m=20")
    expect(row(talk.bob, "line 17").last).to_be_in_viewport()
    log = talk.bob.get_by_role("log")
    for _ in range(12):
        log.evaluate("element => { element.scrollTop = element.scrollHeight }")
        if row(talk.bob, f"line {LONG - 1}").count():
            break
        talk.bob.wait_for_timeout(150)
    write(talk.alice, "the very latest")
    expect(row(talk.bob, "the very latest")).to_be_attached()
    assert assert_no_hole(talk.bob) <= 20


def test_a_phone_holds_a_message_to_act_on_it_and_nothing_sticks_out(talk: Talk, window: Window) -> None:
    say(talk.alice, talk.room_id, "Hold me, please")
    say(talk.alice, talk.room_id, "```\n" + "wide " * 60 + "\n```\nhttps://example.org/" + "long/" * 40)
    phone = person(window, "陈晓雨", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, locale="zh-CN")
    call(phone, "POST", f"/api/chat-rooms/{talk.room_id}/join", {})
    phone.goto(f"/rooms/{talk.room_id}")
    held = row(phone, "Hold me, please")
    expect(held).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    box = held.bounding_box()
    assert box is not None
    finger = phone.context.new_cdp_session(phone)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": box["x"] + 30, "y": box["y"] + 8}]})
    sheet = phone.get_by_role("dialog")
    expect(sheet.get_by_role("button", name="回复", exact=True)).to_be_visible()
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    sheet.get_by_role("button", name="用 👍 回应").tap()
    expect(row(talk.alice, "Hold me, please").get_by_role("button", name=re.compile("1 person"))).to_be_visible()


def test_messages_are_reached_and_acted_on_by_the_keyboard_alone(talk: Talk) -> None:
    say(talk.bob, talk.room_id, "first line")
    say(talk.bob, talk.room_id, "second line")
    expect(row(talk.alice, "second line")).to_be_visible()
    talk.alice.get_by_role("log").focus()
    talk.alice.keyboard.press("ArrowUp")
    expect(row(talk.alice, "second line")).to_be_focused()
    talk.alice.keyboard.press("ArrowUp")
    expect(row(talk.alice, "first line")).to_be_focused()
    reply = row(talk.alice, "first line").get_by_role("button", name="Reply", exact=True)
    for _ in range(6):
        talk.alice.keyboard.press("Tab")
        if reply.evaluate("element => element === document.activeElement"):
            break
    talk.alice.keyboard.press("Enter")
    expect(composer(talk.alice)).to_be_focused()
    expect(talk.alice.get_by_role("group", name="Reply to Bob Stone")).to_contain_text("first line")
