"""Sending, for all connections of a server together.

A writer per connection, as the library has it, is woken 200 times for a message to 200 receivers, and with many messages in flight
the system calls are nearly half of all the work (measured). Here a message only marks its receivers; once per turn of the event
loop one task gives each marked connection all it has in one call. A connection that is idle has no writer, and so no stack for one.
"""

import threading
import time
from collections import deque
from typing import Protocol

from utils import concurrency

# One turn of the loop may handle many messages; after this long what they left to send is sent before the next one is handled.
LATE_SECONDS = 0.01
# A fan-out to thousands gives way to others this often.
_SLICE = 256


class Flushable(Protocol):
    def flush(self) -> None:
        """Send what waits, as far as that needs no waiting. Never raises."""


class Flusher:
    """One per server. `add` is called for every message and receiver, and has to be cheap."""

    def __init__(self) -> None:
        self._marked: deque[Flushable] = deque()
        self._wake = threading.Event()
        self._awake = False
        self._since = 0.0
        self._started = False

    def add(self, connection: Flushable) -> None:
        """Have `connection` flushed soon."""
        self._marked.append(connection)
        if not self._awake:
            self._awake = True
            self._since = time.monotonic()
            if not self._started:
                self._started = True
                concurrency.spawn(self._run, name="flusher")
            self._wake.set()

    def flush_if_late(self) -> None:
        """Flush here and now, where what waits has waited long: for whoever keeps the loop busy."""
        if self._marked and time.monotonic() - self._since > LATE_SECONDS and concurrency.mode() != "threading":
            self._flush()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            self._awake = False
            self._flush()

    def _flush(self) -> None:
        self._since = time.monotonic()
        flushed = 0
        while self._marked:
            try:
                connection = self._marked.popleft()
            except IndexError:  # another thread took the last one
                return
            connection.flush()
            flushed += 1
            if flushed % _SLICE == 0:
                concurrency.sleep()


class Pingable(Protocol):
    def ping(self) -> None:
        """Send a ping, unless the connection has ended. Never raises."""


class Pinger:
    """The heartbeats of all connections of a server in one task, where the library has a task, and so a stack, for each of them."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._due: deque[tuple[float, Pingable]] = deque()
        self._started = False

    def add(self, connection: Pingable) -> None:
        """Have `connection` pinged when an interval has passed."""
        self._due.append((time.monotonic() + self._interval, connection))
        if not self._started:
            self._started = True
            concurrency.spawn(self._run, name="pinger")

    def _run(self) -> None:
        while True:
            concurrency.sleep(0.5)
            while self._due and self._due[0][0] <= time.monotonic():
                self._due.popleft()[1].ping()
