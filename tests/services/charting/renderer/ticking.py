"""A program of its own for test_event_loops: draws charts while something else in the process wants to run.

Its argument is the mode: eventlet, gevent or threading. Prints what it saw as JSON.
"""

import sys

MODE = sys.argv[1]
if MODE == "eventlet":
    import eventlet

    eventlet.monkey_patch()
elif MODE == "gevent":
    import gevent
    import gevent.monkey

    gevent.monkey.patch_all()

import json  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from typing import Any  # noqa: E402

from services.charting.renderer.errors import RenderError  # noqa: E402
from services.charting.renderer.supervisor import Renderer  # noqa: E402

SMALL = {"data": {"values": [{"a": 1}]}, "mark": "point"}


def heavy(points: int) -> dict[str, Any]:
    return {
        "data": {"sequence": {"start": 0, "stop": points}},
        "mark": "line",
        "encoding": {"x": {"field": "data", "type": "quantitative"}},
    }


class Ticker:
    """Wants to run every 5 ms and notes the longest time that it was kept from it."""

    def __init__(self) -> None:
        self.longest = 0.0
        threading.Thread(target=self._tick, daemon=True).start()

    def _tick(self) -> None:
        last = time.perf_counter()
        while True:
            time.sleep(0.005)
            now = time.perf_counter()
            self.longest = max(self.longest, now - last)
            last = now


def abandon_a_chart(renderer: Renderer) -> None:
    """A green thread can be told to stop while it waits for its chart, as the one of a closed connection is."""
    if MODE == "eventlet":
        with eventlet.Timeout(0.4, False):
            renderer.render(heavy(20_000_000), "svg")
    elif MODE == "gevent":
        with gevent.Timeout(0.4, False):
            renderer.render(heavy(20_000_000), "svg")


def main() -> None:
    renderer = Renderer(timeout=60)
    ticker = Ticker()
    seen: dict[str, dict[str, Any]] = {}

    def watch(name: str, work: Callable[[], bytes]) -> None:
        time.sleep(0.05)
        ticker.longest = 0.0
        begin = time.perf_counter()
        try:
            outcome = work()[:4].decode()
        except RenderError as error:
            outcome = type(error).__name__
        took = time.perf_counter() - begin
        seen[name] = {"took": took, "longest_wait": ticker.longest, "outcome": outcome}

    def crash() -> bytes:
        pid = renderer.stats()["pid"]
        assert pid is not None
        threading.Timer(0.7, os.kill, (pid, signal.SIGKILL)).start()
        return renderer.render(heavy(20_000_000), "svg")

    def queue() -> bytes:
        drawn: list[bytes] = []
        threads = [threading.Thread(target=lambda: drawn.append(renderer.render(heavy(200_000), "svg"))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(drawn) == 3
        return drawn[0]

    watch("start", lambda: renderer.render(SMALL, "svg"))
    watch("draw", lambda: renderer.render(heavy(600_000), "svg"))
    watch("hang", lambda: renderer.render(heavy(20_000_000), "svg", timeout=0.7))
    watch("after the hang", lambda: renderer.render(SMALL, "svg"))
    watch("crash", crash)
    watch("after the crash", lambda: renderer.render(SMALL, "svg"))
    watch("queue", queue)
    abandon_a_chart(renderer)
    watch("after an abandoned one", lambda: renderer.render(SMALL, "svg"))
    renderer.warm_up([]).join()
    watch("html", lambda: renderer.render(SMALL, "html"))
    print(json.dumps({"seen": seen, "stats": renderer.stats()}))
    renderer.close()


main()
