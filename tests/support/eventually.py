"""Waiting for what happens beside the test, without depending on how long it takes."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(look: Callable[[], T], within: float = 10.0, every: float = 0.02) -> T:
    """What `look` returns, once that is true. Raises AssertionError with what it was last after `within` seconds."""
    ends = time.monotonic() + within
    while not (seen := look()):
        assert time.monotonic() < ends, f"not within {within} s; last: {seen!r}"
        time.sleep(every)
    return seen
