"""The live page in a real browser, with a device that really sends: tiles, charts, tables, tokens and pins."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from services.telemetry import pi_client
from tests.support.devices import Pi
from tests.support.eventually import eventually
from tests.support.people import Person, unique
from tests.support.server import Api, Server
from utils.clock import now_ms

Window = Callable[..., Page]
KEYS = ("air", "soil", "light")


@pytest.fixture
def alice(site: Server) -> Iterator[Person]:
    person = Person(site.url)
    yield person
    person.close()


@pytest.fixture
def pi(alice: Person) -> Iterator[Pi]:
    """A device of Alice's, with half an hour of readings of each of its sensors."""
    made = Pi(alice)
    made.announce(*KEYS)
    now = now_ms()
    made.send(*[[key, now - n * 10_000, 20.0 + n % 7] for n in range(1, 180) for key in KEYS])
    yield made
    alice.api.call("DELETE", f"/api/devices/{made.id}", 204)  # the next test has sensors of the same names
    made.close()


def signed_in(window: Window, api: Api, path: str, **options: Any) -> Page:
    """A browser of a person who signed in before."""
    page = window("/", **options)
    page.context.add_cookies([{"name": each.name, "value": str(each.value), "url": api.url} for each in api.session.cookies])
    page.goto(path)
    return page


def tile(page: Page, name: str) -> Locator:
    return page.get_by_role("main").get_by_role("link", name=re.compile(rf"\b{name}\b"))


def order(page: Page) -> list[str]:
    """The names of the device's own tiles as they lie on the page."""
    texts = page.get_by_role("main").get_by_role("list", name="Live readings").get_by_role("listitem").all_inner_texts()
    return [key for text in texts for key in KEYS if re.search(rf"\b{key}\b", text)]


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_a_tile_shows_a_new_reading_and_that_the_device_went_offline(window: Window, alice: Person, pi: Pi) -> None:
    page = signed_in(window, alice.api, "/sensors")
    expect(tile(page, "air")).to_contain_text("Online")
    pi.send(["air", now_ms(), 31.25])
    expect(tile(page, "air")).to_contain_text("31.25", timeout=3_000)
    pi.live.close()
    expect(tile(page, "air")).to_contain_text("Offline", timeout=10_000)


def test_an_arrangement_by_mouse_and_keys_is_kept_and_seen_on_another_device(window: Window, alice: Person, pi: Pi) -> None:
    page = signed_in(window, alice.api, "/sensors?q=")
    phone = signed_in(window, alice.api, "/sensors", viewport={"width": 390, "height": 800})
    expect(tile(page, "light")).to_be_visible()
    expect(tile(phone, "light")).to_be_visible()
    eventually(lambda: order(page) == ["air", "soil", "light"])
    page.get_by_role("button", name="Arrange").click()
    handle = page.get_by_role("button", name="Move light")
    handle.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("status").filter(has_text="light is now at place")).to_be_attached()
    expect(handle).to_be_focused()
    page.keyboard.press("ArrowLeft")
    eventually(lambda: order(page) == ["light", "air", "soil"])
    expect(page.get_by_role("button", name="Move soil")).to_be_visible()
    drag(page, page.get_by_role("button", name="Move soil"), page.get_by_role("button", name="Move light"))
    eventually(lambda: order(page) == ["soil", "light", "air"])
    page.get_by_role("button", name="Tile of air").click()
    page.get_by_role("menuitem", name="Hide").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Tile of soil").click()
    page.get_by_role("menu", name="Tile of soil").get_by_text("Large", exact=True).click()
    page.get_by_role("button", name="Done").click()
    eventually(lambda: order(page) == ["soil", "light"])
    expect(tile(phone, "air")).to_be_hidden(timeout=5_000)
    eventually(lambda: order(phone) == ["soil", "light"])  # without a reload
    page.reload()
    expect(tile(page, "light")).to_be_visible()
    eventually(lambda: order(page) == ["soil", "light"])
    expect(page.locator("li[data-size]").filter(has_text="soil")).to_have_attribute("data-size", "l")


def drag(page: Page, source: Locator, target: Locator) -> None:
    """Carries one thing onto another, as a hand does: in steps."""
    start, end = source.bounding_box(), target.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 8, start["y"] + 8)
    page.mouse.down()
    for step in range(1, 11):
        page.mouse.move(
            start["x"] + 8 + (end["x"] - start["x"]) * step / 10, start["y"] + 8 + (end["y"] - start["y"]) * step / 10
        )  # fmt: skip
    page.mouse.up()


