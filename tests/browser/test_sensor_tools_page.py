"""What is done with a sensor in a real browser: files that are imported, digests, retention, and several sensors in one chart."""

import json
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.test_sensors_page import signed_in
from tests.support.devices import Pi
from tests.support.people import Person, unique
from tests.support.server import Server
from utils.clock import now_ms

Window = Callable[..., Page]
T0 = 1_760_054_400_000  # 2025-10-10T00:00:00Z


@pytest.fixture
def alice(site: Server) -> Iterator[Person]:
    person = Person(site.url)
    yield person
    person.close()


@pytest.fixture
def pi(alice: Person) -> Iterator[Pi]:
    made = Pi(alice)
    now = now_ms()
    made.announce("air", "soil")
    made.send(*[[key, now - n * 10_000, level + n % 7] for n in range(1, 60) for key, level in (("air", 20.0), ("soil", 8.0))])
    yield made
    alice.api.call("DELETE", f"/api/devices/{made.id}", 204)
    made.close()


def stored(person: Person, sensor_id: str, start: int, end: int) -> list[list[float]]:
    items = person.api.get(f"/api/sensors/{sensor_id}/readings?start={start}&end={end}&resolution=raw&limit=10000")["items"]
    return [[item["ts"], item["value"]] for item in items]


def open_import(page: Page) -> Any:
    page.get_by_role("button", name="Import readings (CSV)").click()
    return page.get_by_role("dialog", name="Import into air")


def test_a_file_is_looked_at_put_right_and_imported(window: Window, alice: Person, pi: Pi, tmp_path: Path) -> None:
    sensor = pi.announce("air", "soil")["air"]
    file = tmp_path / "old.csv"
    file.write_text(
        "when;inside;outside\n"
        "2025-10-10 02:00:00;20,5;7,5\n"
        "2025-10-10 02:01:00;21,5;8,5\n"
        "2025-10-10 02:02:00;broken;n/a\n"
        "2025-10-10 02:03:00;23,5;9,5\n"
    )  # fmt: skip
    page = signed_in(window, alice.api, f"/sensors/{sensor}", timezone_id="Europe/Berlin")
    dialog = open_import(page)
    dialog.locator("input[type=file]").set_input_files(file)
    expect(dialog).to_contain_text("3 columns, parted by semicolons.")
    rows = dialog.get_by_role("table", name="The first readings").locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("20.5")
    expect(dialog.get_by_role("region", name="Rows that are wrong")).to_contain_text("Line 4: “broken” is not a number.")
    assert stored(alice, sensor, T0 - 86_400_000, T0 + 86_400_000) == [], "a preview stores nothing"

    dialog.get_by_role("combobox", name="Values").click()
    page.get_by_role("option", name="outside").click()
    expect(rows.first).to_contain_text("7.5")
    dialog.get_by_role("combobox", name="Time zone").fill("Asia/Shang")
    page.get_by_role("option", name="Asia/Shanghai").click()
    expect(rows.first.locator("time")).to_have_attribute("datetime", "2025-10-09T18:00:00.000Z")
    expect(rows.first).to_contain_text("2:00:00")

    dialog.get_by_role("button", name="Import", exact=True).click()
    counts = dialog.get_by_label("Result of the import")
    for outcome, count in (("Stored", "3"), ("There already", "0"), ("Refused", "1")):
        expect(counts.get_by_text(outcome).locator("xpath=following-sibling::dd")).to_have_text(count)
    expect(dialog).to_contain_text("1 row was not stored.")
    start = T0 - 6 * 3_600_000
    assert stored(alice, sensor, start, start + 3_600_000) == [[start, 7.5], [start + 60_000, 8.5], [start + 180_000, 9.5]]


