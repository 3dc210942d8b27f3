"""Waiting for all connections of a server together, whatever the kind of concurrency.

A task per connection that waits for what comes costs an idle one its stack: with what the WSGI server keeps for a request, 40 KiB
on an event loop (measured), and a thread among threads. Here the kernel keeps the list (epoll, or kqueue), and whoever has
something to say gets a worker for as long as that takes. To an event loop such a list is one more thing to read from; it is handed
over once, as Linux looks through all that is on it each time.
"""

import errno
import threading
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Generic, Protocol, TypeVar

from utils import concurrency
from utils.logs import get_logger

log = get_logger(__name__)
_select: Any = concurrency.unpatched_select

# More workers than this do not stay when they have nothing to do.
_IDLE_WORKERS = 8


class Watchable(Protocol):
    def fileno(self) -> int:
        """The file descriptor of the connection."""

    def ready(self) -> None:
        """Do what the connection was watched for, and have it watched again where there is more to come."""


W = TypeVar("W", bound=Watchable)


class Readiness(Generic[W]):
    """Calls `ready` of each connection that is watched, once, when it can be read from (or, with `to_write`, written to).

    One worker serves what was found, one connection after the other. Before each it has a second one come, if anything is left,
    which takes over when the first has to wait: so a handler that waits holds up its own connection alone.
    """

    def __init__(self, name: str, *, to_write: bool = False) -> None:
        self._name = name
        self._list = _Epoll(to_write) if hasattr(_select, "epoll") else _Kqueue(to_write)
        self._watched: dict[int, W] = {}
        self._found: deque[W] = deque()
        # Of each worker that rests the lock on which it does; releasing it, unlike anything else among green threads, never waits.
        self._resting: list[threading.Lock] = []
        self._coming = False
        self._started = False
        self._lock = threading.Lock()  # never held across anything that yields, so never waited for on an event loop

    def watch(self, connection: W) -> None:
        """Have `ready` of the connection called once. Raises OSError where its descriptor is closed."""
        descriptor = connection.fileno()
        if descriptor < 0:
            raise OSError(errno.EBADF, "the connection is closed")
        again = self._watched.get(descriptor) is connection
        self._watched[descriptor] = connection
        self._list.watch(descriptor, again=again)
        if not self._started:
            self._start()

    def forget(self, descriptor: int) -> None:
        """Watch it no more. Call this before the descriptor is closed, and so may be another connection's."""
        if self._watched.pop(descriptor, None) is not None:
            self._list.forget(descriptor)

    def _start(self) -> None:
        with self._lock:
            if self._started:
                return
            self._started = True
        if concurrency.is_patched():
            concurrency.on_readable(self._list.fileno(), self._look)
        else:
            concurrency.spawn(self._look_always, name=f"{self._name} list")

    def _look(self) -> None:
        """Called by the event loop itself: nothing here may wait, or fail."""
        try:
            self._serve(self._list.ready(wait=False))
        except Exception:
            log.exception("connections not looked at")

    def _look_always(self) -> None:
        while True:
            self._serve(self._list.ready(wait=True))

    def _serve(self, descriptors: Iterable[int]) -> None:
        for descriptor in descriptors:
            connection = self._watched.get(descriptor)
            if connection is not None:
                self._found.append(connection)
        self._call_worker()

    def _call_worker(self) -> None:
        with self._lock:
            if self._coming or not self._found:
                return
            self._coming = True
            resting = self._resting.pop() if self._resting else None
        if resting is not None:
            resting.release()
        else:
            concurrency.spawn_at_once(self._work, name=self._name)

    def _work(self) -> None:
        rest = threading.Lock()
        rest.acquire()
        while True:
            self._coming = False
            while self._found:
                try:
                    connection = self._found.popleft()
                except IndexError:  # another thread took it
                    break
                self._call_worker()
                try:
                    connection.ready()
                except Exception:
                    log.exception("connection not served")
                del connection  # it may end while this one rests
            with self._lock:
                if self._found:
                    continue
                if len(self._resting) >= _IDLE_WORKERS:
                    return
                self._resting.append(rest)
            rest.acquire()


class _Epoll:
    """Linux's list. Each entry fires once until it is watched again."""

    def __init__(self, to_write: bool) -> None:
        self._list = _select.epoll()
        self._events = (_select.EPOLLOUT if to_write else _select.EPOLLIN) | _select.EPOLLONESHOT

    def watch(self, descriptor: int, *, again: bool) -> None:
        (self._list.modify if again else self._list.register)(descriptor, self._events)

    def forget(self, descriptor: int) -> None:
        self._list.unregister(descriptor)

    def ready(self, *, wait: bool) -> list[int]:
        return [descriptor for descriptor, _ in self._list.poll(None if wait else 0)]

    def fileno(self) -> int:
        number: int = self._list.fileno()
        return number


class _Kqueue:
    """The same on macOS and the BSDs."""

    def __init__(self, to_write: bool) -> None:
        self._list = _select.kqueue()
        self._filter = _select.KQ_FILTER_WRITE if to_write else _select.KQ_FILTER_READ

    def watch(self, descriptor: int, *, again: bool) -> None:
        self._list.control([_select.kevent(descriptor, self._filter, _select.KQ_EV_ADD | _select.KQ_EV_ONESHOT)], 0)

    def forget(self, descriptor: int) -> None:
        with suppress(OSError):  # it has fired, and is off the list already
            self._list.control([_select.kevent(descriptor, self._filter, _select.KQ_EV_DELETE)], 0)

    def ready(self, *, wait: bool) -> list[int]:
        return [event.ident for event in self._list.control(None, 256, None if wait else 0)]

    def fileno(self) -> int:
        number: int = self._list.fileno()
        return number