def test_tiles_are_narrowed_down_by_label_and_location(window: Window, alice: Person, pi: Pi) -> None:
    ids = pi.announce(*KEYS)
    label, place = unique("climate"), unique("Bay ")
    alice.api.call("PATCH", f"/api/sensors/{ids['air']}", 200, json={"labels": [label]})
    alice.api.call("PATCH", f"/api/devices/{pi.id}", 200, json={"location": place})
    page = signed_in(window, alice.api, "/sensors")
    page.get_by_role("searchbox").fill(place.upper())
    expect(tile(page, "air")).to_be_visible()
    eventually(lambda: order(page) == ["air", "soil", "light"])
    page.get_by_role("combobox", name="Label").click()
    page.get_by_role("option", name=label).click()
    expect(tile(page, "soil")).to_be_hidden()
    assert (order(page), query(page)["label"]) == (["air"], [label])


def chart_of(page: Page) -> Locator:
    picture = page.locator("[data-drawn=true] svg.marks")
    expect(picture).to_be_visible(timeout=30_000)
    return picture


def test_dragging_over_the_chart_zooms_and_the_url_says_so(window: Window, alice: Person, pi: Pi) -> None:
    ids = pi.announce(*KEYS)
    page = signed_in(window, alice.api, f"/sensors/{ids['air']}?range=1h")
    box = chart_of(page).bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.5, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, middle)
    page.mouse.move(box["x"] + box["width"] * 0.75, middle)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"start=\d+&end=\d+"))
    start, end = int(query(page)["start"][0]), int(query(page)["end"][0])
    assert 60_000 < end - start < 40 * 60_000
    assert start > now_ms() - 62 * 60_000
    expect(page.locator(f"[data-drawn=true][data-window='{start}-{end}']")).to_be_visible(timeout=20_000)
    within = alice.api.get(f"/api/sensors/{ids['air']}/readings?start={start}&end={end - 1}&resolution=raw")["items"]
    count = page.get_by_label("Statistics of the shown time").get_by_text("Readings").locator("xpath=following-sibling::dd")
    expect(count).to_have_text(str(len(within)))
    page.reload()
    assert (query(page)["start"], query(page)["end"]) == ([str(start)], [str(end)])
    chart_of(page).dblclick(position={"x": box["width"] / 2, "y": 100})
    expect(page).not_to_have_url(re.compile("start="))
    assert query(page)["range"] == ["1h"]
    page.go_back()
    expect(page).to_have_url(re.compile(f"start={start}"))


def test_a_chart_moves_with_the_readings_until_it_is_paused(window: Window, alice: Person, pi: Pi) -> None:
    ids = pi.announce(*KEYS)
    page = signed_in(window, alice.api, f"/sensors/{ids['air']}?range=1h")
    picture = chart_of(page)
    page.wait_for_timeout(1_000)
    element = picture.element_handle()
    line = picture.locator("path[aria-roledescription='line mark']").first
    before = line.get_attribute("d")
    pi.send(["air", now_ms(), 55.5])
    expect(line).not_to_have_attribute("d", before or "", timeout=5_000)
    assert element.evaluate("element => element.isConnected"), "fed, not drawn anew"
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(700)
    still = line.get_attribute("d")
    pi.send(["air", now_ms(), 66.5])
    expect(page.get_by_role("main")).to_contain_text("66.5", timeout=3_000)
    page.wait_for_timeout(1_500)
    assert line.get_attribute("d") == still


def test_the_table_shows_readings_and_rollups_page_by_page(window: Window, alice: Person, pi: Pi) -> None:
    ids = pi.announce(*KEYS)
    page = signed_in(window, alice.api, f"/sensors/{ids['air']}?range=1h")
    page.get_by_role("button", name="Readings", exact=True).click()
    table = page.get_by_role("table", name="Readings of air")
    page.get_by_text("Raw", exact=True).click()
    expect(page.locator("table[data-resolution=raw][aria-busy=false]")).to_be_visible()
    expect(table.get_by_role("row")).to_have_count(51)
    first = table.locator("tbody time").all()
    page.get_by_role("button", name="Later").click()
    expect(page.get_by_text("Page 2")).to_be_visible()
    expect(page.locator("table[aria-busy=false]")).to_be_visible()
    times = [each.get_attribute("datetime") or "" for each in table.locator("tbody time").all()]
    assert len(first) == len(times) == 50
    assert all(one < other for one, other in pairwise(times))
    page.get_by_text("Minute", exact=True).click()
    expect(page.locator("table[data-resolution=minute][aria-busy=false]")).to_be_visible(timeout=10_000)
    expect(table.get_by_role("columnheader", name="Mean")).to_be_visible()
    expect(page.get_by_text("Page 1")).to_be_visible()
    page.get_by_role("button", name="Download").click()
    href = page.get_by_role("menuitem", name="Readings (CSV)").get_attribute("href") or ""
    lines = alice.api.call("GET", href, 200).text.splitlines()
    assert lines[0] == "time,ts,value"
    assert len(lines) == 180


