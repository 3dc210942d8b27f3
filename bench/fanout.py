"""How fast does a message reach a room of 200, against a bare Socket.IO server on Node that only echoes?

`python -m bench.fanout [--repeat N]`. Ours goes the whole way: session, rate limit, membership, filter, store, acknowledge, fan
out. Both servers are driven by the same load generator (bench/support/load.py) in the same run, in turn, at 1, 4 and 64 messages in
flight. Expected: at least 1.6 times Node's deliveries a second at 64, a p50 within 1.5 ms of Node's at 1, and in a room of 1 at
least 0.1 times Node's echoes a second at 64. The figures are the medians of the repetitions, as other work on the machine disturbs
single ones.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.support.contestants import EchoServer, Load, accounts
from bench.support.tables import print_table
from tests.support.server import Api, Server

ROOM_SIZE = 200
LEAST_SHARE, MOST_LATER_MS, LEAST_ALONE = 1.6, 1.5, 0.1
ROUNDS = ((1, 300), (4, 600), (64, 1500))
ALONE = ((1, 1000), (64, 5000))


def new_room(people: list[Api]) -> str:
    room: str = people[0].post("/api/chat-rooms", {"name": "Bench"}, expect=201).json()["room"]["id"]
    return room


def median(rounds: list[dict[str, Any]]) -> dict[str, float]:
    return {figure: statistics.median(each[figure] for each in rounds) for figure in rounds[0]}


def in_turn(
    loads: dict[str, Load], pids: dict[str, int], in_flight: int, messages: int, repeat: int
) -> list[tuple[str, dict[str, float]]]:
    """The median figures of each, measured one after the other again and again: so what else runs here hits both alike."""
    measured: dict[str, list[dict[str, Any]]] = {name: [] for name in loads}
    for _ in range(repeat):
        for name, load in loads.items():
            measured[name].append(load.round(pids[name], in_flight, messages))
    return [(name, median(rounds)) for name, rounds in measured.items()]


def row(name: str, in_flight: int, figures: dict[str, float]) -> list[object]:
    return [
        name, in_flight, f"{figures['per_second']:,.0f}", f"{figures['p50_ms']:.2f}", f"{figures['p99_ms']:.2f}",
        f"{figures['ack_p50_ms']:.2f}", f"{figures['cpu_us']:.1f}", f"{figures['server_busy']:.0%}", f"{figures['busy']:.0%}",
    ]  # fmt: skip


def main() -> int:
    """Returns 1 where an expectation does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--mode", default="eventlet", help="ASYNC_MODE of the server")
    parser.add_argument("--size", type=int, default=ROOM_SIZE, help="clients in the room")
    options = parser.parse_args()
    headings = ["", "in flight", "deliveries/s", "p50 ms", "p99 ms", "ack p50 ms", "CPU us each", "server core", "load core"]
    rows: list[list[object]] = []
    results: dict[tuple[str, int], dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder), ASYNC_MODE=options.mode) as ours, EchoServer() as node:
        assert ours.process is not None
        people = accounts(ours.url, options.size)
        cookies = [api.cookie for api in people]
        pids = {"Fieldroom": ours.process.pid, "Node": node.pid}
        with (
            Load(ours.url, cookies, new_room(people)) as our_load,
            Load(node.url, [""] * options.size, "bench") as node_load,
        ):
            loads = {"Fieldroom": our_load, "Node": node_load}
            for name, load in loads.items():
                load.round(pids[name], 4, 100)  # warm up
            for in_flight, messages in ROUNDS:
                for name, figures in in_turn(loads, pids, in_flight, messages, options.repeat):
                    results[name, in_flight] = figures
                    rows.append(row(name, in_flight, figures))
        alone: list[list[object]] = []
        sends: dict[tuple[str, int], float] = {}
        with Load(ours.url, cookies[:1], new_room(people)) as our_load, Load(node.url, [""], "alone") as node_load:
            loads = {"Fieldroom": our_load, "Node": node_load}
            for in_flight, messages in ALONE:
                for name, figures in in_turn(loads, pids, in_flight, messages, options.repeat):
                    sends[name, in_flight] = figures["per_second"]
                    alone.append(row(name, in_flight, figures))
    print(f"A room of {options.size}; one delivery is one message at one member. ASYNC_MODE={options.mode}")
    print_table(headings, rows)
    print("\nA room of 1: sends a second")
    print_table(headings, alone)
    share = results["Fieldroom", 64]["per_second"] / results["Node", 64]["per_second"]
    later = results["Fieldroom", 1]["p50_ms"] - results["Node", 1]["p50_ms"]
    print(f"\nat 64 in flight {share:.2f} times Node's deliveries a second (expected: at least {LEAST_SHARE})")
    sent = sends["Fieldroom", 64] / sends["Node", 64]
    print(f"in a room of 1, at 64 in flight {sent:.3f} times Node's echoes a second (expected: at least {LEAST_ALONE})")
    print(f"at 1 in flight a p50 {later:+.2f} ms from Node's (expected: at most +{MOST_LATER_MS})")
    return 0 if share >= LEAST_SHARE and later <= MOST_LATER_MS and sent >= LEAST_ALONE else 1


if __name__ == "__main__":
    sys.exit(main())
