"""Drawing charts through the child process, and what its hangs, crashes and refusals look like."""

import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import psutil
import pytest

from services.charting.charts import ChartOptions, RollupRow, Series, trend_spec
from services.charting.renderer.errors import RenderCrashed, RendererBusy, RenderError, RenderFailed, RenderTimeout
from services.charting.renderer.supervisor import Renderer, usual_skeletons

START = 1_795_132_800_000
MINUTE = 60_000
SMALL = {"data": {"values": [{"a": 1}]}, "mark": "point"}
SVG = "{http://www.w3.org/2000/svg}"


def chinese_fonts() -> bool:
    fc_list = shutil.which("fc-list")
    return bool(fc_list and subprocess.run([fc_list, ":lang=zh-cn"], capture_output=True, check=True).stdout)


def heavy(points: int) -> dict[str, Any]:
    """A specification that takes long: about a second for each million of points."""
    return {
        "data": {"sequence": {"start": 0, "stop": points}},
        "mark": "line",
        "encoding": {"x": {"field": "data", "type": "quantitative"}},
    }


@pytest.fixture(scope="module")
def shared() -> Iterator[Renderer]:
    renderer = Renderer(timeout=60)
    yield renderer
    renderer.close()


@pytest.fixture
def renderer() -> Iterator[Renderer]:
    renderer = Renderer(timeout=60)
    yield renderer
    renderer.close()


def chart(renderer: Renderer, **options: Any) -> dict[str, Any]:
    """A day of minutes with a silence of five hours from 10:00 UTC."""
    rows: list[RollupRow] = [
        {"ts": START + m * MINUTE, "count": 6, "min": m - 9, "max": m + 9, "mean": m, "first": m, "last": m}
        for m in (*range(600), *range(900, 1440))
    ]
    series = Series("a", "温室温度 <&>", "°C", rows, MINUTE)
    shown = ChartOptions(width=600, height=200, interactive=False, **options)
    return trend_spec([series], START, START + 1440 * MINUTE, shown, skeletons=renderer.skeleton)


def wait_until(condition: Any) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def in_thread(work: Any) -> tuple[threading.Thread, list[Any]]:
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append(work())
        except RenderError as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


def test_a_gap_is_a_gap_in_the_picture_and_chinese_is_text(shared: Renderer) -> None:
    picture = ElementTree.fromstring(shared.render(chart(shared, time_zone="Asia/Shanghai", locale="zh-CN"), "svg"))
    texts = {element.text for element in picture.iter(f"{SVG}text")}
    assert {"温室温度 <&>", "°C", "11月21日", "18:00"} <= texts
    assert "16:00" not in texts
    for kind in ("mark-line", "mark-area"):
        [group] = [g for g in picture.iter(f"{SVG}g") if f"{kind} role-mark" in (g.get("class") or "")]
        [path] = group.iter(f"{SVG}path")
        assert len(re.findall("M", path.get("d", ""))) == 2, kind


def test_a_png_has_the_pixels_that_were_asked_for(shared: Renderer) -> None:
    sizes = []
    for scale in (1.0, 2.0):
        png = shared.render(chart(shared), "png", scale=scale)
        assert png.startswith(b"\x89PNG\r\n\x1a\n")
        sizes.append(struct.unpack("!II", png[16:24]))
    assert sizes[0][0] >= 600
    assert sizes[0][1] >= 200
    assert all(abs(twice - 2 * once) <= 2 for once, twice in zip(*sizes, strict=True))


@pytest.mark.skipif(not chinese_fonts(), reason="no font on this machine has Chinese; fonts-noto-cjk does")
@pytest.mark.parametrize("glyph", ["温", "湿"])
def test_chinese_is_drawn_with_a_font_that_has_it(shared: Renderer, glyph: str) -> None:
    pictures = {
        shared.render({"data": {"values": [{}]}, "mark": {"type": "text", "text": text, "fontSize": 40}}, "png")
        for text in (glyph, "\U0010fffd")
    }
    assert len(pictures) == 2


def test_the_same_chart_is_the_same_bytes(shared: Renderer) -> None:
    assert shared.render(chart(shared), "svg") == shared.render(chart(shared), "svg")


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"a": 1}, "Invalid specification"),
        (b"{", "JSON"),
        ({"a": float("nan")}, "JSON"),
        ({"a": object()}, "JSON"),
        ({"mark": "point", "data": {"url": "http://127.0.0.1:9/data.json"}}, "not allowed"),
    ],
)
def test_a_chart_that_cannot_be_drawn_fails_with_a_reason_and_costs_nothing_else(shared: Renderer, spec: Any, reason: str) -> None:
    shared.render(SMALL, "svg")
    before = shared.stats()
    with pytest.raises(RenderFailed) as failed:
        shared.render(spec, "svg")
    assert reason in failed.value.reason
    assert "\n" not in failed.value.reason
    assert shared.render(SMALL, "svg").startswith(b"<svg")
    assert shared.stats()["pid"] == before["pid"]
    assert shared.stats()["failed"] == (before["failed"] or 0) + 1


