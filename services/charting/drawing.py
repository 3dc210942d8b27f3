"""How charts get drawn: by the renderer's process, whose failures are told here in the words of the platform."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, Protocol

from services.charting.charts import SkeletonKey, page_policy
from services.charting.renderer.errors import (
    RenderCrashed,
    RendererBusy,
    RendererNotStarted,
    RenderError,
    RenderFailed,
    RenderTimeout,
)
from services.charting.renderer.supervisor import Renderer
from services.platform import current
from utils.errors import Conflict, Unavailable
from utils.logs import get_logger

log = get_logger(__name__)

PictureFormat = Literal["svg", "png", "html"]


class ChartUnavailable(Unavailable):
    default_message = "The chart cannot be drawn right now. Try again in a moment."


class ChartFailed(ChartUnavailable):
    """Drawing took too long or ended the renderer's process: perhaps the machine's fault, perhaps this chart's."""


class ChartNotDrawable(Conflict):
    """This chart, of these readings, fails each time it is drawn; others do not."""

    default_message = "This chart cannot be drawn. The server's log says why."


class ChartRenderer(Protocol):
    """Draws Vega-Lite specifications. Everything here may wait for another process.

    Raises ChartUnavailable where that is busy or gone, ChartFailed where it was lost while it drew, ChartNotDrawable where it is
    the specification that cannot be drawn.
    """

    def skeleton(self, key: SkeletonKey) -> Mapping[str, Any]:
        """The specification without data of a kind of chart."""

    def draw(self, spec: bytes, format: PictureFormat, *, scale: float) -> bytes:
        """A specification, as JSON, drawn; scale: pixels of a PNG per CSS pixel."""

    def page_policy(self) -> str:
        """The Content-Security-Policy of the pages that `draw` makes."""


class RenderingProcess:
    """Implements ChartRenderer with a process of its own."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def skeleton(self, key: SkeletonKey) -> Mapping[str, Any]:
        with _translated():
            return self._renderer.skeleton(key)

    def draw(self, spec: bytes, format: PictureFormat, *, scale: float) -> bytes:
        with _translated():
            return self._renderer.render(spec, format, scale=scale)

    def page_policy(self) -> str:
        with _translated():
            return page_policy(self._renderer.bundle())


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except RendererBusy as error:
        raise ChartUnavailable("Too many charts are waiting to be drawn. Try again in a moment.") from error
    except RenderFailed as error:
        log.error("chart not drawn", reason=error.reason)
        raise ChartNotDrawable() from error
    except RenderError as error:
        log.warning("chart not drawn", reason=str(error))
        began = isinstance(error, RenderTimeout | RenderCrashed) and not isinstance(error, RendererNotStarted)
        raise (ChartFailed if began else ChartUnavailable)() from error


def renderer() -> ChartRenderer:
    """Whoever implements the port here."""
    return current().part(ChartRenderer)
