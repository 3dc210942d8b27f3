"""What a message queue between server processes has in common, whichever it is, when it went away and came back.

What was said meanwhile is lost to a process that did not listen, as neither Redis nor RabbitMQ keeps anything for it. So its caches
forget, and the people connected here are hung up on, and come back, as after any loss of the network, with `after_seq` for what
they missed.
"""

from collections.abc import Callable
from typing import Any

from utils import concurrency
from utils.logs import get_logger

log = get_logger(__name__)

RETRY_SECONDS = 0.5
# Hanging up on thousands gives way to others this often.
_SLICE = 64


class Outages:
    """Logs each outage of a client manager's queue once, and mends what it did. Beside a python-socketio PubSubManager.

    missed: what is to be done once this process hears the others again, and has missed what they said meanwhile.
    """

    server: Any
    get_participants: Callable[[str, str | None], Any]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.missed: Callable[[], None] = lambda: None
        self._is_reached = self._is_heard = True

    def reached(self) -> None:
        """The others were told something."""
        self._is_reached = True

    def not_reached(self, error: Exception) -> None:
        """The others could not be told something; it is lost to them until they listen again."""
        if self._is_reached:
            log.error("other processes not reached", reason=str(error))
        self._is_reached = False

    def heard(self) -> None:
        """The others are listened to, from now on."""
        if not self._is_heard:
            log.info("other processes heard again")
            self.missed()
            self._hang_up()
        self._is_heard = True

    def not_heard(self, error: Exception) -> None:
        """The others are not listened to any more; returns when it is time to try again."""
        if self._is_heard:
            log.error("other processes not heard", reason=str(error))
        self._is_heard = False
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