def test_a_local_file_does_not_get_into_a_picture(shared: Renderer, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\nTOPSECRET\n")
    spec = {
        "data": {"url": f"file://{tmp_path}/secret.csv"},
        "mark": "text",
        "encoding": {"text": {"field": "a", "type": "nominal"}},
    }
    assert b"TOPSECRET" not in shared.render(spec, "svg")


@pytest.mark.parametrize("arguments", [{"format": "gif"}, {"format": "png", "scale": 40.0}])
def test_an_unknown_format_or_a_huge_scale_is_the_callers_mistake(shared: Renderer, arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        shared.render(SMALL, **arguments)


def test_a_chart_that_takes_too_long_is_cut_off_and_the_next_one_works(renderer: Renderer) -> None:
    renderer.render(SMALL, "svg")
    first = renderer.stats()["pid"]
    with pytest.raises(RenderTimeout) as cut_off:
        renderer.render(heavy(20_000_000), "svg", timeout=0.5)
    assert cut_off.value.limit == 0.5
    assert first is not None
    assert not psutil.pid_exists(first)
    assert renderer.render(SMALL, "svg").startswith(b"<svg")
    assert renderer.stats()["timeouts"] == 1


def test_a_stopped_child_is_cut_off_too(renderer: Renderer) -> None:
    renderer.render(SMALL, "svg")
    os.kill(renderer.stats()["pid"] or 0, signal.SIGSTOP)
    with pytest.raises(RenderTimeout):
        renderer.render(SMALL, "svg", timeout=0.3)
    assert renderer.render(SMALL, "svg").startswith(b"<svg")


def test_a_crash_costs_the_chart_being_drawn_and_no_other(renderer: Renderer) -> None:
    renderer.render(SMALL, "svg")
    drawing, outcome = in_thread(lambda: renderer.render(heavy(20_000_000), "svg"))
    wait_until(lambda: renderer.stats()["queued"] == 1)
    waiting, next_outcome = in_thread(lambda: renderer.render(SMALL, "svg"))
    time.sleep(0.3)  # the child has begun
    os.kill(renderer.stats()["pid"] or 0, signal.SIGKILL)
    drawing.join()
    waiting.join()
    assert isinstance(outcome[0], RenderCrashed)
    assert outcome[0].exit_status == -signal.SIGKILL
    assert next_outcome[0].startswith(b"<svg")
    assert renderer.stats()["crashes"] == 1


def test_a_child_that_died_while_idle_is_replaced_unnoticed(renderer: Renderer) -> None:
    for _ in range(2):
        renderer.render(SMALL, "svg")
        os.kill(renderer.stats()["pid"] or 0, signal.SIGKILL)
    assert renderer.render(SMALL, "svg").startswith(b"<svg")
    assert (renderer.stats()["crashes"], renderer.stats()["starts"]) == (0, 3)


def test_a_chart_that_eats_all_memory_ends_the_child_and_not_the_machine() -> None:
    renderer = Renderer(timeout=60, memory_limit_mb=800)
    with pytest.raises(RenderCrashed):
        renderer.render(heavy(20_000_000), "svg")
    assert renderer.render(SMALL, "svg").startswith(b"<svg")
    renderer.close()


def test_a_child_that_cannot_start_is_an_error_and_not_a_loop() -> None:
    renderer = Renderer(memory_limit_mb=1)
    with pytest.raises(RenderCrashed):
        renderer.render(SMALL, "svg")
    assert (renderer.stats()["starts"] or 0) <= 2
    renderer.close()


def test_one_chart_too_many_is_refused_at_once() -> None:
    renderer = Renderer(timeout=60, max_queue=1)
    renderer.render(SMALL, "svg")
    drawing, _ = in_thread(lambda: renderer.render(heavy(20_000_000), "svg", timeout=1.5))
    wait_until(lambda: renderer.stats()["queued"] == 1)
    waiting, outcome = in_thread(lambda: renderer.render(SMALL, "svg"))
    wait_until(lambda: renderer.stats()["queued"] == 2)
    with pytest.raises(RendererBusy):
        renderer.render(SMALL, "svg")
    drawing.join()
    waiting.join()
    assert outcome[0].startswith(b"<svg")
    assert (renderer.stats()["busy"], renderer.stats()["queued"]) == (1, 0)
    renderer.close()


def test_waiting_for_ones_turn_has_an_end() -> None:
    renderer = Renderer(timeout=60, queue_timeout=0.2)
    renderer.render(SMALL, "svg")
    drawing, _ = in_thread(lambda: renderer.render(heavy(20_000_000), "svg", timeout=1))
    wait_until(lambda: renderer.stats()["queued"] == 1)
    with pytest.raises(RendererBusy):
        renderer.render(SMALL, "svg")
    drawing.join()
    assert renderer.stats()["queued"] == 0
    renderer.close()


def test_a_child_is_replaced_after_its_share_of_charts() -> None:
    renderer = Renderer(timeout=60, recycle_after=2)
    pids = []
    for _ in range(4):
        renderer.render(SMALL, "svg")
        pids.append(renderer.stats()["pid"])
    assert renderer.stats()["recycled"] == 2
    assert len(set(pids)) == 3
    renderer.close()


def test_a_child_that_nobody_asks_for_anything_ends_and_the_next_chart_has_another() -> None:
    renderer = Renderer(timeout=60, idle_seconds=1.0)
    assert renderer.stats()["pid"] is None, "it was not needed yet"
    for starts in (1, 2):
        renderer.render(SMALL, "svg")
        pid = renderer.stats()["pid"]
        assert pid is not None
        wait_until(lambda pid=pid: not psutil.pid_exists(pid))  # nor is there a zombie
        assert (renderer.stats()["pid"], renderer.stats()["resident_bytes"], renderer.stats()["starts"]) == (None, None, starts)
    renderer.close()


def test_a_child_that_is_asked_now_and_then_or_draws_for_long_does_not_end() -> None:
    renderer = Renderer(timeout=60, idle_seconds=1.5)
    for _ in range(5):
        renderer.render(SMALL, "svg")
        time.sleep(0.5)
    with pytest.raises(RenderTimeout):
        renderer.render(heavy(100_000_000), "svg", timeout=2.0)
    assert (renderer.stats()["starts"], renderer.stats()["crashes"]) == (1, 0)
    renderer.close()


def test_warming_up_returns_at_once_and_leaves_nothing_to_wait_for(renderer: Renderer) -> None:
    key = usual_skeletons()[0]
    thread = renderer.warm_up([key])
    thread.join()
    os.kill(renderer.stats()["pid"] or 0, signal.SIGSTOP)  # it is not asked again
    assert renderer.skeleton(key)["layer"]
    assert renderer.render(SMALL, "html", timeout=0.1).startswith(b"<!DOCTYPE html>")


def test_whoever_asks_for_a_chart_goes_before_the_warming_up(renderer: Renderer) -> None:
    keys = usual_skeletons()
    thread = renderer.warm_up(keys)
    wait_until(lambda: renderer.stats()["pid"] is not None)
    assert renderer.skeleton(keys[-1])["layer"]
    assert thread.is_alive(), "it was not the last one of the warming up"
    thread.join()


def test_a_closed_renderer_draws_no_more_and_leaves_no_process() -> None:
    renderer = Renderer(timeout=60)
    renderer.render(SMALL, "svg")
    pid = renderer.stats()["pid"]
    assert pid is not None
    drawing, outcome = in_thread(lambda: renderer.render(heavy(20_000_000), "svg"))
    wait_until(lambda: renderer.stats()["queued"] == 1)
    time.sleep(0.3)
    renderer.close()
    drawing.join()
    assert isinstance(outcome[0], RenderCrashed)
    assert not psutil.pid_exists(pid)
    with pytest.raises(RenderError, match="closed"):
        renderer.render(SMALL, "svg")


def test_the_child_gives_way_to_others_and_knows_none_of_the_servers_secrets(
    shared: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "do not tell")
    renderer = Renderer(timeout=60)
    renderer.render(SMALL, "svg")
    child = psutil.Process(renderer.stats()["pid"])
    assert child.nice() >= psutil.Process().nice() + 5
    assert "SECRET_KEY" not in child.environ()
    renderer.close()


def test_the_child_imports_no_more_than_it_draws_with() -> None:
    program = "import sys, services.charting.renderer.child; print(*{name.partition('.')[0] for name in sys.modules})"
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).resolve().parents[4], capture_output=True, text=True, check=True
    )
    imported = set(found.stdout.split())
    assert "vl_convert" in imported
    assert imported.isdisjoint({"models", "schemas", "pydantic", "bson", "structlog", "asyncio", "altair", "flask"})


PARENT = """
import sys, time
from services.charting.renderer.supervisor import Renderer
renderer = Renderer(timeout=60)
renderer.render({"data": {"values": [{}]}, "mark": "point"}, "svg")
print(renderer.stats()["pid"], flush=True)
{ending}
"""


@pytest.mark.parametrize("ending", ["sys.exit()", "time.sleep(60)"])
def test_the_child_ends_with_its_parent_however_that_ends(ending: str) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.replace("{ending}", ending)],
        cwd=Path(__file__).resolve().parents[4],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    if "sleep" in ending:
        parent.kill()  # no chance to clean up
    parent.wait(30)
    parent.stdout.close()
    wait_until(lambda: not _runs(child))


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
