"""The one place that knows which kind of concurrency this process runs on.

`eventlet` and `gevent` replace the blocking calls of the standard library with ones that yield, so `patch` has to run before
anything else is imported; `threading` needs nothing. What cannot yield (a password hash, say: 50 ms of C code) goes through
`offload`, which runs it on a real thread while the event loop serves everyone else.
"""

import sys
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any, Literal, TypeVar, cast

T = TypeVar("T")
AsyncMode = Literal["eventlet", "gevent", "threading"]
MODES: tuple[AsyncMode, ...] = ("eventlet", "gevent", "threading")

_mode: AsyncMode = "threading"


def patch(mode: AsyncMode) -> None:
    """Make this process run on `mode`. Call it once, before other imports."""
    global _mode
    if mode == "eventlet":
        with warnings.catch_warnings():
            # eventlet announces its own retirement at import; whoever runs Fieldroom can do nothing about it.
            warnings.simplefilter("ignore")
            import eventlet
        eventlet.monkey_patch()
    elif mode == "gevent":
        from gevent import monkey

        monkey.patch_all()
    _mode = mode


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


def spawn(function: Callable[..., object], *args: Any, name: str) -> threading.Thread:
    """Start `function` beside the caller: a green thread where the process is green, else a daemon thread."""
    thread = threading.Thread(target=function, args=args, name=name, daemon=True)
    thread.start()
    return thread


def is_patched() -> bool:
    """Whether blocking calls yield to an event loop."""
    return _mode != "threading" and ("eventlet" in sys.modules or "gevent" in sys.modules)
