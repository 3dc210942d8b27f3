"""What does a connection that does nothing cost? Memory of the server at 2,000 of them, against a bare Socket.IO server on Node.

`python -m bench.connections [--count N]`. Each connection is signed in and has joined the namespace, as an open page has; on Node
it has only joined the namespace. Memory is what the server process grew by (resident set), divided by the number of connections.
"""

import argparse
import resource
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


def measured(name: str, url: str, pid: int, cookies: list[str], count: int) -> list[object]:
    process = psutil.Process(pid)
    warm = [RawClient(url, cookies[number % len(cookies)]).open() for number in range(50)]
    time.sleep(1)
    before, cpu, begun = process.memory_info().rss, cpu_seconds(pid), time.perf_counter()
    clients = [RawClient(url, cookies[number % len(cookies)]).open() for number in range(count)]
    seconds = time.perf_counter() - begun
    spent = cpu_seconds(pid) - cpu
    time.sleep(1)
    each = (process.memory_info().rss - before) / count
    resting = cpu_seconds(pid)
    time.sleep(5)
    resting = (cpu_seconds(pid) - resting) / 5
    for client in (*warm, *clients):
        client.close()
    return [name, f"{each / 1024:.1f}", f"{count / seconds:,.0f}", f"{spent / count * 1e6:,.0f}", f"{resting:.1%}"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--mode", default="eventlet", help="ASYNC_MODE of the server")
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < options.count + 500:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, options.count + 500), hard))
    rows = []
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder), ASYNC_MODE=options.mode) as ours:
        assert ours.process is not None
        cookies = [api.cookie for api in accounts(ours.url, ACCOUNTS)]
        rows.append(measured("Fieldroom", ours.url, ours.process.pid, cookies, options.count))
    with EchoServer() as node:
        rows.append(measured("Node", node.url, node.pid, [""], options.count))
    print(f"{options.count:,} idle connections. ASYNC_MODE={options.mode}")
    print_table(["", "KiB each", "connects/s", "CPU us a connect", "CPU at rest"], rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
