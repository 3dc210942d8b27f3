"""The renderer's failures in the words of the platform: what is worth another try, and what is not."""

from collections.abc import Iterator

import pytest

from services.charting.drawing import ChartFailed, ChartNotDrawable, ChartUnavailable, RenderingProcess
from services.charting.renderer.errors import RendererBusy, RendererNotStarted
from services.charting.renderer.supervisor import Renderer


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    renderer = Renderer(timeout=60)
    yield renderer
    renderer.close()


def test_a_specification_that_cannot_be_drawn_never_can(renderer: Renderer) -> None:
    with pytest.raises(ChartNotDrawable):
        RenderingProcess(renderer).draw(b'{"mark": "no such mark"}', "svg", scale=1)


@pytest.mark.parametrize("error", [RendererBusy(3), RendererNotStarted("no memory", None)])
def test_a_busy_or_missing_renderer_says_nothing_of_the_chart(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object, **__: object) -> bytes:
        raise error

    monkeypatch.setattr(renderer, "render", fail)
    with pytest.raises(ChartUnavailable) as raised:
        RenderingProcess(renderer).draw(b"{}", "svg", scale=1)
    assert not isinstance(raised.value, ChartFailed)


def test_a_chart_that_takes_too_long_may_be_its_own_fault(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    RenderingProcess(renderer).draw(b'{"data": {"values": [{}]}, "mark": "point"}', "svg", scale=1)
    monkeypatch.setattr(renderer, "_timeout", 0.0)
    with pytest.raises(ChartFailed):
        RenderingProcess(renderer).draw(b'{"data": {"values": [{}]}, "mark": "point"}', "png", scale=1)
