"""Between server processes: python-socketio's manager over RabbitMQ (AMQP 0.9.1), for one that goes away and comes back.

The library shares one connection among all who send, which neither threads nor green threads may; where that cannot be made again
it tries without end, and whoever wanted to say something waits; and it is deaf for up to a minute after RabbitMQ is back. Here
senders take turns at the connection, what cannot be told is lost to the others, and a process listens again within a second
(see realtime.outages). Nothing is kept anywhere: a queue lasts as long as the connection that listens to it.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import kombu
from amqp.exceptions import AMQPError
from kombu.exceptions import KombuError
from socketio import KombuManager

from realtime.outages import RETRY_SECONDS, Outages
from realtime.room_table import RoomTable

CONNECT_SECONDS = 2.0
# A connection that is gone without a word is noticed after two of these; it is looked at as often.
HEARTBEAT_SECONDS = 20
_FAILURES = (AMQPError, KombuError, OSError)


class AmqpQueue(Outages, RoomTable, KombuManager):  # type: ignore[misc]  # python-socketio has no types
    """The client manager of a Socket.IO server whose processes share the RabbitMQ at `url`, amqp://user:password@host:port/vhost."""

    channel: str
    json: Any
    publisher_connection: Any

    def __init__(self, url: str, channel: str = "flask-socketio") -> None:
        super().__init__(
            url, channel=channel, connection_options={"connect_timeout": CONNECT_SECONDS},
            queue_options={"exclusive": True, "auto_delete": True},
        )  # fmt: skip
        self._turn = threading.Lock()
        self._producer: Any = None
        self._not_before = 0.0

    def _publish(self, data: dict[str, Any]) -> None:
        """Tell the other processes. What cannot be told is lost to them until they listen again; logged once for each outage."""
        said = self.json.dumps(data)
        with self._turn:
            # Who waits for a machine that does not answer keeps all others waiting, who would do no better.
            if time.monotonic() < self._not_before:
                return
            try:
                try:
                    self._say(said)
                except _FAILURES:
                    # RabbitMQ was restarted since, say.
                    self._hang_up_sender()
                    self._say(said)
                self.reached()
            except _FAILURES as error:
                self._hang_up_sender()
                self._not_before = time.monotonic() + RETRY_SECONDS
                self.not_reached(error)

    def _say(self, said: str) -> None:
        if self._producer is None:
            self.publisher_connection.ensure_connection(max_retries=0)
            self._producer = self.publisher_connection.Producer(exchange=self._exchange(), auto_declare=True)
        self._producer.publish(said, retry=False, delivery_mode="transient")

    def _hang_up_sender(self) -> None:
        self._producer = None
        with suppress(*_FAILURES):  # it is gone as it is
            self.publisher_connection.collect(socket_timeout=CONNECT_SECONDS)
        self.publisher_connection = self._connection()

    def _listen(self) -> Iterator[Any]:
        """What the other processes say, without end."""
        while True:
            heard: list[Any] = []
            try:
                with kombu.Connection(self.url, connect_timeout=CONNECT_SECONDS, heartbeat=HEARTBEAT_SECONDS) as connection:
                    connection.ensure_connection(max_retries=0)
                    with connection.Consumer(self._queue(), no_ack=True, on_message=heard.append):
                        self.heard()
                        while True:
                            self._wait(connection)
                            yield from (message.body for message in heard)
                            heard.clear()
            except _FAILURES as error:
                self.not_heard(error)

    def _wait(self, connection: Any) -> None:
        """Wait for a message, at most for half of what a heartbeat may take."""
        with suppress(TimeoutError):
            connection.drain_events(timeout=HEARTBEAT_SECONDS / 2)
        connection.heartbeat_check()
