"""The one place that knows which kind of concurrency this process runs on.

`eventlet` and `gevent` replace the blocking calls of the standard library with ones that yield, so `patch` has to run before
anything else is imported; `threading` needs nothing. What cannot yield (a password hash, say: 50 ms of C code) goes through
`offload`, which runs it on a real thread while the event loop serves everyone else.
"""

import functools
import os
import select
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable
from types import FrameType, SimpleNamespace
from typing import Any, Literal, TypeVar, cast

T = TypeVar("T")
AsyncMode = Literal["eventlet", "gevent", "threading"]
MODES: tuple[AsyncMode, ...] = ("eventlet", "gevent", "threading")

# The module as it is before `patch`: event loops take out what would stop everyone; see `on_readable`.
unpatched_select = SimpleNamespace(**vars(select))

_mode: AsyncMode = "threading"
_watchers: list[Any] = []  # gevent drops one that nobody keeps
# Who of those that give way goes on next; a green lock once the process is green.
_turn = threading.Lock()


def patch(mode: AsyncMode) -> None:
    """Make this process run on `mode`. Call it once, before other imports."""
    global _mode, _turn
    if mode == "eventlet":
        with warnings.catch_warnings():
            # eventlet announces its own retirement at import; whoever runs Fieldroom can do nothing about it.
            warnings.simplefilter("ignore")
            # Its own resolver of names costs 14 MB, and knows neither mDNS (raspberrypi.local) nor what else the system asks.
            os.environ["EVENTLET_NO_GREENDNS"] = "yes"
            import eventlet
        eventlet.monkey_patch()
        _resolve_on_threads()
    elif mode == "gevent":
        from gevent import monkey

        monkey.patch_all()
    _mode = mode
    _turn = threading.Lock()


def _resolve_on_threads() -> None:
    """Have the system's resolver, which can take seconds and cannot yield, look up names on real threads."""
    import socket

    from eventlet import tpool
    from eventlet.green import socket as green_socket

    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> Any:
        try:
            return look_up(host, port, family, type, proto, flags | socket.AI_NUMERICHOST)
        except socket.gaierror:  # no address: a name
            return tpool.execute(look_up, host, port, family, type, proto, flags)

    socket.getaddrinfo = green_socket.getaddrinfo = getaddrinfo
    for name in ("gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getnameinfo"):
        resolve = functools.partial(tpool.execute, getattr(socket, name))
        setattr(socket, name, resolve)
        setattr(green_socket, name, resolve)


def mode() -> AsyncMode:
    """What `patch` was last told; `threading` where nobody called it."""
    return _mode


def offload(function: Callable[..., T], *args: Any) -> T:
    """Run `function(*args)` on a real thread and wait for it without stopping the event loop.

    The function must not touch green things (sockets, locks) of the caller. Its exception is raised here.
    """
    if _mode == "eventlet":
        from eventlet import tpool

        return cast(T, tpool.execute(function, *args))
    if _mode == "gevent":
        import gevent

        return cast(T, gevent.get_hub().threadpool.apply(function, args))
    return function(*args)


def sleep(seconds: float = 0.0) -> None:
    """Sleep; 0 lets whoever else is ready run first."""
    time.sleep(seconds)


def give_way() -> None:
    """Let whoever else is ready run first, between two short pieces of work that have no hurry: a chart, an export, readings.

    Of those who give way only one goes on at each turn of the event loop. So whoever does hurry, a message say, waits for one
    piece of such work and not for one of each.
    """
    if not is_patched():
        time.sleep(0)
        return
    with _turn:
        time.sleep(0)


def spawn(function: Callable[..., object], *args: Any, name: str) -> threading.Thread:
    """Start `function` beside the caller: a green thread where the process is green, else a daemon thread."""
    thread = threading.Thread(target=function, args=args, name=name, daemon=True)
    thread.start()
    return thread


def spawn_at_once(function: Callable[[], object], *, name: str) -> None:
    """As `spawn`, and without waiting for the start: so also from where nothing may wait, such as in an event loop's own calls."""
    if _mode == "eventlet":
        import eventlet

        eventlet.spawn_n(function)
    elif _mode == "gevent":
        import gevent

        gevent.spawn(function)
    else:
        spawn(function, name=name)


def on_readable(descriptor: int, function: Callable[[], object]) -> None:
    """Have the event loop call `function`, which may neither wait nor raise, whenever a file descriptor can be read from."""
    if _mode == "eventlet":
        from eventlet import hubs

        hub = hubs.get_hub()
        hub.add(hub.READ, descriptor, lambda _descriptor: function(), lambda *_raised: None, lambda: None)
    elif _mode == "gevent":
        import gevent

        watcher = gevent.get_hub().loop.io(descriptor, 1)
        _watchers.append(watcher)
        watcher.start(function)
    else:
        raise RuntimeError("there is no event loop among threads")


def is_patched() -> bool:
    """Whether blocking calls yield to an event loop."""
    return _mode != "threading" and ("eventlet" in sys.modules or "gevent" in sys.modules)


def exit_on(signal_number: int) -> None:
    """Have the signal end the main (green) thread with SystemExit, whoever runs when it comes. Call it from there.

    A handler that just raises does so in whatever green thread runs at that moment, and `threading` swallows a SystemExit in
    any thread but the main one: the server would go on as if nothing had been said.
    """
    if _mode == "threading":
        signal.signal(signal_number, _raise_exit)
        return
    from greenlet import getcurrent

    main = getcurrent()

    def end_main(number: int, frame: FrameType | None) -> None:
        hub, call_soon = _hub()
        if getcurrent() in (main, hub):
            _raise_exit(number, frame)
        call_soon(main.throw, SystemExit(0))

    signal.signal(signal_number, end_main)


def _raise_exit(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _hub() -> tuple[Any, Callable[..., object]]:
    """The green thread that runs the event loop, and what has it call a function at its next turn."""
    if _mode == "eventlet":
        from eventlet import hubs

        hub = hubs.get_hub()
        return hub.greenlet, lambda function, *args: hub.schedule_call_global(0, function, *args)
    import gevent

    hub = gevent.get_hub()
    return hub, hub.loop.run_callback