def test_a_guess_is_pointed_out_and_put_right_in_the_readers_language(
    window: Window, alice: Person, pi: Pi, tmp_path: Path
) -> None:
    sensor = pi.announce("air", "soil")["air"]
    file = tmp_path / "excel.csv"
    file.write_bytes("sep=;\r\nDatum;Uhrzeit;Größe\r\n03/04/2025;9:30;1,234\r\n03/04/2025;9:31;warm\r\n".encode("cp1252"))
    alice.api.call("PATCH", "/api/users/me", json={"locale": "zh-CN"})
    try:
        page = signed_in(window, alice.api, f"/sensors/{sensor}", timezone_id="UTC")
        page.get_by_role("button", name="导入读数（CSV）").click()
        dialog = page.get_by_role("dialog")
        dialog.locator("input[type=file]").set_input_files(file)
        expect(dialog).to_contain_text("从这些行无法判断日和月的先后")
        expect(dialog.get_by_role("combobox", name="数值列")).to_have_value("Größe")
        expect(dialog.get_by_role("combobox", name="时刻列")).to_have_value("Uhrzeit")
        expect(dialog.get_by_role("region", name="有误的行")).to_contain_text("“warm”不是数字。")
        moment = dialog.get_by_role("table").locator("tbody time")
        for order, start in (("月、日、年", "2025-03-04"), ("日、月、年", "2025-04-03")):
            dialog.get_by_role("combobox", name="时间写法").click()
            page.get_by_role("option", name=order).click()
            expect(moment).to_have_attribute("datetime", f"{start}T09:30:00.000Z")
        expect(dialog).not_to_contain_text("从这些行无法判断日和月的先后")
        expect(dialog).to_contain_text("从这些行无法判断，请核对下面的数值。")
        dialog.get_by_role("button", name="导入", exact=True).click()
        expect(dialog.get_by_label("导入结果")).to_be_visible()
        at = 1_743_672_600_000  # 2025-04-03T09:30:00Z
        assert stored(alice, sensor, at, at + 60_000) == [[at, 1.234]]
    finally:
        alice.api.call("PATCH", "/api/users/me", json={"locale": "en"})


def test_a_file_that_is_dropped_twice_stores_nothing_twice(window: Window, alice: Person, pi: Pi) -> None:
    sensor = pi.announce("air", "soil")["air"]
    page = signed_in(window, alice.api, f"/sensors/{sensor}")
    dialog = open_import(page)
    # Larger than what a preview reads; the page makes it, as a file that is dragged from a folder.
    drop = """element => {
        const rows = Array.from({length: 20000}, (_, n) => `${1760054400000 + n * 1000},${n % 50}`);
        const carried = new DataTransfer();
        carried.items.add(new File(["ts,value\\n" + rows.join("\\n")], "log.csv", {type: "text/csv"}));
        element.dispatchEvent(new DragEvent("drop", {dataTransfer: carried, bubbles: true, cancelable: true}));
    }"""
    for accepted, duplicates in (("20,000", "0"), ("0", "20,000")):
        dialog.get_by_text("Drop a CSV file here").locator("xpath=..").evaluate(drop)
        dialog.get_by_role("button", name="Import", exact=True).click()
        counts = dialog.get_by_label("Result of the import")
        expect(counts.get_by_text("Stored").locator("xpath=following-sibling::dd")).to_have_text(accepted, timeout=30_000)
        expect(counts.get_by_text("There already").locator("xpath=following-sibling::dd")).to_have_text(duplicates)
        dialog.get_by_role("button", name="Another file").click()


def test_a_file_without_readings_says_so_and_the_next_one_is_taken(window: Window, alice: Person, pi: Pi, tmp_path: Path) -> None:
    sensor = pi.announce("air", "soil")["air"]
    page = signed_in(window, alice.api, f"/sensors/{sensor}")
    dialog = open_import(page)
    for name, text, said in (("empty.csv", "", "The file is empty."), ("words.csv", "hello\n", "a column")):
        (tmp_path / name).write_text(text)
        dialog.locator("input[type=file]").set_input_files(tmp_path / name)
        expect(dialog.get_by_role("alert")).to_contain_text(re.compile(said, re.IGNORECASE))
        dialog.get_by_role("button", name="Another file").click()
    (tmp_path / "good.csv").write_text(f"{T0},1.5\n")
    dialog.locator("input[type=file]").set_input_files(tmp_path / "good.csv")
    expect(dialog).to_contain_text("No line names them.")
    dialog.get_by_role("button", name="Import", exact=True).click()
    expect(dialog.get_by_label("Result of the import")).to_be_visible()
    assert stored(alice, sensor, T0, T0) == [[T0, 1.5]]


