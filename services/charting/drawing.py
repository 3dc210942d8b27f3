"""The port through which charts are drawn. Only the renderer's side implements it, in a process of its own."""

from collections.abc import Mapping
from typing import Any, Literal, Protocol

from services.charting.charts import SkeletonKey
from services.platform import current
from utils.errors import Conflict, Unavailable

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

    def warm_up(self) -> None:
        """Get ready, so that the first chart does not wait for it; returns at once."""


def renderer() -> ChartRenderer:
    """Whoever implements the port here."""
    return current().part(ChartRenderer)
