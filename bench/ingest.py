"""How many readings a second are acknowledged, against InfluxDB on the same machine in the same run?

`python -m bench.ingest [--repeat N]`. Ours go the whole way: token, check, store, mark, live push to somebody who watches a
sensor, and the worker aggregates meanwhile. 10 devices with 5 sensors each send one batch after the other, over Socket.IO and
HTTP; 200 devices send single readings. InfluxDB (1.x, Debian's package `influxdb`) gets the same in its line protocol over as
many connections. Acknowledged means stored, by both. Expected: at least 0.3 times InfluxDB's readings a second over Socket.IO in
batches of 100. The contestants take turns, and the figures are the medians of the repetitions, as other work on the machine
disturbs single ones.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.support import influx
from bench.support.contestants import cpu_seconds
from bench.support.tables import print_table
from tests.support.raw import Closed, RawClient
from tests.support.server import Api, Server, register

EXPECTED = 0.3
DEVICES, SENSORS = 10, 5
# (batch, senders, batches a round)
LOADS = ((100, DEVICES, 1000), (1000, DEVICES, 200), (1, 200, 4000))
DAYS_AGO = 30


@dataclass
class Contestant:
    """One server and one way to send to it."""

    name: str
    pid: int
    order: dict[str, Any]
    rounds: list[dict[str, float]] = field(default_factory=list)


class Senders:
    """The sending programs, in a process of their own; entering connects them."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._order = order

    def __enter__(self) -> "Senders":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.support.senders"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._ask(self._order)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._process.kill()
        self._process.wait()

    def round(self, pid: int, batches: int, batch: int) -> dict[str, float]:
        """The figures of one round; cpu_us: what the server spent on each reading."""
        before = cpu_seconds(pid)
        figures: dict[str, float] = json.loads(self._ask(batches))
        readings = figures["batches"] * batch
        figures["per_second"] = readings / figures["seconds"]
        figures["cpu_us"] = (cpu_seconds(pid) - before) / readings * 1e6
        return figures

    def _ask(self, what: Any) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(what), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the senders failed")
        return line


class Viewer:
    """Somebody who watches a sensor."""

    def __init__(self, url: str, cookie: str, sensor_id: str) -> None:
        self.pushes = self.readings = 0
        self._client = RawClient(url, cookie, timeout=3600).open()
        answer = self._client.call("join_sensor", {"sensor_id": sensor_id})
        if not answer["ok"]:
            raise RuntimeError(str(answer))
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            for name, payload in self._client.events():
                if name == "sensor_reading":
                    self.pushes += 1
                    self.readings += len(payload["readings"]) + payload.get("skipped", 0)
        except (Closed, OSError):
            return


def devices(api: Api, count: int, sensors: int) -> tuple[list[str], list[list[str]], list[list[str]]]:
    """New devices: their tokens, and of each the keys and the ids of its sensors."""
    tokens: list[str] = []
    keys: list[list[str]] = []
    ids: list[list[str]] = []
    for number in range(count):
        made = api.post("/api/devices", {"name": f"Device {number}"}, expect=201).json()
        tokens.append(made["token"])
        keys.append([f"sensor{number}-{at}" for at in range(sensors)])
        ids.append([])
        for key in keys[-1]:
            wanted = {"device_id": made["device"]["id"], "key": key, "name": key, "unit": "°C", "kind": "temperature"}
            ids[-1].append(api.post("/api/sensors", wanted, expect=201).json()["sensor"]["id"])
    return tokens, keys, ids


def contestants(ours: Server, other: influx.Influx | None, api: Api, batch: int, senders: int) -> tuple[list[Contestant], str]:
    """Who sends batches of that size, to whom; and the sensor that somebody watches."""
    assert ours.process is not None
    sensors = SENSORS if batch > 1 else 1
    common = {"batch": batch, "first_ts": (int(time.time()) - DAYS_AGO * 86_400) * 1000}
    tokens, keys, ids = devices(api, senders, sensors)
    by_http = devices(api, senders, sensors)
    ours_too = {**common, "url": ours.url, "kind": "http", "path": "/api/sensors/{name}/readings", "format": "json"}
    found = [
        Contestant(
            "Fieldroom, Socket.IO", ours.process.pid,
            {**common, "url": ours.url, "kind": "socket", "tokens": tokens, "sensors": keys},
        ),
        Contestant("Fieldroom, HTTP", ours.process.pid, {**ours_too, "tokens": by_http[0], "sensors": by_http[2]}),
    ]  # fmt: skip
    if other is not None:
        to_them = {**common, "url": other.url, "kind": "http", "path": "/write?db=bench&precision=ms", "format": "line"}
        found.append(Contestant("InfluxDB, HTTP", other.pid, {**to_them, "tokens": [], "sensors": keys}))
    return found, ids[0][0]


def measure(found: list[Contestant], batch: int, batches: int, repeat: int) -> None:
    with ExitStack() as stack:
        sending = {one.name: stack.enter_context(Senders(one.order)) for one in found}
        for one in found:
            sending[one.name].round(one.pid, batches // 10, batch)  # warm up
        for _ in range(repeat):
            for one in found:
                one.rounds.append(sending[one.name].round(one.pid, batches, batch))


def median(one: Contestant, figure: str) -> float:
    return statistics.median(each[figure] for each in one.rounds)


def main() -> int:
    """Returns 1 where the expectation does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--mode", default="eventlet", help="ASYNC_MODE of the server")
    parser.add_argument("--only", type=int, default=0, help="only batches of this size")
    options = parser.parse_args()
    rows: list[list[object]] = []
    shares: dict[int, float] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        other = stack.enter_context(influx.Influx(folder / "influx")) if influx.installed() else None
        ours = stack.enter_context(Server(folder / "ours", ASYNC_MODE=options.mode))
        api = register(ours.url, "bench")
        pushes = 0
        for batch, senders, batches in LOADS:
            if options.only not in (0, batch):
                continue
            found, watched = contestants(ours, other, api, batch, senders)
            viewer = Viewer(ours.url, api.cookie, watched)
            measure(found, batch, batches, options.repeat)
            pushes += viewer.pushes
            theirs = median(found[-1], "per_second") if other else 0.0
            for one in found:
                speed = median(one, "per_second")
                share = f"{speed / theirs:.2f}" if theirs else "-"
                rows.append([
                    one.name, senders, batch, f"{speed:,.0f}", share, f"{median(one, 'p50_ms'):.2f}",
                    f"{median(one, 'p99_ms'):.2f}", f"{median(one, 'cpu_us'):.1f}", f"{median(one, 'busy'):.0%}",
                ])  # fmt: skip
            if theirs:
                shares[batch] = median(found[0], "per_second") / theirs
    print(f"Readings a second acknowledged. ASYNC_MODE={options.mode}; live pushes meanwhile: {pushes}")
    print_table(["", "senders", "batch", "readings/s", "of InfluxDB", "ack p50 ms", "ack p99 ms", "CPU us each", "load core"], rows)
    if other is None:
        print("\nnot compared: InfluxDB is not installed (Debian: apt-get install influxdb)")
        return 0
    if 100 not in shares:
        return 0
    print(
        f"\nin batches of 100 over Socket.IO {shares[100]:.2f} times InfluxDB's readings a second (expected: at least {EXPECTED})"
    )
    return 0 if shares[100] >= EXPECTED else 1


if __name__ == "__main__":
    sys.exit(main())
