"""Sending and heartbeats, which all connections share: one that fails fails alone."""

import threading
import time

from realtime.flushing import Flusher, Pinger
from tests.support.eventually import eventually


class Reader:
    """A connection that can be written to."""

    def __init__(self) -> None:
        self.flushed = threading.Semaphore(0)
        self.pinged = 0
        self.told: list[float] = []

    def flush(self) -> None:
        self.flushed.release()

    def fail(self) -> None:
        raise AssertionError("nothing is wrong with this one")

    def ping(self) -> float | None:
        self.pinged += 1
        return 7.0

    def overdue(self, since: float) -> None:
        self.told.append(since)


class Broken(Reader):
    """One whose every write fails in a way that nobody foresaw."""

    def __init__(self) -> None:
        super().__init__()
        self.failed = threading.Event()

    def flush(self) -> None:
        raise RuntimeError("a write failed")

    def fail(self) -> None:
        self.failed.set()

    def ping(self) -> float | None:
        raise RuntimeError("a ping failed")


def test_a_write_that_fails_ends_its_own_connection_and_nobody_elses_sending() -> None:
    flusher, broken, readers = Flusher(), Broken(), [Reader() for _ in range(3)]
    for connection in (readers[0], broken, *readers[1:]):
        flusher.add(connection)
    assert all(reader.flushed.acquire(timeout=5) for reader in readers), "those behind it in the same turn"
    assert broken.failed.wait(5)
    flusher.add(readers[0])
    assert readers[0].flushed.acquire(timeout=5), "and everyone later"


def test_a_ping_that_fails_stops_nobody_elses() -> None:
    pinger, broken, reader = Pinger(0.01, 0.01), Broken(), Reader()
    pinger.add(broken)
    pinger.add(reader)
    eventually(lambda: reader.told == [7.0])
    assert reader.pinged == 1


def test_heartbeats_cost_nothing_while_nobody_is_connected() -> None:
    pinger, reader = Pinger(0.01, 0.01), Reader()

    def tasks() -> int:
        return sum(thread.name == "pinger" for thread in threading.enumerate())

    before = tasks()
    pinger.add(reader)
    eventually(lambda: tasks() > before)
    eventually(lambda: bool(reader.told) and tasks() <= before)
    time.sleep(0.01)
    pinger.add(reader)
    eventually(lambda: len(reader.told) == 2)
