"""Keeps a connection to the server, for ever, and sends the queue through it."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass

from fieldroom_pi import __version__
from fieldroom_pi.catalogue import Catalogue
from fieldroom_pi.clock import Backoff, Clock
from fieldroom_pi.connection import DeviceConnection
from fieldroom_pi.delivery import Delivery
from fieldroom_pi.device_status import device_status
from fieldroom_pi.errors import AckTimeout, ConnectionFailed, ConnectionLost, ServerError, TokenRefused
from fieldroom_pi.model import MAX_SENSORS, Sensor
from fieldroom_pi.outbox import Outbox
from fieldroom_pi.protocol import NEVER, NOT_SIGNED_IN, TRY_LATER, check, read_batch_answer
from fieldroom_pi.server_time import ClockCheck

_log = logging.getLogger(__name__)

# After a comparison of the clocks that failed, while readings wait for it.
_ASK_AGAIN_S = 10.0


@dataclass(frozen=True)
class Timing:
    """How long to wait for what, in seconds."""

    connect: float = 10.0
    announce: float = 15.0
    ack: float = 30.0
    reconnect_first: float = 1.0
    reconnect_max: float = 60.0
    # A refused token is not cured by hurry, but it may be put back, or replaced in the configuration.
    refused_first: float = 60.0
    refused_max: float = 600.0
    # Drivers are read at the same moment; waiting this long lets their readings travel together.
    linger: float = 0.1
    # How long a stop may take to send what is still queued.
    flush: float = 3.0
    # Longest sleep without anything to send; things set aside are looked at that often.
    idle: float = 60.0
    # Between two reports of how this device is.
    status: float = 300.0
    # Between two comparisons of the clocks, where no time service keeps this one; it drifts a second or two a day.
    clocks: float = 3_600.0


@dataclass(frozen=True)
class Endpoint:
    """Where to connect and with what. token is asked for at each attempt, so that a new one is taken up."""

    server: str
    ca_file: str | None
    token: Callable[[], str]


class Uplink:
    """Connects, announces, sends; and does it again whenever something fails.

    on_configure: answers the server's ``configure`` event, called from the connection's thread. interval_ms: gives the
    interval between readings that is in force, which the server is told.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        outbox: Outbox,
        catalogue: Catalogue,
        delivery: Delivery,
        on_configure: Callable[[object], dict[str, object]],
        clocks: ClockCheck,
        clock: Clock,
        timing: Timing,
        interval_ms: Callable[[], int],
    ) -> None:
        self._interval_ms = interval_ms
        self._report_due = threading.Event()
        self._endpoint = endpoint
        self._outbox = outbox
        self._catalogue = catalogue
        self._on_configure = on_configure
        self._clocks = clocks
        self._clock = clock
        self._timing = timing
        self._delivery = delivery
        self._reconnect = Backoff(timing.reconnect_first, timing.reconnect_max)
        self._refused = Backoff(timing.refused_first, timing.refused_max)
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._flush_until = 0.0
        self._announced_version = -1
        self._unannounced: set[str] = set()
        self._tells_status = True
        self._compare_at = 0.0
        self._state = ""
        self._connection: DeviceConnection | None = None
        self._thread = threading.Thread(target=self._run, name="uplink", daemon=True)

    def start(self) -> None:
        """Begin connecting."""
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether its thread is there."""
        return self._thread.is_alive()

    def wake(self) -> None:
        """There is something to send or to announce."""
        self._wake.set()

    def report(self) -> None:
        """Something of how this device is has changed: the server is told at once."""
        self._report_due.set()
        self._wake.set()

    def stop(self) -> None:
        """Send what is queued for a last moment if connected, disconnect, and end."""
        self._flush_until = self._clock.monotonic() + self._timing.flush
        self._stop.set()
        self._wake.set()
        # Without a connection there is nothing to flush: an attempt that is under way is not waited for.
        self._thread.join(self._timing.flush + 1.0 if self._state == "connected" else 0.1)
        connection = self._connection
        if self._thread.is_alive() and connection is not None:
            connection.close()
            self._thread.join(1.0)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                pause_s = self._session()
            except TokenRefused as error:
                pause_s = self._refused.next()
                self._enter(
                    "refused",
                    logging.ERROR,
                    f"{self._endpoint.server} refuses this device's token ({error}): it is wrong or revoked. "
                    "Make a new one on the device's page and put it into the configuration (fieldroom-pi init --force) "
                    "or FIELDROOM_TOKEN. Readings go on being queued; the next attempt is in about a minute",
                )
            except ConnectionFailed as error:
                pause_s = self._reconnect.next()
                self._enter("unreachable", logging.WARNING, f"cannot reach {self._endpoint.server}: {error}; queueing")
            except sqlite3.Error as error:
                pause_s = self._reconnect.next()
                self._enter("queue error", logging.ERROR, f"the queue cannot be used: {error}")
            # The last line of defence: whatever is wrong here, readings must go on being queued and sent later.
            except Exception:  # noqa: BLE001
                pause_s = self._reconnect.next()
                _log.exception("unexpected failure; connecting again")
            self._stop.wait(pause_s)
        self._enter("stopped", logging.DEBUG, "stopped")

    def _session(self) -> float:
        """One connection from its opening to its end; gives the seconds to wait before the next."""
        connection = DeviceConnection(
            self._endpoint.server, self._endpoint.ca_file, self._timing.connect, self._on_configure, self.wake
        )
        self._connection = connection
        try:
            connection.open(self._endpoint.token())
            self._delivery.connected()
            self._tells_status = True
            self._compare_clocks()
            self._unannounced.clear()
            self._announce(connection)
            self._refused.reset()
            self._enter(
                "connected",
                logging.INFO,
                f"connected to {self._endpoint.server}; {self._outbox.depth} readings are queued",
            )
            since = self._clock.monotonic()
            why = self._send_while_connected(connection)
            if self._clock.monotonic() - since > self._timing.reconnect_max:
                self._reconnect.reset()
        except (ConnectionLost, AckTimeout) as error:
            why = str(error)
        finally:
            connection.close()
            self._connection = None
        if not self._stop.is_set():
            self._enter("disconnected", logging.WARNING, f"connection lost ({why}); queueing")
        return self._reconnect.next()

    def _send_while_connected(self, connection: DeviceConnection) -> str:
        """Send batches until the connection is lost or the end is asked for; gives the reason."""
        timeouts = 0
        report_at = self._clock.monotonic() + self._timing.status
        while not connection.lost:
            if self._clock.monotonic() >= self._compare_at and not self._stop.is_set():
                self._compare_clocks()
            is_due = self._report_due.is_set() or self._clock.monotonic() >= report_at
            if is_due and self._tells_status and not self._stop.is_set():
                self._report_due.clear()
                report_at = self._clock.monotonic() + self._timing.status
                self._report(connection)
            if self._stop.is_set() and self._clock.monotonic() >= self._flush_until:
                break
            if self._catalogue.version != self._announced_version or self._delivery.wants_announce:
                self._announce(connection)
            self._wake.clear()
            batch = self._delivery.next()
            if batch is None:
                if self._stop.is_set():
                    break
                # What was asked for between the look at it and the clear is not left until the next reading.
                if not (self._report_due.is_set() and self._tells_status):
                    self._wake.wait(self._timing.idle)
                self._stop.wait(self._timing.linger)
                continue
            try:
                answer = connection.call(
                    "readings",
                    {"batch_id": batch.batch_id, "readings": [list(reading) for reading in batch.readings]},
                    self._allowed(self._timing.ack),
                )
                pause_s = self._delivery.answered(batch, read_batch_answer(answer, len(batch.ids)))
                self._reconnect.reset()
                timeouts = 0
            except ServerError as error:
                pause_s = self._delivery.refused(batch, error)
                if pause_s:
                    _log.warning("the server does not take readings now (%s); trying again in %.0f s", error, pause_s)
            except ConnectionLost as error:
                self._delivery.unanswered(batch, str(error))
                return str(error)
            except AckTimeout as error:
                self._delivery.unanswered(batch, str(error))
                # Once may be a slow server. Twice in a row, the connection itself may be dead without having said so.
                timeouts += 1
                if timeouts > 1:
                    return str(error)
                continue
            if self._stop.wait(pause_s) and pause_s:
                break
        return "ended by the server"

    def _announce(self, connection: DeviceConnection) -> None:
        """Tell the server which sensors there are, also those of which only queued readings are left."""
        version = self._catalogue.version
        sensors = {sensor.key: sensor for sensor in self._outbox.sensors_with_readings()}
        current = {sensor.key: sensor for sensor in self._catalogue.sensors()}
        # The present ones first: they count if the limit does not allow all.
        sensors = {**current, **{key: sensor for key, sensor in sensors.items() if key not in current}}
        wanted = [sensor for sensor in sensors.values() if sensor.key not in self._unannounced][:MAX_SENSORS]
        if wanted:
            self._announce_these(connection, wanted)
        self._announced_version = version
        self._delivery.wants_announce = False

    def _announce_these(self, connection: DeviceConnection, sensors: list[Sensor]) -> None:
        payload: dict[str, object] = {"sensors": [sensor.to_wire() for sensor in sensors]}
        if self._tells_status:
            payload.update(version=f"fieldroom-pi {__version__}", status=self._status())
        try:
            ids = check(connection.call("announce", payload, self._allowed(self._timing.announce))).get("sensors")
            _log.debug("announced: %s", ids)
        except ServerError as error:
            if self._tells_status and error.code in NEVER:
                # Perhaps a server from before devices said how they are: it refuses what it does not know.
                self._tells_status = False
                self._announce_these(connection, sensors)
                return
            if error.code in NOT_SIGNED_IN:
                # Connecting again tells whether it is the token or only this connection that the server does not know.
                raise ConnectionLost(str(error)) from error
            if error.code not in NEVER:
                raise ConnectionFailed(f"the sensors were not taken: {error}") from error
            if len(sensors) > 1:
                # One sensor that the server does not like must not silence the others.
                for sensor in sensors:
                    self._announce_these(connection, [sensor])
                return
            self._unannounced.add(sensors[0].key)
            _log.error("the server does not take the sensor %s: %s", sensors[0].key, error)

    def _compare_clocks(self) -> None:
        every_s = self._timing.clocks if self._clocks.compare() else min(self._timing.clocks, _ASK_AGAIN_S)
        self._compare_at = self._clock.monotonic() + every_s

    def _status(self) -> dict[str, float]:
        return {**device_status(), "queued_readings": self._outbox.depth, "interval_ms": self._interval_ms()}

    def _report(self, connection: DeviceConnection) -> None:
        """Tell the server how this device is: battery, signal, uptime, queue."""
        try:
            check(connection.call("status", {"status": self._status()}, self._allowed(self._timing.announce)))
        except ServerError as error:
            # Nothing depends on it; a server that does not take it is not asked again on this connection.
            self._tells_status = error.code in TRY_LATER
            _log.debug("the server does not take the device's status: %s", error)

    def _allowed(self, timeout_s: float) -> float:
        """A timeout, cut to what is left of the last moment once the end was asked for."""
        if not self._stop.is_set():
            return timeout_s
        return min(timeout_s, max(0.1, self._flush_until - self._clock.monotonic()))

    def _enter(self, state: str, level: int, text: str) -> None:
        """Log and store a change of the connection's state; the same state again is only worth a debug line."""
        if state == self._state:
            _log.debug("%s", text)
            return
        self._state = state
        _log.log(level, "%s", text)
        try:
            self._outbox.put_meta(link=state, link_since_ms=self._clock.now_ms())
        except sqlite3.Error as error:
            _log.debug("the state could not be stored: %s", error)
