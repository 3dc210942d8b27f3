"""The renderer behind the services' port, with its failures in the words of the platform."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from services.charting.charts import SkeletonKey, page_policy
from services.charting.drawing import ChartFailed, ChartNotDrawable, ChartUnavailable, PictureFormat
from utils.logs import get_logger
from workers.renderer import RenderCrashed, Renderer, RendererBusy, RendererNotStarted, RenderError, RenderFailed, RenderTimeout

log = get_logger(__name__)


class RenderingProcess:
    """Implements services.charting.drawing.ChartRenderer with a workers.renderer.Renderer."""

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

    def warm_up(self) -> None:
        self._renderer.warm_up()


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