def test_only_who_manages_a_sensor_is_offered_an_import(window: Window, site: Server, alice: Person, pi: Pi) -> None:
    sensor = pi.announce("air", "soil")["air"]
    bob = Person(site.url)
    page = signed_in(window, bob.api, f"/sensors/{sensor}")
    expect(page.get_by_role("heading", name="Daily digests")).to_be_visible()
    expect(page.get_by_role("button", name="Import readings (CSV)")).to_have_count(0)
    bob.close()


def test_a_retention_is_set_and_what_is_wrong_is_said_at_the_field(window: Window, alice: Person, pi: Pi) -> None:
    sensor = pi.announce("air", "soil")["air"]
    page = signed_in(window, alice.api, f"/sensors/{sensor}")
    page.get_by_role("button", name="Edit the sensor").click()
    dialog = page.get_by_role("dialog", name="Edit air")
    kept = dialog.get_by_role("group", name="Kept for, in days")
    expect(kept.get_by_label("Readings")).to_have_attribute("placeholder", "for ever")
    kept.get_by_label("Readings").fill("90")
    kept.get_by_label("Minutes").fill("30")
    dialog.get_by_role("button", name="Save").click()
    expect(kept.get_by_role("alert")).to_contain_text("cannot be kept for longer")
    kept.get_by_label("Minutes").fill("365")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    found = alice.api.get(f"/api/sensors/{sensor}")["sensor"]
    assert found["retention"] == {"raw_days": 90, "minute_days": 365, "hour_days": 0, "day_days": 0}
    page.get_by_role("button", name="Edit the sensor").click()
    expect(kept.get_by_label("Readings")).to_have_value("90")
    kept.get_by_label("Minutes").fill("")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    own = alice.api.get(f"/api/sensors/{sensor}")["sensor"]["retention_own"]
    assert own == {"raw_days": 90, "minute_days": None, "hour_days": None, "day_days": None}


def test_a_digest_is_added_seen_by_the_room_and_ended(window: Window, site: Server, alice: Person, pi: Pi) -> None:
    sensor = pi.announce("air", "soil")["air"]
    name = unique("Greenhouse ")
    room = alice.api.post("/api/chat-rooms", {"name": name}, expect=201).json()["room"]["id"]
    page = signed_in(window, alice.api, f"/sensors/{sensor}", timezone_id="Europe/Berlin")
    panel = page.get_by_role("region", name="Daily digests")
    for _ in range(2):  # the second one is one too many, and says so
        panel.get_by_role("button", name="Add a digest").click()
        dialog = page.get_by_role("dialog", name="A daily digest of air")
        expect(dialog.get_by_role("combobox", name="Time zone")).to_have_value("Europe/Berlin")
        dialog.get_by_role("combobox", name="Room").click()
        page.get_by_role("option", name=name).click()
        dialog.get_by_role("combobox", name="Hour").click()
        page.get_by_role("option", name="7:00 AM", exact=True).click()
        dialog.get_by_role("button", name="Add a digest").click()
        expect(panel.get_by_role("listitem")).to_have_count(1)
    expect(dialog.get_by_role("alert")).to_contain_text("gets this sensor’s digest already")
    dialog.get_by_role("button", name="Cancel").click()
    (made,) = alice.api.get(f"/api/sensors/{sensor}/digests")["items"]
    assert (made["room_id"], made["hour"], made["tz"]) == (room, 7, "Europe/Berlin")
    expect(panel.get_by_role("listitem")).to_contain_text(f"{name} · daily at 7:00 AM (Europe/Berlin)")
    bob = Person(site.url)
    bob.api.post(f"/api/chat-rooms/{room}/join", expect=200)
    reader = signed_in(window, bob.api, f"/sensors/{sensor}")
    expect(reader.get_by_role("region", name="Daily digests").get_by_role("listitem")).to_contain_text(name)
    expect(reader.get_by_role("button", name=f"End the digest in {name}")).to_have_count(0)
    page.get_by_role("button", name=f"End the digest in {name}").click()
    expect(panel).to_contain_text("No room gets this sensor’s day.")
    assert alice.api.get(f"/api/sensors/{sensor}/digests")["items"] == []
    bob.close()


