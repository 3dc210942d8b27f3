"""Rooms, membership, notifications and the account on the page: what one person does, another sees, in two real browsers."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.support.people import unique
from tests.support.server import Api, Server, register

Window = Callable[..., Page]
# From one browser to the other.
SOON = 20_000


class Someone:
    """A person with a browser, signed in, and an HTTP session of their own for what the test does not look at."""

    def __init__(self, window: Window, api: Api) -> None:
        self.api = api
        me = api.get("/api/auth/me")["user"]
        self.id: str = me["id"]
        self.name: str = me["username"]
        self._window = window

    def open(self, path: str) -> Page:
        """A page in a browser of its own."""
        return self._window(path, storage_state=_signed_in(self.api))

    def make_room(self, name: str, **settings: Any) -> str:
        room_id: str = self.api.post("/api/chat-rooms", {"name": name, **settings}, expect=201).json()["room"]["id"]
        return room_id

    def join(self, room_id: str) -> None:
        self.api.post(f"/api/chat-rooms/{room_id}/join", expect=200)


NewPerson = Callable[[str], Someone]


class Line:
    """The connection of a page that is opened after this, which a test cuts, and mends."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._whole = True
        self._open: list[WebSocketRoute] = []
        page.route_web_socket(re.compile("/socket.io/"), self._begin)
        page.route(re.compile("/socket.io/"), lambda route: route.continue_() if self._whole else route.abort())

    def _begin(self, socket: WebSocketRoute) -> None:
        if self._whole:
            socket.connect_to_server()
            self._open.append(socket)
        else:
            socket.close()

    def cut(self) -> None:
        self._whole = False
        while self._open:
            self._open.pop().close()

    def mend(self) -> None:
        self._whole = True
        self._page.get_by_role("button", name="Try now").click()


def _signed_in(api: Api) -> dict[str, Any]:
    cookies = [
        {
            "name": each.name, "value": each.value or "", "domain": urlsplit(api.url).hostname, "path": "/",
            "expires": -1, "httpOnly": True, "secure": False, "sameSite": "Lax",
        }
        for each in api.session.cookies
    ]  # fmt: skip
    return {"cookies": cookies, "origins": []}


@pytest.fixture(scope="module", autouse=True)
def administrator(site: Server) -> Api:
    """The first account: what the others may do is not what an administrator may."""
    return register(site.url, unique("admin"))


@pytest.fixture
def someone(window: Window, site: Server) -> NewPerson:
    return lambda name: Someone(window, register(site.url, unique(name)))


def room_menu(page: Page, item: str) -> None:
    page.get_by_role("button", name="Room menu").click()
    page.get_by_role("menuitem", name=item).click()


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def test_a_change_of_settings_is_seen_by_the_others_at_once(someone: NewPerson) -> None:
    alice, bob = someone("alice"), someone("bob")
    room_id = alice.make_room(unique("Garden "))
    bob.join(room_id)
    seen = bob.open(f"/rooms/{room_id}")
    expect(seen.get_by_role("textbox", name="Message")).to_be_visible()
    seen.get_by_role("button", name="Room menu").click()
    expect(seen.get_by_role("menuitem", name="My nickname here")).to_be_visible()
    expect(seen.get_by_role("menuitem", name="Room settings")).to_be_hidden()
    seen.keyboard.press("Escape")

    page = alice.open(f"/rooms/{room_id}")
    room_menu(page, "Room settings")
    name = unique("Greenhouse ")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Topic").fill("Vents and water")
    page.get_by_role("combobox", name="Slow mode").click()
    page.get_by_role("option", name="30 seconds").click()
    page.get_by_role("button", name="Save", exact=True).click()
    for each in (page, seen):
        expect(heading(each)).to_have_text(name, timeout=SOON)
        expect(each.get_by_role("main").get_by_text("Slow mode: 30 seconds")).to_be_visible(timeout=SOON)
        expect(each.get_by_role("main").get_by_text("Vents and water")).to_be_visible(timeout=SOON)


