"""The MQTT bridge: a thread of the server, or of `python -m workers`, that stores what devices publish to a broker.

One process at a time is connected, by a lease; another takes over when it dies. The broker keeps the session meanwhile, and a
message (QoS 1) is acknowledged to it only when its reading is stored: what comes while nobody listens comes afterwards.
"""

import hashlib
import re
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from config import Config
from services.metrics import metrics
from services.telemetry.protocols import bridging
from services.telemetry.protocols.line_protocol import fitting_key
from utils.clock import now_ms
from utils.logs import get_logger
from workers.leased import LeasedWorker, Work
from workers.mqtt_payloads import BadPayload, read_payload

log = get_logger(__name__)

LEASE = "mqtt"
LEASE_SECONDS = 8.0
STANDBY_SECONDS = 2.0
_PORTS = {"mqtt": 1883, "mqtts": 8883}
_LONGEST_RECONNECT = 30
# How often the lease is looked at while nothing comes, and how long messages are gathered once one has.
_LOOK_SECONDS = 1.0
_GATHER_SECONDS = 0.05
_AT_ONCE = 1_000
# Topics that a log names, and as much of each.
_NAMED_TOPICS = 500
_SHOWN = 200
# What waits to be stored. The broker keeps the rest, for it sends no more than this without an acknowledgement.
_IN_FLIGHT = 2_000


class Topics:
    """Topic templates such as sensors/{device}/{key} or tele/{device}/SENSOR: what to subscribe to, and what a topic names."""

    def __init__(self, templates: Sequence[str]) -> None:
        self.filters = [template.replace("{device}", "+").replace("{key}", "+") for template in templates]
        self._patterns = [
            re.compile(re.escape(template).replace(r"\{device\}", "(?P<device>[^/]+)").replace(r"\{key\}", "(?P<key>[^/]+)"))
            for template in templates
        ]

    def read(self, topic: str) -> tuple[str, str]:
        """The device and the key that a topic names, "" where its template has none. Raises BadPayload where no template fits."""
        for pattern in self._patterns:
            if match := pattern.fullmatch(topic):
                return match["device"], match.groupdict().get("key", "")
        raise BadPayload("no such topic")


class Unreadable:
    """Says once for each topic that nothing on it can be read: whoever publishes it does so again and again."""

    def __init__(self) -> None:
        self._topics: set[str] = set()

    def note(self, topic: str, reason: str) -> None:
        """Count a message that is no reading."""
        metrics().mqtt.labels("unreadable").inc()
        if topic in self._topics or len(self._topics) > _NAMED_TOPICS:
            return
        self._topics.add(topic)
        if len(self._topics) > _NAMED_TOPICS:
            log.warning("MQTT messages unreadable on more topics than are named")
        else:
            log.warning("MQTT messages unreadable", topic=topic[:_SHOWN], reason=reason)


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is: mqtt:// or mqtts://user:password@host:port."""

    url: str
    client_id: str

    def connect(self, client: Client) -> None:
        """Have the client connect, now and whenever the connection is lost."""
        parts = urlsplit(self.url)
        if parts.username is not None:
            client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
        if parts.scheme == "mqtts":
            client.tls_set()
        client.reconnect_delay_set(1, _LONGEST_RECONNECT)
        client.connect_async(parts.hostname or "localhost", parts.port or _PORTS[parts.scheme], keepalive=30)


