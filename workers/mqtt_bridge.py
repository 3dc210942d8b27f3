"""The MQTT bridge: a thread of the server, or of `python -m workers`, that stores what devices publish to a broker.

One process at a time is connected, by a lease; another takes over when it dies. The broker keeps the session meanwhile, and a
message (QoS 1) is acknowledged to it only when its reading is stored: what comes while nobody listens comes afterwards.
"""

import hashlib
import json
import math
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
from models.odm import OdmError
from services import duties, metrics
from services.leases import Leaseholder, LeaseLost
from services.telemetry import bridging
from utils.clock import now_ms
from utils.logs import get_logger

log = get_logger(__name__)

LEASE = "mqtt"
LEASE_SECONDS = 8.0
STANDBY_SECONDS = 2.0
MAX_PAYLOAD = 4_096
_PORTS = {"mqtt": 1883, "mqtts": 8883}
_LONGEST_RECONNECT = 30
_DRAIN_SECONDS = 0.05
_AT_ONCE = 1_000
# What waits to be stored. The broker keeps the rest, for it sends no more than this without an acknowledgement.
_IN_FLIGHT = 2_000


class BadPayload(ValueError):
    """A payload that is no reading."""


class Topics:
    """Topic templates such as sensors/{device}/{key}: what to subscribe to, and what a topic names."""

    def __init__(self, templates: Sequence[str]) -> None:
        self.filters = [template.replace("{device}", "+").replace("{key}", "+") for template in templates]
        self._patterns = [
            re.compile(re.escape(template).replace(r"\{device\}", "(?P<device>[^/]+)").replace(r"\{key\}", "(?P<key>[^/]+)"))
            for template in templates
        ]

    def read(self, topic: str) -> tuple[str, str] | None:
        """The device and the key that a topic names; None where no template fits."""
        for pattern in self._patterns:
            if match := pattern.fullmatch(topic):
                return match["device"], match["key"]
        return None


def read_payload(payload: bytes | bytearray, now: int) -> tuple[int, float]:
    """The (ts in ms, value) of a payload: a plain number, or {"value": number, "ts": ms}. Raises BadPayload."""
    if len(payload) > MAX_PAYLOAD:
        raise BadPayload("too long")
    try:
        found: Any = json.loads(payload)
    except (ValueError, RecursionError):
        raise BadPayload("neither a number nor JSON") from None
    ts: Any = now
    if isinstance(found, dict):
        found, ts = found.get("value"), found.get("ts", now)
    if isinstance(found, bool):
        found = int(found)
    if not isinstance(found, int | float) or type(ts) is not int:
        raise BadPayload("no number in it")
    try:
        value = float(found)
    except OverflowError:
        raise BadPayload("a number that is too large") from None
    if not math.isfinite(value):
        raise BadPayload("not a finite number")
    return ts, value


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


class MqttBridge:
    """Bridges while it holds the lease; stands by while another process does.

    topics: templates of the topics to listen to. owner: what names this process among others.
    """

    def __init__(self, broker: Broker, topics: Sequence[str], owner: str) -> None:
        self._broker = broker
        self._topics = Topics(topics)
        self._lease = Leaseholder(LEASE, owner, ttl_seconds=LEASE_SECONDS)
        self._waiting: deque[MQTTMessage] = deque()
        self._stopping = threading.Event()
        self._ended = threading.Event()

    def run(self) -> None:
        """Work until `stop` is called."""
        while not self._stopping.is_set():
            try:
                acting = self._lease.acquire()
                duties.note(LEASE, "acting" if acting else "standing by")
                if acting:
                    self._bridge()
            except LeaseLost:
                log.warning("MQTT bridge handed over", reason="the lease was lost")
            except OdmError as error:
                log.error("MQTT bridge interrupted", reason=str(error))
            except Exception:
                log.exception("MQTT bridge failed")
            self._stopping.wait(STANDBY_SECONDS)
        try:
            self._lease.release()
        except OdmError as error:
            log.warning("lease not released", lease=LEASE, reason=str(error))
        self._ended.set()

    def stop(self, wait_seconds: float = 2.0) -> None:
        """Have `run` end, and wait a little for it: then another process can take over at once."""
        self._stopping.set()
        self._ended.wait(wait_seconds)

    def _bridge(self) -> None:
        """Listen and store until the lease is lost or the bridge is stopped."""
        self._waiting.clear()
        client = self._client()
        self._broker.connect(client)
        client.loop_start()
        try:
            while not self._stopping.is_set():
                self._lease.keep()
                if self._waiting:
                    self._store(client)
                else:
                    self._stopping.wait(_DRAIN_SECONDS)
        finally:
            client.disconnect()
            client.loop_stop()

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

        client.on_connect = connected
        client.on_disconnect = lost
        client.on_message = lambda _connection, _data, message: self._waiting.append(message)
        return client

    def _store(self, client: Client) -> None:
        """Store what waits, a batch of it. Raises OdmError, with everything still waiting and not acknowledged."""
        messages = [self._waiting[at] for at in range(min(len(self._waiting), _AT_ONCE))]
        readings: list[tuple[str, str, int, float]] = []
        for message in messages:
            named = self._topics.read(message.topic)
            try:
                if named is None:
                    raise BadPayload("no such topic")
                readings.append((*named, *read_payload(message.payload, now_ms())))
            except (BadPayload, UnicodeDecodeError):
                metrics.MQTT.labels("unreadable").inc()
        for outcome, count in bridging.store(readings).items():
            metrics.MQTT.labels(outcome).inc(count)
        for message in messages:
            if self._waiting and self._waiting[0] is message:
                self._waiting.popleft()
                client.ack(message.mid, message.qos)


def mqtt_bridge(config: Config, owner: str) -> MqttBridge | None:
    """The bridge that the configuration asks for, if any."""
    if config.mqtt_url is None:
        return None
    # The same in all processes of an installation, for the broker keeps what it has for a client by its id.
    client_id = f"fieldroom-{hashlib.sha256(config.secret_key.encode()).hexdigest()[:12]}"
    return MqttBridge(Broker(config.mqtt_url, client_id), config.mqtt_topics, owner)
