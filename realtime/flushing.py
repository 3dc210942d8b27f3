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
from utils.logs import get_logger

log = get_logger(__name__)

# One turn of the loop may handle many messages; after this long what they left to send is sent before the next one is handled.
LATE_SECONDS = 0.01
# A fan-out to thousands gives way to others this often.
_SLICE = 256
_TICK_SECONDS = 0.5


class Flushable(Protocol):
    def flush(self) -> None:
        """Send what waits, as far as that needs no waiting."""

    def fail(self) -> None:
        """End: nothing can be sent. Never waits."""


class Flusher:
    """One per server. `add` is called for every message and receiver, and has to be cheap."""

    def __init__(self) -> None:
        self._marked: deque[Flushable] = deque()
        self._wake = threading.Event()
        self._awake = False
        self._since = 0.0
        self._started = False
        self._starting = threading.Lock()

    def add(self, connection: Flushable) -> None:
        """Have `connection` flushed soon."""
        self._marked.append(connection)
        if not self._awake:
            self._awake = True
            self._since = time.monotonic()
            if not self._started:
                self._start()
            self._wake.set()

    def _start(self) -> None:
        with self._starting:
            if self._started:  # by another thread; two flushers would send one connection's packets in either order
                return
            self._started = True
        concurrency.spawn(self._run, name="flusher")

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
            try:
                connection.flush()
            except Exception:  # one connection's trouble: everyone else's sending hangs on this task, or on whoever flushes here
                log.exception("connection not written to")
                connection.fail()
            flushed += 1
            if flushed % _SLICE == 0:
                concurrency.sleep()


class Pingable(Protocol):
    def ping(self) -> float | None:
        """Send a ping, unless the connection has ended; returns what `overdue` is told once the answer should have come."""

    def overdue(self, since: float) -> None:
        """End, unless what was asked for at `since` has come. Never waits."""


class Pinger:
    """The heartbeats and deadlines of all connections of a server in one task, which ends when there are none.

    The library has a task, and so a stack, for each connection's pings, and another that looks at every connection in turn.

    interval: seconds between an answer and the next ping. timeout: seconds within which an answer is due.
    """

    def __init__(self, interval: float, timeout: float) -> None:
        self._interval = interval
        self._timeout = timeout
        self._to_ping: deque[tuple[float, Pingable]] = deque()
        self._asked: deque[tuple[float, Pingable, float]] = deque()
        self._lock = threading.Lock()
        self._running = False

    def add(self, connection: Pingable) -> None:
        """Have `connection` pinged when an interval has passed."""
        self._to_ping.append((time.monotonic() + self._interval, connection))
        self._start()

    def expect(self, connection: Pingable, since: float) -> None:
        """Have `connection` told when the timeout has passed."""
        self._asked.append((time.monotonic() + self._timeout, connection, since))
        self._start()

    def _start(self) -> None:
        with self._lock:
            if self._running:
                return
            self._running = True
        concurrency.spawn(self._run, name="pinger")

    def _run(self) -> None:
        while True:
            concurrency.sleep(_TICK_SECONDS)
            try:
                self._tick(time.monotonic())
            except Exception:  # of one connection: the others' heartbeats hang on this task
                log.exception("connection not pinged")
            with self._lock:
                self._running = bool(self._to_ping or self._asked)
                if not self._running:
                    return

    def _tick(self, now: float) -> None:
        while self._to_ping and self._to_ping[0][0] <= now:
            connection = self._to_ping.popleft()[1]
            since = connection.ping()
            if since is not None:
                self._asked.append((now + self._timeout, connection, since))
        while self._asked and self._asked[0][0] <= now:
            _, connection, since = self._asked.popleft()
            connection.overdue(since)