def test_whoever_is_removed_is_told_calmly_and_taken_elsewhere(someone: NewPerson) -> None:
    alice, bob = someone("alice"), someone("bob")
    name = unique("Workshop ")
    room_id = alice.make_room(name)
    bob.join(room_id)
    seen = bob.open(f"/rooms/{room_id}")
    expect(seen.get_by_role("textbox", name="Message")).to_be_visible()

    page = alice.open(f"/rooms/{room_id}")
    page.get_by_role("button", name="Members", exact=True).click()
    people = page.get_by_role("region", name="Members", exact=True)
    expect(people.get_by_text(bob.name).first).to_be_visible()
    people.get_by_role("button", name=f"Menu of {bob.name}").click()
    page.get_by_role("menuitem", name="Remove from the room").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(seen.get_by_text(f"You were removed from {name}.")).to_be_visible(timeout=SOON)
    expect(seen).not_to_have_url(re.compile(room_id), timeout=SOON)
    expect(people).to_be_hidden(timeout=SOON)


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_who_left_elsewhere_while_a_page_was_not_connected_stays_out_when_it_is_again(someone: NewPerson, visibility: str) -> None:
    alice, bob = someone("alice"), someone("bob")
    name = unique("Room ")
    room = alice.make_room(name, visibility=visibility)
    alice.api.post(f"/api/chat-rooms/{room}/invitations", {"user_id": bob.id}, expect=201)
    bob.join(room)
    page = bob.open("/login")
    line = Line(page)
    page.goto(f"/rooms/{room}")
    expect(page.get_by_text(f"{bob.name} joined the room")).to_be_visible()
    line.cut()
    expect(page.get_by_text("Reconnecting")).to_be_visible(timeout=SOON)
    bob.api.post(f"/api/chat-rooms/{room}/leave", expect=204)
    line.mend()
    if visibility == "public":
        expect(page.get_by_role("heading", name=f"Join {name}")).to_be_visible(timeout=60_000)
    else:
        expect(page.get_by_text("This room is not here")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("textbox", name="Message")).to_be_hidden()
    members = alice.api.get(f"/api/chat-rooms/{room}/members")["items"]
    assert [member["user"]["id"] for member in members] == [alice.id]


def test_a_ban_keeps_a_person_out_until_it_is_lifted(someone: NewPerson) -> None:
    alice, bob = someone("alice"), someone("bob")
    room_id = alice.make_room(unique("Kiln "))
    bob.join(room_id)
    page = alice.open(f"/rooms/{room_id}")
    page.get_by_role("button", name="Members", exact=True).click()
    page.get_by_role("button", name=f"Menu of {bob.name}").click()
    page.get_by_role("menuitem", name="Ban from the room").click()
    page.get_by_label("Reason").fill("Glazes the tools")
    page.get_by_role("button", name="Ban", exact=True).click()
    expect(page.get_by_role("button", name=f"Menu of {bob.name}")).to_be_hidden(timeout=SOON)
    assert bob.api.post(f"/api/chat-rooms/{room_id}/join").status_code == 403
    room_menu(page, "Banned people")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Glazes the tools")).to_be_visible()
    dialog.get_by_role("button", name="Lift the ban").click()
    expect(dialog.get_by_text("Nobody is banned")).to_be_visible(timeout=SOON)
    bob.join(room_id)


def test_an_invitation_is_accepted_from_the_bell(someone: NewPerson) -> None:
    alice, bob = someone("alice"), someone("bob")
    name = unique("Secret plans ")
    room_id = alice.make_room(name, visibility="private")
    seen = bob.open("/rooms")
    bell = seen.get_by_role("button", name=re.compile("^Notifications"))
    expect(bell).to_be_visible()

    page = alice.open(f"/rooms/{room_id}")
    room_menu(page, "Invite people")
    page.get_by_role("combobox", name="A user name").fill(bob.name)
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_role("region", name="Not answered yet").get_by_text(bob.name)).to_be_visible()

    expect(bell).to_have_accessible_name("Notifications: 1 unread", timeout=SOON)
    expect(seen).to_have_title(re.compile(r"^\(1\) "))
    expect(seen.get_by_role("navigation").get_by_role("link", name=name)).to_be_visible()
    bell.click()
    notices = seen.get_by_role("dialog", name="Notifications")
    expect(notices.get_by_text(f"{alice.name} invites you to {name}")).to_be_visible()
    notices.get_by_role("button", name="Accept").click()
    expect(heading(seen)).to_have_text(name, timeout=SOON)
    expect(seen.get_by_role("textbox", name="Message")).to_be_visible()
    expect(bell).to_have_accessible_name("Notifications", timeout=SOON)


def test_a_notice_leads_to_the_message_and_is_read_on_every_device(someone: NewPerson) -> None:
    alice, bob = someone("alice"), someone("bob")
    room_id = alice.make_room(unique("Bench "))
    bob.join(room_id)
    desk, phone = bob.open("/account"), bob.open("/account")
    for each in (desk, phone):
        expect(each.get_by_role("button", name="Notifications", exact=True)).to_be_visible()
    said = unique("look here ")
    alice.api.post(f"/api/messages/room/{room_id}", {"body": f"@{bob.name} {said}"}, expect=201)
    for each in (desk, phone):
        expect(each.get_by_role("button", name="Notifications: 1 unread")).to_be_visible(timeout=SOON)
    desk.get_by_role("button", name="Notifications: 1 unread").click()
    desk.get_by_role("link", name=re.compile(said)).click()
    expect(desk).to_have_url(re.compile(rf"/rooms/{room_id}\?m=\d+"))
    expect(desk.get_by_role("main").get_by_text(said)).to_be_visible()
    expect(phone.get_by_role("button", name="Notifications", exact=True)).to_be_visible(timeout=SOON)


