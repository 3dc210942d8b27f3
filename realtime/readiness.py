"""Waiting for all connections of a server together, whatever the kind of concurrency.

A task per connection that waits for what comes costs an idle one its stack: with what the WSGI server keeps for a request, 40 KiB
on an event loop (measured), and a thread among threads. Here the kernel keeps the list (epoll, or kqueue), one worker waits for it,
and whoever has something to say gets a worker for as long as that takes. Such a list can be waited for like a socket, so event
loops need none of their own.
"""

import threading
from collections import deque
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

    One worker at a time waits for the kernel, then leaves that to the next one and serves what it found: so a message is handled
    by the task that heard of it, and a handler that waits holds up its own connection alone.
    """

    def __init__(self, name: str, *, to_write: bool = False) -> None:
        self._name = name
        self._list = _Epoll(to_write) if hasattr(_select, "epoll") else _Kqueue(to_write)
        self._watched: dict[int, W] = {}
        self._found: deque[W] = deque()
        self._waiting = threading.Lock()
        self._counting = threading.Lock()
        self._idle = 0

    def watch(self, connection: W) -> None:
        """Have `ready` of the connection called once. Raises OSError where its descriptor is closed."""
        descriptor = connection.fileno()
        known = self._watched.get(descriptor) is connection
        self._watched[descriptor] = connection
        self._list.watch(descriptor, again=known)
        if not self._idle:
            self._start_worker()

    def forget(self, descriptor: int) -> None:
        """Watch it no more. Call this before the descriptor is closed, and so may be another connection's."""
        if self._watched.pop(descriptor, None) is not None:
            self._list.forget(descriptor)

    def _start_worker(self) -> None:
        with self._counting:
            if self._idle:
                return
            self._idle += 1
        concurrency.spawn(self._work, name=self._name)

    def _work(self) -> None:
        while True:
            with self._waiting:
                connection = self._next()
                with self._counting:
                    self._idle -= 1
            if not self._idle:
                self._start_worker()
            try:
                connection.ready()
            except Exception:
                log.exception("connection not served")
            del connection  # it may end while this one waits
            with self._counting:
                if self._idle >= _IDLE_WORKERS:
                    return
                self._idle += 1

    def _next(self) -> W:
        while not self._found:
            for descriptor in self._list.wait():
                connection = self._watched.get(descriptor)
                if connection is not None:
                    self._found.append(connection)
        return self._found.popleft()


class _Epoll:
    """Linux's list. Each entry fires once until it is watched again. A green wait is one for the list itself."""

    def __init__(self, to_write: bool) -> None:
        self._list = _select.epoll()
        self._events = (_select.EPOLLOUT if to_write else _select.EPOLLIN) | _select.EPOLLONESHOT

    def watch(self, descriptor: int, *, again: bool) -> None:
        (self._list.modify if again else self._list.register)(descriptor, self._events)

    def forget(self, descriptor: int) -> None:
        self._list.unregister(descriptor)

    def wait(self) -> list[int]:
        if not concurrency.is_patched():
            return [descriptor for descriptor, _ in self._list.poll()]
        concurrency.wait_readable(self._list.fileno())
        return [descriptor for descriptor, _ in self._list.poll(0)]


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

    def wait(self) -> list[int]:
        if not concurrency.is_patched():
            return [event.ident for event in self._list.control(None, 256)]
        concurrency.wait_readable(self._list.fileno())
        return [event.ident for event in self._list.control(None, 256, 0)]