def test_sensors_are_compared_and_the_picture_is_found_by_the_id_of_its_job(window: Window, alice: Person, pi: Pi) -> None:
    ids = pi.announce("air", "soil")
    page = signed_in(window, alice.api, "/sensors")
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_text("Choose two sensors or more")).to_be_visible()
    chosen = page.get_by_role("combobox", name="Sensors")
    for name in ("air (°C)", "soil (°C)"):
        chosen.click()
        page.get_by_role("option", name=name).click()
    page.keyboard.press("Escape")
    page.get_by_role("radiogroup", name="Time range").get_by_text("1 h", exact=True).click()
    chart = page.get_by_role("img", name="Chart of air and soil, 1 h")
    expect(chart.locator("svg.marks path[aria-roledescription='line mark']")).to_have_count(2, timeout=30_000)
    page.get_by_role("button", name="Draw as PNG").click()
    expect(page).to_have_url(re.compile(f"sensors={ids['air']}%2C{ids['soil']}&job=[0-9a-f]{{24}}"))
    job = page.url.rpartition("=")[2]
    picture = page.get_by_role("region", name="Picture")
    expect(picture).to_contain_text("The picture is ready.", timeout=60_000)
    expect(picture).to_contain_text(job)
    with page.expect_download() as download:
        picture.get_by_role("link", name="Download").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    assert download.value.url.endswith(f"/api/jobs/{job}/result")
    page.reload()
    expect(picture).to_contain_text("The picture is ready.", timeout=10_000)
    expect(chart).to_be_visible()


def test_sensors_of_three_units_are_said_not_to_fit(window: Window, alice: Person, pi: Pi) -> None:
    ids = pi.live.ok("announce", {"sensors": [{"key": unit, "name": unit, "unit": unit} for unit in ("hPa", "lx", "V")]})["sensors"]
    page = signed_in(window, alice.api, f"/sensors/compare?sensors={','.join(ids.values())}")
    expect(page.get_by_text(re.compile("units? do|do not fit"))).to_be_visible(timeout=10_000)
    expect(page.get_by_role("button", name="Draw as PNG")).to_be_disabled()


def test_what_the_page_tells_devices_to_send_is_stored_as_it_stands(window: Window, alice: Person, pi: Pi) -> None:
    sensor = pi.announce("air", "soil")["air"]
    (name,) = [device["name"] for device in alice.api.get("/api/devices")["items"] if device["id"] == pi.id]
    page = signed_in(window, alice.api, "/devices")
    page.get_by_role("button", name=f"Menu of {name}").click()
    page.get_by_role("menuitem", name="How to send data").click()
    dialog = page.get_by_role("dialog", name=f"Data of {name}")

    def run(tab: str, label: str) -> str:
        dialog.get_by_role("tab", name=tab).click()
        text = dialog.get_by_role("textbox", name=label).input_value().replace("DEVICE_TOKEN", pi.token)
        done = subprocess.run(["bash", "-c", text.replace("curl ", "curl -sS --fail-with-body ")], capture_output=True, text=True)
        assert done.returncode == 0, (text, done.stdout, done.stderr)
        return done.stdout

    assert json.loads(run("HTTP", "A reading of a sensor that exists"))["accepted"] == 1
    assert alice.api.get(f"/api/sensors/{sensor}")["sensor"]["last"]["value"] == 21.5
    assert run("HTTP", "InfluxDB line protocol") == ""
    keys = [found["key"] for found in alice.api.get(f"/api/sensors?device_id={pi.id}")["items"]]
    assert "air.temperature,place=greenhouse" in keys
    assert " 21.5 " in run("Read out", "The newest readings")
    prometheus = dialog.get_by_role("textbox", name="In prometheus.yml").input_value()
    assert urlsplit(alice.api.url).netloc in prometheus
    grafana = dialog.get_by_role("textbox", name="Address for a JSON data source").input_value()
    # What Grafana and Telegraf do with the addresses that they are given.
    signed = {"Authorization": f"Bearer {pi.token}"}
    assert requests.get(f"{grafana}/", headers=signed, timeout=10).text == "ok"
    dialog.get_by_role("tab", name="Telegraf").click()
    settings = tomllib.loads(dialog.get_by_role("textbox", name="In telegraf.conf").input_value())["outputs"]["influxdb"][0]
    written = requests.post(
        f"{settings['urls'][0]}/write", params={"db": settings["database"]}, data="cpu,host=pi usage=3.5",
        auth=(settings["username"], settings["password"].replace("DEVICE_TOKEN", pi.token)), timeout=10,
    )  # fmt: skip
    assert written.status_code == 204, written.text
