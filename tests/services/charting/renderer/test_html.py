"""A chart as an HTML file, opened from disk in a real browser that has no network."""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from services.charting.charts import (
    Annotations,
    ChartOptions,
    RollupRow,
    Series,
    Span,
    Threshold,
    distribution_spec,
    heatmap_spec,
    trend_spec,
)
from services.charting.renderer.supervisor import Renderer

START = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp() * 1000)
MINUTE = 60_000
NAME = "Bench </script><script>document.title='broken'</script>"
LINE = ".mark-line.role-mark path"


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    renderer = Renderer(timeout=60)
    yield renderer
    renderer.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


class Opened:
    """A chart in a browser tab, with what the tab asked for and complained of."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(path.as_uri())
        page.wait_for_selector("body[data-drawn=yes]", timeout=30_000)

    def axis(self) -> list[str]:
        return self.page.locator(".role-axis-label text").all_text_contents()

    def point_at(self, selector: str, index: int = 0, *, x: float, y: float) -> None:
        """Move the pointer to these shares of an element's width and height."""
        box = self.page.locator(selector).nth(index).bounding_box()
        assert box is not None
        self.page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y)

    def tooltip(self, sensor: str = "") -> dict[str, str]:
        shown = self.page.locator("#vg-tooltip-element.visible", has_text=sensor)
        shown.wait_for(timeout=10_000)
        keys, values = (shown.locator(f"td.{part}").all_text_contents() for part in ("key", "value"))
        return dict(zip(keys, values, strict=True))


@pytest.fixture
def opened(renderer: Renderer, browser: Browser, tmp_path: Path) -> Iterator[Any]:
    contexts = []

    def open_chart(series: list[Series], **options: Any) -> Opened:
        shown = ChartOptions(width=700, height=240, **options)
        spec = trend_spec(series, START, START + 1440 * MINUTE, shown, skeletons=renderer.skeleton)
        path = tmp_path / "chart.html"
        path.write_bytes(renderer.render(spec, "html"))
        contexts.append(browser.new_context(offline=True, timezone_id="Asia/Shanghai"))
        return Opened(contexts[-1].new_page(), path)

    yield open_chart
    for context in contexts:
        context.close()


def rolled(name: str = NAME, unit: str = "°C") -> Series:
    rows: list[RollupRow] = [
        {"ts": START + m * MINUTE, "count": 6, "min": m - 9, "max": m + 9, "mean": m, "first": m, "last": m}
        for m in (*range(600), *range(900, 1440))
    ]
    return Series(name, name, unit, rows, MINUTE)


def straight(name: str, unit: str, value: float, slope: float) -> Series:
    """A day of readings every ten minutes that change by `slope` from one to the next."""
    points = [[START + index * 10 * MINUTE, value + index * slope] for index in range(144)]
    return Series(name, name, unit, points, 10 * MINUTE)


def test_it_draws_with_its_gap_and_asks_no_network_for_anything(opened: Any, tmp_path: Path) -> None:
    tab = opened([rolled()])
    path = tab.page.locator(LINE).first.get_attribute("d")
    assert len(re.findall("M", path)) == 2
    assert tab.requests == [(tmp_path / "chart.html").as_uri()]
    assert tab.complaints == []


@pytest.mark.parametrize("kind", ["heatmap", "distribution"])
def test_the_other_kinds_open_from_disk_without_a_network_too(
    renderer: Renderer, browser: Browser, tmp_path: Path, kind: str
) -> None:
    options = ChartOptions(width=700, height=240, time_zone="Asia/Kathmandu", locale="zh-CN", theme="dark")
    if kind == "heatmap":
        points: list[RollupRow] = list(rolled().points)  # type: ignore[arg-type]  # rolled up, as it says
        spec = heatmap_spec(rolled(), points, START, START + 1440 * MINUTE, options, skeletons=renderer.skeleton)
    else:
        spec = distribution_spec(rolled(), options, rollup="minute", skeletons=renderer.skeleton)
    path = tmp_path / f"{kind}.html"
    path.write_bytes(renderer.render(spec, "html"))
    context = browser.new_context(offline=True)
    tab = Opened(context.new_page(), path)
    marks = tab.page.locator(".mark-rect.role-mark path")
    tab.point_at(".mark-rect.role-mark path", 3, x=0.5, y=0.5)
    told = tab.tooltip()
    assert marks.count() > 10
    assert ("平均值" if kind == "heatmap" else "占比") in told
    assert tab.requests == [path.as_uri()]
    assert tab.complaints == []
    context.close()


