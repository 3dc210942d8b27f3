"""What does a connection cost that does nothing, and one that begins? Against a bare Socket.IO server on Node, in one run.

`python -m bench.connections [--count N] [--repeat N]`. Each connection is signed in and has joined the namespace, as an open page
has; on Node it has only joined the namespace. They begin one after the other. Memory is what the server process grew by (resident
set), divided by the number of connections, in its first round, before anything could be used again; the other figures are medians
of all rounds, in which the two take turns. Expected: at most 35 KiB, and at least 0.7 times Node's connections a second.
"""

import argparse
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil

from bench.support.contestants import EchoServer, accounts, cpu_seconds
from bench.support.tables import print_table
from tests.support.raw import RawClient
from tests.support.server import Server

ACCOUNTS = 20
REST_SECONDS = 5
SETTLE_SECONDS = 60
MOST_KIB = 35
LEAST_SHARE = 0.7


class Contestant:
    """One server, and its figures so far."""

    def __init__(self, url: str, pid: int, cookies: list[str]) -> None:
        self.url, self.pid, self.cookies = url, pid, cookies
        self._warm = self.connections(50)
        self.rounds: list[dict[str, float]] = []

    def connections(self, count: int) -> list[RawClient]:
        return [RawClient(self.url, self.cookies[number % len(self.cookies)]).open() for number in range(count)]

    def round(self, count: int) -> None:
        """Connect, rest and disconnect."""
        process = psutil.Process(self.pid)
        before, cpu, begun = process.memory_info().rss, cpu_seconds(self.pid), time.perf_counter()
        clients = self.connections(count)
        seconds = time.perf_counter() - begun
        spent = cpu_seconds(self.pid) - cpu
        time.sleep(1)
        kib = (process.memory_info().rss - before) / count / 1024
        resting = cpu_seconds(self.pid)
        time.sleep(REST_SECONDS)
        resting = (cpu_seconds(self.pid) - resting) / REST_SECONDS
        for client in clients:
            client.close()
        self._settle()
        self.rounds.append({"kib": kib, "per_second": count / seconds, "cpu_us": spent / count * 1e6, "resting": resting})

    def _settle(self) -> None:
        """Wait until what follows the end of connections is done: it would cost the other one's next round."""
        for _ in range(SETTLE_SECONDS):
            before = cpu_seconds(self.pid)
            time.sleep(1)
            if cpu_seconds(self.pid) - before < 0.05:
                return

    def median(self, figure: str) -> float:
        return statistics.median(each[figure] for each in self.rounds)

    def row(self, name: str) -> list[object]:
        return [
            name, f"{self.rounds[0]['kib']:.1f}", f"{self.median('per_second'):,.0f}", f"{self.median('cpu_us'):,.0f}",
            f"{self.median('resting'):.1%}",
        ]  # fmt: skip


def main() -> int:
    """Returns 1 where an expectation does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--mode", default="eventlet", help="ASYNC_MODE of the server")
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < options.count + 500:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, options.count + 500), hard))
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder), ASYNC_MODE=options.mode) as server, EchoServer() as node:
        assert server.process is not None
        ours = Contestant(server.url, server.process.pid, [api.cookie for api in accounts(server.url, ACCOUNTS)])
        theirs = Contestant(node.url, node.pid, [""])
        time.sleep(1)
        for _ in range(options.repeat):
            ours.round(options.count)
            theirs.round(options.count)
    print(f"{options.count:,} idle connections. ASYNC_MODE={options.mode}")
    headings = ["", "KiB each", "connects/s", "CPU us a connect", "CPU at rest"]
    print_table(headings, [ours.row("Fieldroom"), theirs.row("Node")])
    each, share = ours.rounds[0]["kib"], ours.median("per_second") / theirs.median("per_second")
    print(f"\nan idle connection takes {each:.1f} KiB (expected: at most {MOST_KIB}; Node: {theirs.rounds[0]['kib']:.1f})")
    print(f"{share:.2f} times Node's connections a second (expected: at least {LEAST_SHARE})")
    return 0 if each <= MOST_KIB and share >= LEAST_SHARE else 1


if __name__ == "__main__":
    sys.exit(main())
