"""What one running Fieldroom has: its configuration, its database, and the parts that are built from them.

A process usually has one. It could have several, each with a database, a configuration and connections of its own (two
applications in one test, say), so nothing of this kind is bound to a module: whatever runs, runs inside a platform, which was
entered where it began (a request, an event, a duty, a command), and finds it by `current()`, as Flask's code finds its
application.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from config import Config
from models.odm import Database
from utils import concurrency
from utils.clock import Clock, system_clock, told_by
from utils.ids import new_secret

T = TypeVar("T")
P = ParamSpec("P")

_current: ContextVar["Platform"] = ContextVar("platform")


class Platform:
    """One running Fieldroom.

    config: what it runs with. database: what all documents are read from and written to inside it. clock: what time it is
    there. id: names it among all that share the database. Everything else is a part: something of which it has one, by its
    type. What has several implementations (a port) is provided where it is wired; the rest, such as a cache, is made when it
    is first asked for.
    """

    def __init__(self, config: Config, database: Database, clock: Clock = system_clock) -> None:
        self.config = config
        self.database = database
        self.clock = clock
        self.id = new_secret(9)
        self._parts: dict[type[Any], Any] = {}
        self._making = threading.RLock()
        self._closing: list[Callable[[], None]] = []

    def provide(self, kind: type[T], part: T) -> T:
        """Say what this platform has of a kind, from now on; returns it."""
        self._parts[kind] = part
        return part

    def part(self, kind: type[T]) -> T:
        """What this platform has of a kind: what was provided, else `kind()`, made once.

        Raises RuntimeError for a port that nobody provided.
        """
        known = self._parts.get(kind)
        if known is None:
            known = self._make(kind)
        return known  # type: ignore[no-any-return]

    def _make(self, kind: type[T]) -> Any:
        if getattr(kind, "_is_protocol", False):
            raise RuntimeError(f"nobody has provided this platform with a {kind.__name__}")
        with self._making, self.entered():
            if kind not in self._parts:
                self._parts[kind] = kind()
            return self._parts[kind]

    @contextmanager
    def entered(self) -> Iterator["Platform"]:
        """Run the block inside this platform: `current()` and all documents mean it."""
        with self.database.active(), told_by(self.clock):
            before = _current.set(self)
            try:
                yield self
            finally:
                _current.reset(before)

    def inside(self, function: Callable[P, T]) -> Callable[P, T]:
        """`function`, run inside this platform whoever calls it."""

        @wraps(function)
        def entered(*args: P.args, **options: P.kwargs) -> T:
            with self.entered():
                return function(*args, **options)

        return entered

    def at_close(self, end: Callable[[], None]) -> None:
        """Have `end` called when this platform is closed, before what was told earlier."""
        self._closing.append(end)

    def close(self) -> None:
        """End what it holds, its database last. Closing twice is harmless."""
        with self.entered():
            while self._closing:
                self._closing.pop()()
        self.database.close()


def current() -> Platform:
    """The platform that the running code is in. Raises RuntimeError outside of any."""
    try:
        return _current.get()
    except LookupError:
        raise RuntimeError("this runs outside of any platform: enter one with Platform.entered()") from None


def spawn(function: Callable[..., object], *args: Any, name: str) -> threading.Thread:
    """Start `function` beside the caller, in the same platform (see utils.concurrency.spawn)."""
    return concurrency.spawn(current().inside(function), *args, name=name)