def test_thresholds_and_alerts_are_drawn_in_the_browser_too(renderer: Renderer, browser: Browser, tmp_path: Path) -> None:
    marked = Annotations([Threshold(500.0, "above")], [Span(START + 60 * MINUTE, START + 90 * MINUTE)])
    options = ChartOptions(width=700, height=240)
    spec = trend_spec([rolled()], START, START + 1440 * MINUTE, options, skeletons=renderer.skeleton, annotations=marked)
    path = tmp_path / "marked.html"
    path.write_bytes(renderer.render(spec, "html"))
    context = browser.new_context(offline=True)
    tab = Opened(context.new_page(), path)
    assert tab.page.locator(".mark-rule.role-mark line").count() == 1
    assert tab.page.locator(".mark-rect.role-mark path").count() == 1
    assert set(tab.page.locator(".mark-text.role-mark text").all_text_contents()) == {"> 500"}
    assert tab.complaints == []
    context.close()


def test_a_sensors_name_is_text_and_never_a_script(opened: Any) -> None:
    tab = opened([rolled()])
    assert tab.page.title() == NAME
    assert tab.page.locator(".role-title-text text").first.text_content().startswith("Bench </script>")


def test_times_are_the_viewers_in_the_viewers_language(opened: Any) -> None:
    assert {"09:00", "11月21日", "03:00"} <= set(opened([rolled()], locale="zh-CN").axis())


def test_times_are_the_given_zones_if_one_is_given(opened: Any) -> None:
    assert {"21:00", "Nov 20", "03:00"} <= set(opened([rolled()], time_zone="America/New_York").axis())


@pytest.mark.parametrize(("zone", "noon"), [(None, "2026-11-20 20:00:00"), ("America/New_York", "2026-11-20 07:00:00")])
def test_pointing_at_the_line_tells_time_and_values(opened: Any, zone: str | None, noon: str) -> None:
    series = [Series("a", "Bench", "°C", rolled().points[540:600], MINUTE), straight("Shed", "°C", 9000.0, 0)]
    tab = opened(series, time_zone=zone)
    tab.point_at(LINE, 1, x=0.5, y=0.5)
    told = tab.tooltip()
    assert abs(datetime.fromisoformat(told["Time"]) - datetime.fromisoformat(noon)) <= timedelta(minutes=10)
    assert told["Sensor"] == "Shed"
    assert float(told["Mean"].replace(",", "")) == 9000
    tab.point_at(LINE, 0, x=0.5, y=0.5)
    told = tab.tooltip(sensor="Bench")
    assert (float(told["Minimum"]), float(told["Maximum"])) == (float(told["Mean"]) - 9, float(told["Mean"]) + 9)


def test_both_axes_answer_the_pointer(opened: Any) -> None:
    tab = opened([straight("Inside", "°C", 20.0, 0.1), straight("Humidity", "%", 50.0, -0.1)])
    tab.point_at(LINE, 0, x=0.25, y=0.75)
    assert tab.tooltip(sensor="Inside (°C)")["Value"].startswith("23.")
    tab.point_at(LINE, 1, x=0.25, y=0.25)
    assert tab.tooltip(sensor="Humidity (%)")["Value"].startswith("46.")


def test_the_wheel_zooms_with_ctrl_and_scrolls_without(opened: Any) -> None:
    tab = opened([rolled()])
    before = tab.axis()
    tab.point_at(LINE, x=0.5, y=0.5)
    tab.page.mouse.wheel(0, -300)
    tab.page.wait_for_timeout(300)
    assert tab.axis() == before
    tab.page.keyboard.down("Control")
    tab.page.mouse.wheel(0, -300)
    tab.page.wait_for_function(
        "before => [...document.querySelectorAll('.role-axis-label text')].map(e => e.textContent).join() != before",
        arg=",".join(before),
        timeout=10_000,
    )