def test_a_room_is_found_and_joined_with_a_nickname_and_a_full_one_refuses(someone: NewPerson) -> None:
    alice, bob, carol = someone("alice"), someone("bob"), someone("carol")
    name = unique("Observatory ")
    alice.make_room(name, capacity=2)
    found = carol.open("/rooms")
    search = found.get_by_role("searchbox", name="Find a room")
    search.fill(name)
    row = found.get_by_role("listitem", name=name)
    expect(found.get_by_role("main").get_by_role("listitem")).to_have_count(1)
    expect(row.get_by_text("1 of 2 members")).to_be_visible()
    row.get_by_role("button", name="Join").click()
    expect(found.get_by_role("button", name="Join the room")).to_be_visible()

    page = bob.open("/rooms")
    page.get_by_role("searchbox", name="Find a room").fill(name)
    page.get_by_role("listitem", name=name).get_by_role("button", name="Join").click()
    page.get_by_label("Your nickname in this room").fill("Stargazer")
    page.get_by_role("button", name="Join the room").click()
    expect(heading(page)).to_have_text(name)
    expect(page.get_by_text("Stargazer joined the room")).to_be_visible()

    # Carol asked for the place while it was free.
    found.get_by_role("button", name="Join the room").click()
    expect(found.get_by_role("alert")).to_have_text("The room is full: it takes 2 members.")
    found.keyboard.press("Escape")
    found.reload()
    expect(row.get_by_text("Full")).to_be_visible()
    expect(row.get_by_role("button", name="Join")).to_be_disabled()


