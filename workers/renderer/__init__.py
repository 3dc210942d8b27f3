"""Draws Vega-Lite charts as SVG, PNG and HTML in a child process of its own.

vl-convert holds the interpreter lock for some 100 ms a chart, and Altair takes a second to import: in the server's
process either would stall every chat. The server has a `Renderer`; `python -m workers.renderer` is its child.
"""

from workers.renderer.errors import (
    RenderCrashed,
    RendererBusy,
    RendererNotStarted,
    RenderError,
    RenderFailed,
    RenderTimeout,
)
from workers.renderer.supervisor import Renderer

__all__ = ["RenderCrashed", "RenderError", "RenderFailed", "RenderTimeout", "Renderer", "RendererBusy", "RendererNotStarted"]
