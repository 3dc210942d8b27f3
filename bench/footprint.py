"""What does a place cost that nobody looks at? Memory, wakeups and disk writes of all its processes, on one small machine.

`python -m bench.footprint [--seconds N]`. Idle; with a device that sends 20 sensors once a second, as a Pi does; with this
machine's own sensors (HOST_AGENT=1, what `make run` starts); and right after somebody has looked at a picture, while the
renderer's process is still there. Expected: idle, all processes together stay under 150 MB resident.

RSS counts what processes share in each of them, PSS a share of it in each (Linux only). A wakeup is a thread that slept and was
woken (voluntary context switches, of all threads): what keeps a processor from its deeper sleep. Written is what the processes
had the kernel write to the disk (`write_bytes` of /proc/PID/io: pages, each once while it waits to be written, not the
program's bytes): what wears an SD card. So it has to run on a real disk: in memory (tmpfs) it is 0, which is said.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil
import socketio

from bench.ingest import devices
from bench.support.tables import print_table
from tests.support.server import Api, Server, register

EXPECTED_MB = 150
SENSORS = 20
# How long it is left alone before a measurement at least, and until it takes less of a core than this.
SETTLE_SECONDS, SETTLE_AT_MOST = 15.0, 180.0
QUIET_CORE = 0.1


class Counters(NamedTuple):
    """What a process has done so far; cpu in seconds, written in bytes."""

    wakeups: int
    written: int
    cpu: float


def processes(pid: int) -> list[psutil.Process]:
    """The process and those below it."""
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def wakeups(pid: int) -> int:
    """Voluntary context switches of all threads of a process."""
    counts = (path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/status"))
    return sum(int(line.split()[1]) for text in counts for line in text.splitlines() if line.startswith("voluntary_ctxt"))


def written(pid: int) -> int:
    """Bytes that a process had written to the disk, without those of files that it removed in time."""
    lines = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
    return int(lines["write_bytes"]) - int(lines["cancelled_write_bytes"])


def counters(pid: int) -> dict[int, Counters]:
    """Those of a place's processes, by process id."""
    found = {}
    for process in processes(pid):
        times = process.cpu_times()
        found[process.pid] = Counters(wakeups(process.pid), written(process.pid), times.user + times.system)
    return found


def done_since(before: dict[int, Counters], pid: int) -> Counters:
    """The sum of what was done since; what began later counts whole, what has ended since not at all."""
    nothing = Counters(0, 0, 0.0)
    pairs = [(now, before.get(number, nothing)) for number, now in counters(pid).items()]
    sums = (sum(now[at] - then[at] for now, then in pairs) for at in range(len(nothing)))
    return Counters(*sums)  # type: ignore[arg-type]


def settle(pid: int, seconds: float) -> None:
    """Leave a place alone until it does no more of what it does once, after its start or its first chart."""
    time.sleep(seconds)
    ends = time.monotonic() + SETTLE_AT_MOST
    while time.monotonic() < ends:
        before = counters(pid)
        time.sleep(5)
        if done_since(before, pid).cpu < 5 * QUIET_CORE:
            return


def measured(name: str, pid: int, seconds: float) -> tuple[list[object], float]:
    """A row of the table, and the resident MB."""
    before, begun = counters(pid), time.perf_counter()
    time.sleep(seconds)
    done, minutes = done_since(before, pid), (time.perf_counter() - begun) / 60
    memory = [process.memory_full_info() for process in processes(pid)]
    resident, own = sum(each.rss for each in memory) / 1e6, sum(each.pss for each in memory) / 1e6
    return [
        name, len(memory), f"{resident:.0f}", f"{own:.0f}", f"{done.wakeups / minutes:,.0f}", f"{done.cpu / minutes / 60:.2%}",
        f"{done.written / minutes / 1024:,.0f}",
    ], resident  # fmt: skip


@contextmanager
def sending(api: Api) -> Iterator[None]:
    """A device that sends a reading of each of its sensors once a second, and waits for its acknowledgement."""
    tokens, keys, _ = devices(api, 1, SENSORS)
    client = socketio.Client()
    client.connect(api.url, auth={"token": tokens[0]}, namespaces=["/devices"], transports=["websocket"])
    stop = threading.Event()
    failed: list[Exception] = []

    def send() -> None:
        due = time.monotonic()
        try:
            while not stop.wait(max(0.0, due - time.monotonic())):
                due += 1
                ts = int(time.time() * 1000)
                readings = [[key, ts, 20 + ts // 1000 % 61 / 8] for key in keys[0]]
                answer = client.call("readings", {"readings": readings}, namespace="/devices")
                if not answer["ok"]:
                    raise RuntimeError(str(answer))
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        client.disconnect()
    if failed:
        raise failed[0]


def look(api: Api) -> None:
    """Look at a picture of some sensor."""
    [sensor, *_] = api.get("/api/sensors")["items"]
    api.call("GET", f"/api/sensors/{sensor['id']}/chart.png", expect=200)


def main() -> int:
    """Returns 1 where the expectation does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="of each measurement")
    parser.add_argument("--settle", type=float, default=SETTLE_SECONDS, help="seconds before each measurement at least")
    parser.add_argument("--mode", default="eventlet", help="ASYNC_MODE of the server")
    options = parser.parse_args()
    rows: list[list[object]] = []

    def row(name: str, server: Server) -> float:
        assert server.process is not None
        settle(server.process.pid, options.settle)
        cells, resident = measured(name, server.process.pid, options.seconds)
        rows.append(cells)
        return resident

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        with Server(folder / "place", ASYNC_MODE=options.mode) as server:
            idle = row("idle", server)
            api = register(server.url, "bench")
            with sending(api):
                row(f"{SENSORS} sensors at 1 Hz", server)
                look(api)
                row("the same, and a picture was drawn", server)
        with Server(folder / "own", ASYNC_MODE=options.mode, HOST_AGENT="1") as server:
            row("this machine's own sensors", server)
    print(f"A place on one machine. ASYNC_MODE={options.mode}; {options.seconds:g} s each")
    print_table(["", "processes", "RSS MB", "PSS MB", "wakeups/min", "core", "written KiB/min"], rows)
    print(f"\nidle, all processes together: {idle:.0f} MB resident (expected: under {EXPECTED_MB})")
    return 0 if idle < EXPECTED_MB else 1


if __name__ == "__main__":
    sys.exit(main())