def test_a_muted_room_says_so_and_notifies_no_more(someone: NewPerson) -> None:
    alice, bob = someone("alice"), someone("bob")
    room_id = alice.make_room(unique("Noisy "))
    bob.join(room_id)
    page = bob.open(f"/rooms/{room_id}")
    room_menu(page, "Mute the room")
    expect(page.get_by_role("main").get_by_text("Muted")).to_be_visible(timeout=SOON)
    alice.api.post(f"/api/messages/room/{room_id}", {"body": "@room coffee?"}, expect=201)
    expect(page.get_by_text("coffee?")).to_be_visible(timeout=SOON)
    expect(page.get_by_role("button", name="Notifications", exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_role("main").get_by_text("Muted")).to_be_visible()


def test_a_deleted_room_is_left_by_everyone_after_its_name_was_typed(someone: NewPerson) -> None:
    alice, bob = someone("alice"), someone("bob")
    name = unique("Shed ")
    room_id = alice.make_room(name)
    bob.join(room_id)
    seen = bob.open(f"/rooms/{room_id}")
    expect(seen.get_by_role("textbox", name="Message")).to_be_visible()
    page = alice.open(f"/rooms/{room_id}")
    room_menu(page, "Delete the room")
    confirm = page.get_by_role("button", name="Delete for good")
    page.get_by_role("textbox", name="Type").fill("something else")
    expect(confirm).to_be_disabled()
    page.get_by_role("textbox", name="Type").fill(name)
    confirm.click()
    for each in (page, seen):
        expect(each.get_by_text(f"The room {name} was deleted.")).to_be_visible(timeout=SOON)
        expect(each).not_to_have_url(re.compile(room_id), timeout=SOON)


def test_what_one_decides_about_oneself_is_kept(someone: NewPerson) -> None:
    bob = someone("bob")
    page = bob.open("/account")
    page.get_by_label("Nickname").fill("Bobby")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Account of Bobby")).to_be_visible(timeout=SOON)
    page.get_by_role("radio", name="Everyone").check()
    page.get_by_role("switch", name="I am away").check()
    page.reload()
    expect(page.get_by_label("Nickname")).to_have_value("Bobby")
    expect(page.get_by_role("radio", name="Everyone")).to_be_checked()
    expect(page.get_by_role("switch", name="I am away")).to_be_checked()
    assert bob.api.get("/api/auth/me")["user"]["preferences"]["private_messages"] == "everyone"


def test_whoever_is_away_is_shown_so(someone: NewPerson) -> None:
    alice, bob = someone("alice"), someone("bob")
    room_id = alice.make_room(unique("Pond "))
    bob.join(room_id)
    page, other = alice.open(f"/rooms/{room_id}"), bob.open(f"/rooms/{room_id}")
    page.get_by_role("button", name="Members", exact=True).click()
    row = page.get_by_role("region", name="Members", exact=True).get_by_role("listitem").filter(has_text=bob.name)
    expect(row.get_by_text("Online")).to_be_visible(timeout=SOON)
    other.get_by_role("button", name=re.compile("^Account of")).click()
    other.get_by_role("menuitem", name="Set myself away").click()
    expect(row.get_by_text("Away")).to_be_visible(timeout=SOON)
    other.reload()
    expect(row.get_by_text("Away")).to_be_visible(timeout=SOON)
    other.get_by_role("button", name=re.compile("^Account of")).click()
    other.get_by_role("menuitem", name="I am back").click()
    expect(row.get_by_text("Online")).to_be_visible(timeout=SOON)


def test_a_search_by_person_and_day_is_kept_in_the_address(someone: NewPerson) -> None:
    alice, bob = someone("alice"), someone("bob")
    room_id = alice.make_room(unique("Archive "))
    bob.join(room_id)
    word = unique("vent")
    for person in (alice, bob):
        person.api.post(f"/api/messages/room/{room_id}", {"body": f"{word} said by {person.name}"}, expect=201)
    page = alice.open(f"/search?q={word}&author={bob.id}&room={room_id}")
    results = page.get_by_role("list", name="What was found").get_by_role("listitem")
    expect(results).to_have_count(1)
    expect(results).to_contain_text(bob.name)
    said = results.locator("time")
    expect(said).to_have_text(re.compile(r"^\d\d:\d\d$"))
    expect(said).to_have_attribute("title", re.compile(r"\w+day.*\d{4}.*:\d\d:\d\d"))
    page.get_by_label("To").fill("2020-01-31")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    expect(page).to_have_url(re.compile("to=2020-01-31"))
    page.reload()
    expect(page.get_by_label("To")).to_have_value("2020-01-31")
    page.get_by_label("To").fill("")
    results.get_by_role("link").click()
    expect(page).to_have_url(re.compile(rf"/rooms/{room_id}\?m=\d+"))


def test_an_account_goes_after_its_name_and_password_were_typed(someone: NewPerson) -> None:
    bob = someone("bob")
    page = bob.open("/account")
    page.get_by_role("button", name="Delete my account").click()
    page.get_by_role("textbox", name="Type").fill(bob.name)
    page.get_by_label("Current password", exact=True).fill("not the password")
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("This is not your password.")).to_be_visible()
    page.get_by_label("Current password", exact=True).fill("correct horse 7")
    page.get_by_role("button", name="Delete for good").click()
    expect(page).to_have_url(re.compile("/sign-in"), timeout=SOON)
    assert bob.api.call("GET", "/api/auth/me").status_code == 401


def test_an_administrator_keeps_the_filters_list_and_reviews_what_it_flagged(
    window: Window, administrator: Api, someone: NewPerson
) -> None:
    admin, bob = Someone(window, administrator), someone("bob")
    room_id = admin.make_room(unique("Forum "))
    bob.join(room_id)
    page = admin.open("/admin")
    page.get_by_label("Word or phrase").fill("frobnicate")
    page.get_by_role("button", name="Add", exact=True).click()
    row = page.get_by_role("list", name="Filtered words").get_by_role("listitem")
    expect(row).to_contain_text("frobnicate")
    row.get_by_role("combobox", name="frobnicate: What happens").click()
    page.get_by_role("option", name="Flagged for review").click()
    expect(row.get_by_role("combobox", name="frobnicate: What happens")).to_have_value("Flagged for review")
    page.get_by_role("textbox", name="Try a text").fill("Do not f.r.o.b.n.i.c.a.t.e it")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("It would be let through and flagged.")).to_be_visible()

    bob.api.post(f"/api/messages/room/{room_id}", {"body": "frobnicate!"}, expect=201)
    page.get_by_text("Flagged for review").first.click()
    flags = page.get_by_role("region", name="Flagged for review").get_by_role("listitem")
    expect(flags).to_contain_text(f"by {bob.name}: frobnicate")
    flags.get_by_role("button", name="Reviewed").click()
    expect(page.get_by_text("Nothing waits for review.")).to_be_visible()
    page.get_by_text("Content filter").click()
    page.get_by_role("button", name="Remove frobnicate").click()
    expect(page.get_by_text("The list is empty")).to_be_visible()

    other = bob.open("/admin")
    expect(other.get_by_text("Only administrators come here.")).to_be_visible()
