"""Alerts in real browsers: a rule made on the sensor's page, its alert in the room for two people, answered and over again."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.pages import Window, call, person
from tests.support.people import Listener, unique
from tests.support.server import Server
from utils.clock import now_ms

# From a reading to the room: about a second where the machine is not busy.
TOLD_MS = 15_000


@dataclass
class Lab:
    """Alice has a sensor and a room; Bob is in the room."""

    alice: Page
    bob: Page
    room_id: str
    room: str
    sensor_id: str
    sensor: str
    device: Listener

    def send(self, value: float) -> None:
        """A reading of now, from the device itself."""
        answer = self.device.ok("readings", {"readings": [["t", now_ms(), value]]})
        assert answer["accepted"] == 1

    def rule(self, **rule: Any) -> dict[str, Any]:
        body = {"when": "above", "threshold": 30, "room_id": self.room_id, **rule}
        made: dict[str, Any] = call(self.alice, "POST", f"/api/sensors/{self.sensor_id}/alert-rules", body)["rule"]
        return made


@pytest.fixture
def lab(window: Window, site: Server) -> Iterator[Lab]:
    # The first account of a server is its administrator: these are two people like any others.
    person(window, "Admin")
    alice, bob = person(window, "Alice"), person(window, "Bob")
    room, sensor = unique("Greenhouse "), unique("Air ")
    room_id = call(alice, "POST", "/api/chat-rooms", {"name": room})["room"]["id"]
    call(bob, "POST", f"/api/chat-rooms/{room_id}/join", {})
    made = call(alice, "POST", "/api/devices", {"name": unique("Pi ")})
    device = Listener(site.url, namespace="/devices", auth={"token": made["token"]})
    shape = {"key": "t", "name": sensor, "unit": "°C", "kind": "temperature"}
    sensor_id = device.ok("announce", {"sensors": [shape]})["sensors"]["t"]
    yield Lab(alice, bob, room_id, room, sensor_id, sensor, device)
    device.close()


def rules(page: Page) -> Locator:
    return page.get_by_role("region", name="Alert rules")


def card(page: Page, sensor: str) -> Locator:
    return page.get_by_role("region", name=f"Alert about {sensor}")


def firing(page: Page) -> Locator:
    return page.get_by_role("navigation").get_by_label("1 alert is firing")


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_a_rule_made_on_the_page_tells_two_people_who_answer_it_until_it_is_over(lab: Lab) -> None:
    alice, bob = lab.alice, lab.bob
    lab.send(24.0)
    alice.goto(f"/sensors/{lab.sensor_id}")
    rules(alice).get_by_role("button", name="Add a rule").click()
    form = alice.get_by_role("dialog", name="Add a rule")
    form.get_by_role("button", name="Add the rule").click()
    expect(form.get_by_label("Threshold")).to_have_attribute("aria-invalid", "true")
    form.get_by_label("Threshold").fill("30")
    choose(alice, "Room to tell", lab.room)
    form.get_by_label("Message (optional)").fill("Open the vents")
    form.get_by_role("button", name="Add the rule").click()
    expect(form).to_be_hidden()
    expect(rules(alice)).to_contain_text("Open the vents")
    expect(rules(alice)).to_contain_text("Above 30 °C")

    alice.goto(f"/rooms/{lab.room_id}")
    bob.goto(f"/rooms/{lab.room_id}")
    expect(bob.get_by_label("Message", exact=True)).to_be_visible()
    lab.send(31.5)
    for page in (alice, bob):
        expect(card(page, lab.sensor)).to_contain_text("Firing", timeout=TOLD_MS)
        expect(card(page, lab.sensor)).to_contain_text("Open the vents")
        expect(card(page, lab.sensor)).to_contain_text("31.5 °C")
        expect(card(page, lab.sensor).get_by_role("img", name="highest 31.5 °C")).to_be_visible()
        expect(firing(page)).to_be_visible()
    card(bob, lab.sensor).get_by_role("button", name="Acknowledge").click()
    name = call(bob, "GET", "/api/auth/me")["user"]["username"]
    for page in (alice, bob):
        expect(card(page, lab.sensor)).to_contain_text(f"Acknowledged by {name}")
        expect(card(page, lab.sensor).get_by_role("button", name="Acknowledge")).to_have_count(0)
        expect(firing(page)).to_have_count(0)

    lab.send(25.0)
    for page in (alice, bob):
        expect(card(page, lab.sensor)).to_contain_text("Resolved after", timeout=TOLD_MS)
        expect(card(page, lab.sensor).get_by_role("button")).to_have_count(0)


def test_what_the_server_refuses_of_a_rule_is_said_at_its_field(lab: Lab) -> None:
    page = lab.alice
    page.goto(f"/sensors/{lab.sensor_id}")
    rules(page).get_by_role("button", name="Add a rule").click()
    form = page.get_by_role("dialog", name="Add a rule")
    choose(page, "When", "It falls fast")
    form.get_by_label("Threshold (°C a minute)").press_sequentially("2.5")
    form.get_by_label("Measured over", exact=True).fill("2000")
    choose(page, "Room to tell", lab.room)
    with page.expect_response(re.compile("alert-rules")) as refused:
        form.get_by_role("button", name="Add the rule").click()
    [(field, sentence)] = refused.value.json()["error"]["fields"].items()
    assert field == "window_seconds", "and nothing else of what was typed"
    expect(form.get_by_text(sentence)).to_be_visible()
    expect(form.get_by_label("Measured over", exact=True)).to_have_attribute("aria-invalid", "true")
    form.get_by_label("Measured over", exact=True).fill("10")
    form.get_by_role("button", name="Add the rule").click()
    expect(rules(page)).to_contain_text("Falls 2.5 °C a minute or faster, over 10 minutes")
    rules(page).get_by_role("button", name="Menu of the rule").click()
    page.get_by_role("menuitem", name="Change the rule").click()
    changed = page.get_by_role("dialog", name="Change the rule")
    choose(page, "When", "The value is below")
    changed.get_by_label("Threshold").clear()
    changed.get_by_label("Threshold").press_sequentially("-4.5")
    changed.get_by_label("For how long", exact=True).clear()
    changed.get_by_label("For how long", exact=True).press_sequentially("1.5")
    changed.get_by_role("button", name="Save").click()
    expect(rules(page)).to_contain_text("Below -4.5 °C, for 90 seconds or more")


def test_the_list_has_what_is_open_first_and_leads_to_the_room(lab: Lab) -> None:
    lab.rule(name="Warm", threshold=20)
    lab.send(25.0)
    lab.bob.goto("/alerts")
    open_ones = lab.bob.get_by_role("list", name="Open")
    expect(open_ones).to_contain_text("Warm", timeout=TOLD_MS)
    expect(firing(lab.bob)).to_be_visible()
    lab.bob.get_by_text("Resolved", exact=True).first.click()
    expect(open_ones).to_have_count(0)
    lab.bob.get_by_text("Firing", exact=True).first.click()
    open_ones.get_by_role("button", name="Show in the room").click()
    expect(card(lab.bob, lab.sensor)).to_contain_text("Warm")
    lab.bob.goto("/alerts")
    lab.send(15.0)
    past = lab.bob.get_by_role("list", name="Resolved")
    expect(past).to_contain_text("Resolved after", timeout=TOLD_MS)
    expect(firing(lab.bob)).to_have_count(0)


def test_a_silence_from_the_room_keeps_it_quiet_until_it_is_ended(lab: Lab) -> None:
    lab.rule(name="Hot")
    lab.send(31.0)
    for page in (lab.alice, lab.bob):
        page.goto(f"/rooms/{lab.room_id}")
        expect(card(page, lab.sensor)).to_contain_text("Firing", timeout=TOLD_MS)
    card(lab.bob, lab.sensor).get_by_role("button", name="Silence").click()
    lab.bob.get_by_role("menuitem", name="8 hours").click()
    for page in (lab.bob, lab.alice):
        expect(card(page, lab.sensor)).to_contain_text("Silenced until")
    lab.bob.goto("/alerts")
    silences = lab.bob.get_by_role("list", name="Silences")
    expect(silences).to_contain_text(f"{lab.sensor}: Hot")
    silences.get_by_role("button", name="End it").click()
    expect(silences).to_have_count(0)
    expect(lab.bob.get_by_role("list", name="Open")).to_contain_text("Hot")
    expect(card(lab.alice, lab.sensor)).not_to_contain_text("Silenced")


def test_whoever_does_not_manage_the_sensor_reads_its_rules_and_changes_none(lab: Lab) -> None:
    lab.rule(name="Frost", when="below", threshold=2)
    lab.bob.goto(f"/sensors/{lab.sensor_id}")
    expect(rules(lab.bob)).to_contain_text("Frost")
    expect(rules(lab.bob).get_by_role("button", name="Add a rule")).to_have_count(0)
    expect(rules(lab.bob).get_by_role("switch")).to_have_count(0)
    lab.alice.goto(f"/sensors/{lab.sensor_id}")
    rules(lab.alice).get_by_role("switch", name="Frost").press("Space")
    expect(rules(lab.alice)).to_contain_text("Off")
    rules(lab.alice).get_by_role("button", name="Menu of the rule").click()
    lab.alice.get_by_role("menuitem", name="Delete").click()
    lab.alice.get_by_role("button", name="Delete").click()
    expect(rules(lab.alice)).not_to_contain_text("Frost")


def test_a_tile_shows_that_its_sensor_has_an_alert(lab: Lab) -> None:
    lab.rule(severity="critical")
    lab.alice.goto("/sensors")
    lab.send(40.0)
    tile = lab.alice.get_by_role("link", name=re.compile(lab.sensor))
    expect(tile.get_by_role("img", name="An alert is firing")).to_be_visible(timeout=TOLD_MS)
    lab.send(20.0)
    expect(tile.get_by_role("img", name="An alert is firing")).to_have_count(0, timeout=TOLD_MS)
