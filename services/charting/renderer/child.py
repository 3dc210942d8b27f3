"""The renderer's child process: draws what it is sent, one chart after the other, until its parent is gone.

vl-convert holds the interpreter lock while it draws and runs a JavaScript engine that can hang or die. Here that stops
nobody else. Once it draws, the process is of lower priority, so that charts do not take the processor from a chat (but not of the
lowest: where other programs keep the machine busy it would get nowhere); it has a limit on its memory; and it ends
itself when a chart takes longer than its parent would wait, should the parent be gone.
"""

import argparse
import json
import os
import resource
import select
import signal
import socket
from collections.abc import Callable, Sequence

import vl_convert

from services.charting.charts import SkeletonKey, build_skeleton
from services.charting.renderer import frames
from services.charting.renderer.frames import WARM_UP_SECONDS, Deadline, Frame

NICENESS = 5
# Nobody has asked for anything for so long: time to get ready for the first chart.
_IDLE_SECONDS = 0.2
# How much longer than the parent's limit a job may take before the process ends itself, in seconds.
_GRACE = 5.0
_MAX_REASON = 300
_FOR_EVER = Deadline(None)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the parent at the other end of the socket `--fd`."""
    parser = argparse.ArgumentParser(prog="services.charting.renderer", description="The chart renderer's child process.")
    parser.add_argument("--fd", type=int, required=True, help="socket to the parent")
    parser.add_argument("--memory-mb", type=int, required=True, help="limit on the process's data, in MiB")
    parser.add_argument("--font-dir", action="append", default=[], help="folder of fonts besides the system's")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which closes this process
    # RLIMIT_DATA and not RLIMIT_AS: V8 reserves 64 GiB of addresses at start, which it does not use.
    limit = options.memory_mb << 20
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    for folder in options.font_dir:
        vl_convert.register_font_directory(folder)
    with socket.socket(fileno=options.fd) as parent:
        parent.setblocking(True)  # an event loop in the parent may have made the socket non-blocking for both
        try:
            serve(parent)
        except (EOFError, OSError):
            return  # the parent is gone


def serve(parent: socket.socket) -> None:
    """Answer the parent's requests. Raises EOFError or OSError when it is gone."""
    frames.send(parent, Frame({"status": "ready"}), _FOR_EVER)
    is_warm = False
    while True:
        if not is_warm and not select.select([parent], [], [], _IDLE_SECONDS)[0]:
            _warm_up()
            is_warm = True
        request = frames.receive(parent, _FOR_EVER)
        if not is_warm and request.header["op"] != "skeleton":
            frames.send(parent, Frame({"status": "warming"}), _FOR_EVER)
            _warm_up()
            is_warm = True
        signal.setitimer(signal.ITIMER_REAL, request.header["limit"] + _GRACE)
        frames.send(parent, Frame({"status": "began"}), _FOR_EVER)
        reply = _answer(request)
        signal.setitimer(signal.ITIMER_REAL, 0)
        frames.send(parent, reply, _FOR_EVER)


def _warm_up() -> None:
    """Load the JavaScript libraries, which the first chart would else do on somebody's time: a second, on a Pi several."""
    os.nice(NICENESS)
    signal.setitimer(signal.ITIMER_REAL, WARM_UP_SECONDS + _GRACE)
    draw(Frame({"format": "svg"}, b'{"data": {"values": [{}]}, "mark": "point"}'))
    signal.setitimer(signal.ITIMER_REAL, 0)


def draw(request: Frame) -> bytes:
    """The Vega-Lite specification of the body as SVG or PNG. Raises ValueError for one that cannot be drawn."""
    spec = request.body.decode()
    # No base URL is allowed: a picture is made of what is in its specification, never of what a network has.
    if request.header["format"] == "svg":
        svg: str = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
        return svg.encode()
    png: bytes = vl_convert.vegalite_to_png(spec, scale=request.header["scale"], allowed_base_urls=[])
    return png


def skeleton(request: Frame) -> bytes:
    """The specification without data for the key in the header, as JSON."""
    return json.dumps(build_skeleton(SkeletonKey(**request.header["key"]))).encode()


def bundle(_request: Frame) -> bytes:
    """The JavaScript that an HTML chart draws itself with."""
    script: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return script.encode()


_HANDLERS: dict[str, Callable[[Frame], bytes]] = {"draw": draw, "skeleton": skeleton, "bundle": bundle}


def _answer(request: Frame) -> Frame:
    try:
        body = _HANDLERS[request.header["op"]](request)
    except Exception as error:  # noqa: BLE001 - a chart that fails must not take the next one with it
        return Frame({"status": "failed", "reason": _reason(error), "rss": _resident_bytes()})
    return Frame({"status": "done", "rss": _resident_bytes()}, body)


def _reason(error: Exception) -> str:
    """The error in one line: vl-convert's own go on with a JavaScript stack."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = next((line for line in lines if "Error" in line), lines[0] if lines else type(error).__name__)
    return text[:_MAX_REASON]


def _resident_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()
