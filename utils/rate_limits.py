"""One way to say how often something may happen, for HTTP requests and Socket.IO events alike."""

import math
import time
from functools import lru_cache

from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from utils.errors import RateLimited

_parse = lru_cache(maxsize=256)(parse)


class RateLimits:
    """Counts what each caller does, in process or in Redis, and refuses what is too much."""

    def __init__(self, storage_uri: str = "memory://", *, enabled: bool = True) -> None:
        self._limiter = MovingWindowRateLimiter(storage_from_string(storage_uri))
        self.enabled = enabled

    def check(self, limit: str, *who: str) -> None:
        """Count one use of `limit` ("5/minute", "20 per 10 seconds") by `who`; raises RateLimited when it was one too many."""
        if not self.enabled:
            return
        item: RateLimitItem = _parse(limit)
        if not self._limiter.hit(item, *who):
            window = self._limiter.get_window_stats(item, *who)
            raise RateLimited(max(1, math.ceil(window.reset_time - time.time())))