def test_a_token_is_shown_once_with_the_command_that_does_everything_on_a_pi(window: Window, alice: Person) -> None:
    page = signed_in(window, alice.api, "/devices")
    page.get_by_role("button", name="Add a device").click()
    name = unique("Pond Pi ")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Add", exact=True).click()
    dialog = page.get_by_role("dialog", name=f"Token of {name}")
    token = dialog.get_by_label("Token", exact=True).input_value()
    line = dialog.get_by_label("To install it on a Raspberry Pi").input_value()
    source = re.search(r'"fieldroom-pi\[all\] @ (\S+)"', line)
    assert source
    assert source[1].startswith(alice.api.url)
    assert requests.get(source[1], timeout=30).content == pi_client.wheel().content
    # The client's own instructions are the same for a server of another address.
    documented = line.replace(alice.api.url, "http://fieldroom.local:5000").replace(token, "DEVICE_TOKEN")
    assert documented.replace("\n", "\n    ") in (pi_client.SOURCE / "README.md").read_text(encoding="utf-8")
    (device,) = [each for each in alice.api.get("/api/devices")["items"] if each["name"] == name]
    assert token.startswith(device["token_hint"])
    dialog.get_by_role("button", name="Done").click()
    expect(dialog).to_be_hidden()
    assert token not in page.content()
    page.get_by_role("button", name=f"Menu of {name}").click()
    page.get_by_role("menuitem", name="Edit").click()
    page.get_by_label("Location").fill("By the pond")
    page.get_by_role("button", name="Save").click()
    row = page.get_by_role("listitem", name=name)
    expect(row).to_contain_text("By the pond")


def test_a_device_shows_how_it_is(window: Window, alice: Person, pi: Pi) -> None:
    status = {"battery_percent": 64.0, "rssi_dbm": -58.0, "uptime_seconds": 180_000}
    pi.live.ok("status", {"status": status, "version": "fieldroom-pi 9.8.7"})
    page = signed_in(window, alice.api, "/devices")
    row = page.get_by_role("listitem").filter(has_text="9.8.7")
    for text in ("Online", "64 %", "-58 dBm", "2 days"):
        expect(row).to_contain_text(text)
    row.get_by_role("button", name="3 sensors").click()
    expect(row.get_by_role("link", name=re.compile("soil"))).to_be_visible()


def test_an_interval_is_set_on_the_page_reaches_the_device_and_is_shown_in_force(window: Window, alice: Person, pi: Pi) -> None:
    pi.live.ok("status", {"status": {"interval_ms": 10_000}})
    page = signed_in(window, alice.api, "/devices")
    row = page.get_by_role("listitem").filter(has_text="every 10 sec")
    expect(row).to_be_visible()

    def ask_for(seconds: str) -> None:
        page.get_by_role("button", name="Menu of Pi").click()
        page.get_by_role("menuitem", name="Edit").click()
        page.get_by_label("Seconds between readings").fill(seconds)
        page.get_by_role("button", name="Save").click()

    ask_for("0.05")
    expect(page.get_by_text("From 0.1 to 3,600 seconds.")).to_be_visible()
    page.get_by_label("Seconds between readings").fill("2.5")
    page.get_by_role("button", name="Save").click()
    assert pi.live.wait("configure", timeout=30) == {"interval_ms": 2_500}
    row = page.get_by_role("listitem").filter(has_text="token")
    expect(row).to_contain_text("every 10 sec · asked for: 2.5 sec")
    pi.live.ok("status", {"status": {"interval_ms": 2_500}})
    expect(row).to_contain_text("every 2.5 sec")
    expect(row).not_to_contain_text("asked for")
    ask_for("")
    pi.live.wait("configure", lambda payload: payload["interval_ms"] is None, timeout=30)