class MqttBridge(LeasedWorker):
    """Bridges while it holds the lease; stands by while another process does.

    topics: templates of the topics to listen to. owner: what names this process among others.
    """

    def __init__(self, broker: Broker, topics: Sequence[str], owner: str) -> None:
        super().__init__(
            LEASE, owner, self._bridge, ttl_seconds=LEASE_SECONDS, idle_seconds=0.0, standby_seconds=STANDBY_SECONDS,
            breath_seconds=None,
        )  # fmt: skip
        self._broker = broker
        self._topics = Topics(topics)
        self._waiting: deque[MQTTMessage] = deque()
        # Set when there is something to do: a message, or the end.
        self._woken = threading.Event()
        self._unreadable = Unreadable()

    def stop(self, wait_seconds: float = 2.0) -> None:
        """Have `run` end, and wait a little for it: then another process can take over at once."""
        self._stopping.set()
        self._woken.set()
        super().stop(wait_seconds)

    def _bridge(self, _fence: int) -> Work:
        """Listen and store, without end: until the lease is lost or the bridge is stopped, where this is closed."""
        self._waiting.clear()
        client = self._client()
        self._broker.connect(client)
        client.loop_start()
        try:
            while True:
                if self._waiting:
                    self._store(client)
                else:
                    self._wait()
                yield
        finally:
            client.disconnect()
            client.loop_stop()

    def _wait(self) -> None:
        """Wait for a message, and a moment longer: what is published one after the other is stored in one go."""
        self._woken.clear()
        if not self._waiting and not self._stopping.is_set() and self._woken.wait(_LOOK_SECONDS):
            self._stopping.wait(_GATHER_SECONDS)

    def _client(self) -> Client:
        client = Client(CallbackAPIVersion.VERSION2, self._broker.client_id, clean_session=False, manual_ack=True)
        client.max_inflight_messages_set(_IN_FLIGHT)

        def connected(connection: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
            if reason.is_failure:
                log.error("MQTT broker refused", reason=str(reason))
                return
            # Messages of the last connection come again.
            self._waiting.clear()
            connection.subscribe([(topic, 1) for topic in self._topics.filters])
            log.info("MQTT bridge connected", topics=self._topics.filters)

        def lost(_connection: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
            if reason.is_failure:
                log.warning("MQTT broker lost", reason=str(reason))

        def came(_connection: Client, _data: Any, message: MQTTMessage) -> None:
            self._waiting.append(message)
            self._woken.set()

        client.on_connect = connected
        client.on_disconnect = lost
        client.on_message = came
        return client

    def _store(self, client: Client) -> None:
        """Store what waits, a batch of it. Raises OdmError, with everything still waiting and not acknowledged."""
        messages = [self._waiting[at] for at in range(min(len(self._waiting), _AT_ONCE))]
        readings: list[tuple[str, str, int, float]] = []
        for message in messages:
            try:
                readings += self._read(message)
            except UnicodeDecodeError:
                self._unreadable.note("", "a topic that is not UTF-8")
            except BadPayload as error:
                self._unreadable.note(message.topic, str(error))
        for outcome, count in bridging.store(readings).items():
            metrics().mqtt.labels(outcome).inc(count)
        for message in messages:
            if self._waiting and self._waiting[0] is message:
                self._waiting.popleft()
                client.ack(message.mid, message.qos)

    def _read(self, message: MQTTMessage) -> list[tuple[str, str, int, float]]:
        """The readings of a message, each (device, key, ts in ms, value). Raises BadPayload.

        What the broker retained it sends again to everyone who subscribes, at each start and reconnect. Without a time of its own
        it would be a new reading each time, of a sensor that may be dead for long; with one it is a duplicate.
        """
        device, key = self._topics.read(message.topic)
        now = now_ms()
        readings: list[tuple[str, str, int, float]] = []
        for reading in read_payload(message.payload):
            if message.retain and reading.ts is None:
                metrics().mqtt.labels("retained").inc()
                continue
            name = ".".join(filter(None, (key, reading.name)))
            if not name:
                raise BadPayload("a number without a name, and the topic's template has no {key}")
            ts = now if reading.ts is None else reading.ts
            readings.append((device, fitting_key(name) if reading.name else key, ts, reading.value))
        return readings


def mqtt_bridge(config: Config, owner: str) -> MqttBridge | None:
    """The bridge that the configuration asks for, if any."""
    if config.mqtt_url is None:
        return None
    # The same in all processes of an installation, for the broker keeps what it has for a client by its id.
    client_id = f"fieldroom-{hashlib.sha256(config.secret_key.encode()).hexdigest()[:12]}"
    return MqttBridge(Broker(config.mqtt_url, client_id), config.mqtt_topics, owner)
