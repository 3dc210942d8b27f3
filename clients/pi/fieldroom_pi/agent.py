"""The running client: drivers, queue and uplink put together."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence

from fieldroom_pi.catalogue import Catalogue
from fieldroom_pi.clock import Backoff, Clock
from fieldroom_pi.config import INTERVAL_MS, Config, load_config
from fieldroom_pi.delivery import Delivery
from fieldroom_pi.drivers.base import Driver
from fieldroom_pi.errors import ConfigError
from fieldroom_pi.lifecycle import InstanceLock, ParentWatch, Signals
from fieldroom_pi.model import MAX_BATCH, Sensor
from fieldroom_pi.outbox import FILE_NAME, open_outbox
from fieldroom_pi.recorder import Recorder
from fieldroom_pi.sampler import Sampler
from fieldroom_pi.server_time import Ask, ClockCheck, ask_server_time
from fieldroom_pi.service import Notifier
from fieldroom_pi.timeline import Timeline
from fieldroom_pi.uplink import Endpoint, Timing, Uplink

_log = logging.getLogger(__name__)
_TICK_S = 1.0


class Agent:
    """Reads the drivers and delivers what they give, from ``start`` to ``stop``.

    Raises QueueInUse if another agent has the state directory, OSError or sqlite3.Error if it cannot be used.
    """

    def __init__(
        self,
        config: Config,
        drivers: Sequence[Driver],
        timing: Timing | None = None,
        clock: Clock | None = None,
        ask_time: Ask = ask_server_time,
    ) -> None:
        clock = clock if clock is not None else Clock()
        timing = timing if timing is not None else Timing()
        self._config = config
        self._lock = InstanceLock(config.state_dir)
        try:
            self._outbox = open_outbox(config.state_dir / FILE_NAME, config.max_readings, config.synchronous, clock)
        except BaseException:
            self._lock.release()
            raise
        self.damage: sqlite3.Error | None = None
        """Set when the queue's file turns out to be damaged: the process must be started anew."""
        self._interval_ms = self._restored_interval()
        self._catalogue = Catalogue(self._sensors_changed)
        endpoint = Endpoint(config.server, config.ca_file, self._current_token)
        # Never so many in one batch that a full queue would be all in flight, with no room for what is new.
        delivery = Delivery(
            self._outbox,
            Backoff(timing.reconnect_first, timing.reconnect_max),
            min(MAX_BATCH, config.max_readings // 2),
        )
        last_ack_ms = self._outbox.meta("last_ack_ms")
        self._timeline = Timeline(clock, last_ack_ms if isinstance(last_ack_ms, int) else 0)
        clocks = ClockCheck(
            self._timeline, config.server, config.ca_file, timing.connect, clock, ask_time, self._clocks_compared
        )
        self._uplink = Uplink(
            endpoint,
            self._outbox,
            self._catalogue,
            delivery,
            self._configure,
            clocks,
            clock,
            timing,
            lambda: self._interval_ms,
        )
        self._recorder = Recorder(self._outbox, self._timeline, clock.boot_id(), self._uplink.wake, self._note_damage)
        self._samplers = [
            Sampler(driver, self._catalogue, self._recorder.record, self._interval_ms, clock) for driver in drivers
        ]
        self._clock_source = ""

    def start(self) -> None:
        """Start reading and sending."""
        self._outbox.put_meta(server=self._config.server, interval_ms=self._interval_ms)
        for sampler in self._samplers:
            sampler.start()
        self._uplink.start()

    def tick(self) -> None:
        """Housekeeping, about once a second."""
        for sampler in self._samplers:
            sampler.check_hanging()
        self._recorder.tick()
        if self._timeline.source != self._clock_source:
            self._clock_source = self._timeline.source
            try:
                self._outbox.put_meta(clock=self._clock_source)
            except sqlite3.Error as error:
                _log.debug("the state of the clock could not be stored: %s", error)

    @property
    def healthy(self) -> bool:
        """Whether the thread that sends is there, as it is to be for ever. A driver that hangs is no concern here."""
        return self._uplink.running

    def stop(self) -> None:
        """Stop reading, send what can be sent within moments, and close everything. The rest stays on disk."""
        for sampler in self._samplers:
            sampler.stop()
        for sampler in self._samplers:
            sampler.join(1.0)
        self._uplink.stop()
        self._outbox.close()
        self._lock.release()

    def _sensors_changed(self, sensors: list[Sensor]) -> None:
        self._outbox.remember(sensors)
        self._uplink.wake()

    def _clocks_compared(self) -> None:
        self._recorder.tick()

    def _note_damage(self, error: sqlite3.Error) -> None:
        self.damage = error

    def _configure(self, payload: object) -> dict[str, object]:
        """The server's ``configure``: applies the interval, within bounds, and keeps it over restarts.

        None as the interval: the one of the configuration here counts again.
        """
        wanted = payload.get("interval_ms", ...) if isinstance(payload, dict) else ...
        if wanted is not None and (isinstance(wanted, bool) or not isinstance(wanted, int)):
            error = {
                "code": "validation_failed",
                "message": "interval_ms must be a whole number of milliseconds, or null",
            }
            return {"ok": False, "error": error}
        own = self._config.interval_ms
        interval_ms = own if wanted is None else min(max(wanted, INTERVAL_MS[0]), INTERVAL_MS[-1])
        if interval_ms != self._interval_ms:
            _log.info("the server sets the interval to %d ms", interval_ms)
            self._interval_ms = interval_ms
            self._outbox.put_meta(interval_ms=interval_ms, interval_over_ms=None if wanted is None else own)
            for sampler in self._samplers:
                sampler.set_interval(interval_ms)
        self._uplink.report()
        return {"ok": True, "interval_ms": interval_ms}

    def _restored_interval(self) -> int:
        # What the server said last holds until somebody changes the configuration here: the later word counts.
        stored = self._outbox.meta("interval_ms")
        if isinstance(stored, int) and self._outbox.meta("interval_over_ms") == self._config.interval_ms:
            return stored
        self._outbox.put_meta(interval_over_ms=None)
        return self._config.interval_ms

    def _current_token(self) -> str:
        # Read again at each attempt, so that a new token in the file is taken up without a restart.
        if self._config.token_file is None:
            return self._config.token
        try:
            return load_config(self._config.token_file, {}).token or self._config.token
        except ConfigError as error:
            _log.warning("the token is not read again: %s", error)
            return self._config.token


def run_agent(agent: Agent, parent_pid: int | None = None) -> int:
    """Run until a signal, the parent's end or a damaged queue; gives the exit status.

    parent_pid: end with this process (0: with whoever started us); None to run on alone.
    """
    with Signals() as signals:
        parent = ParentWatch(parent_pid) if parent_pid is not None else None
        notifier = Notifier()
        agent.start()
        notifier.ready()
        try:
            while not signals.wait(_TICK_S):
                agent.tick()
                if agent.healthy:
                    notifier.alive()
                if parent is not None and parent.gone():
                    _log.info("the parent process is gone; stopping")
                    break
                if agent.damage is not None:
                    _log.error("the queue is damaged (%s); ending, to begin a new one when started again", agent.damage)
                    return 1
        finally:
            notifier.stopping()
            agent.stop()
    return 0
