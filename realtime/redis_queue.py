"""Between server processes: python-socketio's manager over Redis, for a Redis that goes away and comes back.

The library waits twice as long after each failure, up to a minute: for that long after Redis is back, what is said on one process
is acknowledged there and reaches nobody on this one. Here a process listens again within a second. What was said meanwhile is
lost to it all the same, as Redis keeps nothing for who does not listen; so the people connected here are hung up on, and come
back, as after any loss of the network, with `after_seq` for what they missed.
"""

from collections.abc import Callable, Iterator
from typing import Any

from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from socketio import RedisManager

from realtime.room_table import RoomTable
from utils import concurrency
from utils.logs import get_logger
from utils.redis_client import CONNECT_SECONDS, client

log = get_logger(__name__)

RETRY_SECONDS = 0.5
# Hanging up on thousands gives way to others this often.
_SLICE = 64


class RedisQueue(RoomTable, RedisManager):  # type: ignore[misc]  # python-socketio has no types
    """The client manager of a Socket.IO server whose processes share the Redis at `url`."""

    server: Any
    pubsub: Any
    json: Any

    def __init__(self, url: str, channel: str = "flask-socketio") -> None:
        # Of the connection that listens. It waits for as long as nobody says anything, and is not made again behind our back:
        # what was said before it was would go unnoticed.
        listening = {"socket_connect_timeout": CONNECT_SECONDS, "retry": Retry(NoBackoff(), 0)}
        super().__init__(url, channel=channel, redis_options=listening)
        self._sender = client(url)
        self._reached = True
        # What is to be done once this process hears the others again, and has missed what they said meanwhile.
        self.missed: Callable[[], None] = lambda: None

    def _publish(self, data: dict[str, Any]) -> None:
        """Tell the other processes. What cannot be told is lost to them until they listen again; logged once for each outage."""
        try:
            self._sender.publish(self.channel, self.json.dumps(data))
            self._reached = True
        except (RedisError, OSError) as error:
            if self._reached:
                log.error("other processes not reached", reason=str(error))
            self._reached = False

    def _redis_listen_with_retries(self) -> Iterator[Any]:
        """What the other processes say, without end."""
        lost = False
        while True:
            try:
                self._redis_connect()
                self.pubsub.subscribe(self.channel)
                if lost:
                    log.info("other processes heard again")
                    self.missed()
                    self._hang_up()
                lost = False
                yield from self.pubsub.listen()
            except (RedisError, OSError) as error:
                if not lost:
                    log.error("other processes not heard", reason=str(error))
                lost = True
                concurrency.sleep(RETRY_SECONDS)

    def _hang_up(self) -> None:
        """End the connections of this process's people, who miss what was said while it did not listen.

        By the connection beneath: a client that is told to go in Socket.IO's own words does not come back.
        """
        engine = self.server.eio
        for number, engine_sid in enumerate([sid for _, sid in self.get_participants("/", None)]):
            connection = engine.sockets.get(engine_sid)
            if connection is not None:
                connection.close(wait=False, reason=engine.reason.SERVER_DISCONNECT)
            if number % _SLICE == 0:
                concurrency.give_way()