def test_a_pinned_sensor_is_live_at_the_top_of_the_room(window: Window, site: Server, alice: Person, pi: Pi) -> None:
    ids = pi.announce(*KEYS)
    bob = Person(site.url)
    name = unique("Bench ")
    room = alice.api.post("/api/chat-rooms", {"name": name}, expect=201).json()["room"]["id"]
    bob.api.post(f"/api/chat-rooms/{room}/join", expect=200)
    reader = signed_in(window, bob.api, f"/rooms/{room}")
    expect(reader.get_by_role("textbox", name="Message")).to_be_visible()
    page = signed_in(window, alice.api, f"/sensors/{ids['air']}")
    page.get_by_role("button", name="Pin to a room").click()
    page.get_by_role("menuitemcheckbox", name=name).click()
    expect(page.get_by_role("menuitemcheckbox", name=name, checked=True)).to_be_visible()
    strip = reader.get_by_role("list", name="Pinned sensors")
    expect(strip).to_contain_text("air", timeout=5_000)
    pi.send(["air", now_ms(), 42.25])
    expect(strip).to_contain_text("42.25", timeout=3_000)
    expect(strip.get_by_role("button")).to_have_count(0)
    strip.get_by_role("link", name=re.compile("air")).click()
    expect(reader).to_have_url(re.compile(f"/sensors/{ids['air']}"))
    reader.go_back()
    page.goto(f"/rooms/{room}")
    page.get_by_role("button", name="Unpin air").click()
    expect(reader.get_by_role("list", name="Pinned sensors")).to_be_hidden(timeout=5_000)
    bob.close()


SHIFTS = """() => { window.shifted = 0; new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true }); }"""


@pytest.mark.parametrize("width", [390, 1280])
def test_a_sensors_page_does_not_jump_while_it_loads(window: Window, alice: Person, pi: Pi, width: int) -> None:
    """Web Vitals calls a cumulative layout shift of under 0.1 good."""
    ids = pi.announce("air")
    page = signed_in(window, alice.api, f"/sensors/{ids['air']}", viewport={"width": width, "height": 844})
    expect(page.locator("[data-drawn=true]")).to_be_visible(timeout=15_000)
    page.evaluate(SHIFTS)
    page.wait_for_function("window.shifted !== undefined")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("window.shifted") < 0.1


def test_a_dark_page_asks_for_the_dark_chart_alone(window: Window, alice: Person, pi: Pi) -> None:
    ids = pi.announce("air")
    page = signed_in(window, alice.api, "/devices", color_scheme="dark")
    expect(page.get_by_role("heading", name="Devices")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.partition("?")[0].endswith("/chart") else None)
    page.goto(f"/sensors/{ids['air']}")
    expect(page.locator("[data-drawn=true]")).to_be_visible(timeout=15_000)
    assert [parse_qs(urlsplit(url).query)["theme"] for url in asked] == [["dark"]]


def test_the_name_of_a_sensor_can_be_read_on_a_phone(window: Window, alice: Person, pi: Pi) -> None:
    ids = pi.announce("air")
    alice.api.call("PATCH", f"/api/sensors/{ids['air']}", 200, json={"name": "Greenhouse temperature"})
    page = signed_in(window, alice.api, f"/sensors/{ids['air']}", viewport={"width": 390, "height": 844})
    title = page.get_by_role("heading", name="Greenhouse temperature")
    expect(title).to_be_visible()
    assert title.evaluate("title => title.scrollWidth <= title.clientWidth")
    for action in ("Pin to a room", "Import readings", "Edit", "Download"):
        expect(page.get_by_role("button", name=action).first).to_be_in_viewport(ratio=1)


def test_wrong_readings_go_after_the_sensors_name_was_typed(window: Window, alice: Person, pi: Pi) -> None:
    ids = pi.announce("air", "soil")
    path = f"/api/sensors/{ids['air']}/readings"
    kept = now_ms() - 2 * 86_400_000
    pi.send(["air", kept, 21.0])
    page = signed_in(window, alice.api, f"/sensors/{ids['air']}?range=24h")
    page.get_by_role("button", name="Readings", exact=True).click()
    page.get_by_role("button", name="Remove these readings").click()
    dialog = page.get_by_role("dialog", name="Remove readings of air?")
    expect(dialog).to_contain_text("179 readings of")
    go = dialog.get_by_role("button", name="Remove", exact=True)
    expect(go).to_be_disabled()
    dialog.get_by_role("textbox").fill("air")
    go.click()
    expect(page.get_by_text("179 readings were removed.")).to_be_visible()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("table", name="Readings of air").get_by_role("row")).to_have_count(1)
    assert [row["ts"] for row in alice.api.get(path + "?resolution=raw")["items"]] == [kept]
    others = alice.api.get(f"/api/sensors/{ids['soil']}/readings?resolution=raw&limit=1000")["items"]
    assert len(others) == 179


def test_others_are_not_offered_to_remove_readings(window: Window, site: Server, pi: Pi) -> None:
    ids = pi.announce("air")
    bob = Person(site.url)
    page = signed_in(window, bob.api, f"/sensors/{ids['air']}")
    page.get_by_role("button", name="Readings", exact=True).click()
    expect(page.get_by_role("table", name="Readings of air")).to_be_visible()
    expect(page.get_by_role("button", name="Remove these readings")).to_have_count(0)
    bob.close()
