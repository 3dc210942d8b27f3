"""One way to say how often something may happen, for HTTP requests and Socket.IO events alike."""

import math
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

from utils import redis_client
from utils.errors import RateLimited, Unavailable
from utils.logs import get_logger

log = get_logger(__name__)

_parse = lru_cache(maxsize=256)(parse)


def storage_options(storage_uri: str) -> dict[str, Any]:
    """What the library `limits` has to be told of a storage besides its address."""
    return {} if storage_uri == "memory://" else redis_client.options()


@dataclass(frozen=True, slots=True)
class Bucket:
    """What several ways of doing the same thing are counted in together: events and HTTP requests, for each person."""

    name: str
    limit: str


class RateLimits:
    """Counts what each caller does, in process or in Redis, and refuses what is too much."""

    def __init__(self, storage_uri: str = "memory://", *, enabled: bool = True) -> None:
        self._limiter = MovingWindowRateLimiter(storage_from_string(storage_uri, **storage_options(storage_uri)))
        self.enabled = enabled

    def check(self, limit: str, *who: str) -> None:
        """Count one use of `limit` ("5/minute", "20 per 10 seconds") by `who`; raises RateLimited when it was one too many.

        Raises Unavailable while Redis is away: what nobody can count would be without a limit.
        """
        if not self.enabled:
            return
        item: RateLimitItem = _parse(limit)
        try:
            if self._limiter.hit(item, *who):
                return
            window = self._limiter.get_window_stats(item, *who)
        except RedisError as error:
            log.error("redis unavailable", reason=str(error))
            raise Unavailable() from None
        raise RateLimited(max(1, math.ceil(window.reset_time - time.time())))

    def forget(self, limit: str, *who: str) -> None:
        """Take back all that `who` has used of `limit`: none of it was what the limit is there against. Raises Unavailable."""
        if not self.enabled:
            return
        try:
            self._limiter.clear(_parse(limit), *who)
        except RedisError as error:
            log.error("redis unavailable", reason=str(error))
            raise Unavailable() from None
