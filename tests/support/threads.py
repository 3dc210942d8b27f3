"""Threads that run in the platform, or on the database, of the test that starts them."""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from typing import Any


def context_thread(
    target: Callable[..., object], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
) -> threading.Thread:
    """A thread with a copy of the context of whoever makes it.

    No class of its own: gevent has another Thread than the one that a class made before its patches would inherit from.
    """
    return threading.Thread(target=copy_context().run, args=(target, *args), kwargs=kwargs)
