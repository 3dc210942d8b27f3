"""Between server processes: python-socketio's manager over Redis, for a Redis that goes away and comes back.

The library waits twice as long after each failure, up to a minute: for that long after Redis is back, what is said on one process
is acknowledged there and reaches nobody on this one. Here a process listens again within a second (see realtime.outages).
"""

from collections.abc import Iterator
from typing import Any

from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from socketio import RedisManager

from realtime.outages import Outages
from realtime.room_table import RoomTable
from utils.redis_client import CONNECT_SECONDS, client


class RedisQueue(Outages, RoomTable, RedisManager):  # type: ignore[misc]  # python-socketio has no types
    """The client manager of a Socket.IO server whose processes share the Redis at `url`."""

    pubsub: Any
    json: Any

    def __init__(self, url: str, channel: str = "flask-socketio") -> None:
        # Of the connection that listens. It waits for as long as nobody says anything, and is not made again behind our back:
        # what was said before it was would go unnoticed.
        listening = {"socket_connect_timeout": CONNECT_SECONDS, "retry": Retry(NoBackoff(), 0)}
        super().__init__(url, channel=channel, redis_options=listening)
        self._sender = client(url)

    def _publish(self, data: dict[str, Any]) -> None:
        """Tell the other processes. What cannot be told is lost to them until they listen again; logged once for each outage."""
        try:
            self._sender.publish(self.channel, self.json.dumps(data))
            self.reached()
        except (RedisError, OSError) as error:
            self.not_reached(error)

    def _redis_listen_with_retries(self) -> Iterator[Any]:
        """What the other processes say, without end."""
        while True:
            try:
                self._redis_connect()
                self.pubsub.subscribe(self.channel)
                self.heard()
                yield from self.pubsub.listen()
            except (RedisError, OSError) as error:
                self.not_heard(error)
