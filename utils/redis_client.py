"""How every part of the platform that needs Redis asks it: briefly.

redis-py by itself waits as long as the network does, and tries a lost connection again for several seconds, in which whoever
asked would see nothing. Here a connection that was lost is made again at once, once; then it is known that Redis is away.
"""

from typing import Any

from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

CONNECT_SECONDS = 1.0
# More than the second for which a worker lets Redis wait for a job.
ANSWER_SECONDS = 3.0


def options() -> dict[str, Any]:
    """The keyword arguments of a client, for libraries that make their own."""
    return {"socket_connect_timeout": CONNECT_SECONDS, "socket_timeout": ANSWER_SECONDS, "retry": Retry(NoBackoff(), 1)}


def client(url: str) -> Redis:
    """A client of the Redis at `url`; connects when it is first asked. Its methods raise redis.RedisError."""
    return Redis.from_url(url, **options())


def pool(url: str) -> ConnectionPool:
    """The connections of such a client, for libraries that want them."""
    return ConnectionPool.from_url(url, **options())
