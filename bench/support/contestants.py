"""The servers that a benchmark compares, and the load on them."""

import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil

from tests.support.server import Api, register

SUPPORT = Path(__file__).parent


class EchoServer:
    """A bare Socket.IO server on Node (echo.mjs); entering starts it."""

    def __enter__(self) -> "EchoServer":
        self._process = subprocess.Popen(["node", str(SUPPORT / "echo.mjs")], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{self._process.stdout.readline().strip()}"
        self.pid = self._process.pid
        return self

    def __exit__(self, *_exc: object) -> None:
        self._process.kill()
        self._process.wait()


class Load:
    """The load generator in a process of its own, with its clients in `room` already; entering starts it."""

    def __init__(self, url: str, cookies: Sequence[str], room: str) -> None:
        self._order = {"url": url, "cookies": list(cookies), "room": room}

    def __enter__(self) -> "Load":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.support.load"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._say(self._order)
        self._hear()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._process.kill()
        self._process.wait()

    def round(self, server_pid: int, in_flight: int, messages: int) -> dict[str, Any]:
        """One round of messages: the generator's figures, and `cpu_us`, what the server spent on each delivery."""
        before = cpu_seconds(server_pid)
        self._say([in_flight, messages])
        figures: dict[str, Any] = json.loads(self._hear())
        figures["server_busy"] = (cpu_seconds(server_pid) - before) / figures["seconds"]
        figures["cpu_us"] = (cpu_seconds(server_pid) - before) / figures["deliveries"] * 1e6
        figures["per_second"] = figures["deliveries"] / figures["seconds"]
        return figures

    def _say(self, what: Any) -> None:
        assert self._process.stdin is not None
        print(json.dumps(what), file=self._process.stdin, flush=True)

    def _hear(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the load generator failed")
        return line


def cpu_seconds(pid: int) -> float:
    """Processor time of a process, without its children, since it started."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def accounts(url: str, count: int) -> list[Api]:
    """New accounts, signed in. Their passwords' hashes take a while, two at a time."""
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda number: register(url, f"member{number}"), range(count)))
