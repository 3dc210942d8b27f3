"""Reads one driver on schedule, and keeps its failures to itself."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Mapping, Sequence

from fieldroom_pi.catalogue import Catalogue
from fieldroom_pi.clock import Backoff, Clock, Schedule
from fieldroom_pi.drivers.base import Driver
from fieldroom_pi.errors import DriverError
from fieldroom_pi.faults import FaultLog
from fieldroom_pi.model import Sample

_log = logging.getLogger(__name__)
_DISCOVER_EVERY_S = 60.0
_RETRY_FIRST_S = 1.0
# What works again is read again within a minute: trying costs little, and what was not read is lost.
_RETRY_MAX_S = 60.0
_HANGING_AFTER_S = 30.0


class Sampler:
    """One driver in a thread of its own: opened, read every interval, closed and opened again when it fails.

    record: takes the readings of one round; interval_ms: wanted time between rounds, raised to what the driver allows.
    """

    def __init__(
        self,
        driver: Driver,
        catalogue: Catalogue,
        record: Callable[[Sequence[Sample]], None],
        interval_ms: int,
        clock: Clock,
        retry: Backoff | None = None,
    ) -> None:
        self._driver = driver
        self._catalogue = catalogue
        self._record = record
        self._interval_ms = interval_ms
        self._clock = clock
        self._retry = retry if retry is not None else Backoff(_RETRY_FIRST_S, _RETRY_MAX_S)
        self._faults = FaultLog(_log)
        self._wake = threading.Condition()
        self._stopping = False
        self._rebased = False
        self._busy_since: float | None = None
        self._thread = threading.Thread(target=self._run, name=f"driver-{driver.name}", daemon=True)

    def start(self) -> None:
        """Begin reading, the first time at once."""
        self._thread.start()

    def set_interval(self, interval_ms: int) -> None:
        """Read every ``interval_ms`` from now on."""
        with self._wake:
            self._interval_ms = interval_ms
            self._rebased = True
            self._wake.notify_all()

    def stop(self) -> None:
        """Ask the thread to end."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()

    def join(self, timeout_s: float) -> None:
        """Wait for the end. A driver that hangs is left behind: its thread does not hold up the process."""
        self._thread.join(timeout_s)

    def check_hanging(self) -> None:
        """Log a driver that has not come back for long; called now and then by the agent."""
        since = self._busy_since
        if since is None:
            return
        for_s = self._clock.monotonic() - since
        if for_s > max(_HANGING_AFTER_S, 3 * self._interval_ms / 1000):
            self._faults.failed(f"{self._driver.name} (hangs)", f"has not answered for {for_s:.0f} s")

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._busy_since = self._clock.monotonic()
                self._driver.open()
                self._busy_since = None
                self._sample()
            # A driver is anybody's code over anybody's hardware; whatever it raises is its own failure only.
            except Exception as error:  # noqa: BLE001
                self._busy_since = None
                self._faults.failed(self._driver.name, _describe(error))
            finally:
                self._close()
            self._sleep_until(self._clock.monotonic() + self._retry.next(), or_new_interval=False)

    def _sample(self) -> None:
        schedule: Schedule | None = None
        keys: frozenset[str] = frozenset()
        discover_at = -math.inf
        while not self._stopping:
            with self._wake:
                if schedule is None or self._rebased:
                    self._rebased = False
                    schedule = Schedule(max(self._interval_ms, self._driver.min_interval_ms), self._clock.monotonic())
            if not self._sleep_until(schedule.next_due(self._clock.monotonic())):
                continue
            self._busy_since = self._clock.monotonic()
            if self._busy_since >= discover_at:
                keys = self._catalogue.register(self._driver, self._driver.name, self._driver.sensors())
                discover_at = self._busy_since + _DISCOVER_EVERY_S
            values = self._driver.read() if keys else {}
            took_s = self._clock.monotonic() - self._busy_since
            self._busy_since = None
            if not keys.issuperset(values):
                # It reports something it did not list: perhaps newly plugged in. Listed before the next round.
                discover_at = -math.inf
            self._accept({key: value for key, value in values.items() if key in keys}, took_s)

    def _accept(self, values: Mapping[str, float | DriverError], took_s: float) -> None:
        at_ms = self._clock.boot_ms()
        readings = []
        for key, value in values.items():
            subject = f"{self._driver.name}, sensor {key}"
            if isinstance(value, DriverError):
                self._faults.failed(subject, value)
            elif isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
                self._faults.failed(subject, f"gave {value!r}, which is not a finite number")
            else:
                self._faults.recovered(subject)
                readings.append(Sample(key, at_ms, float(value)))
        if values and not readings:
            raise DriverError("none of its sensors could be read")
        self._retry.reset()
        self._faults.recovered(self._driver.name)
        self._faults.recovered(f"{self._driver.name} (hangs)")
        slow = f"{self._driver.name} (slow)"
        if took_s * 1000 > self._interval_ms:
            self._faults.failed(slow, f"takes {took_s:.1f} s, longer than its interval of {self._interval_ms} ms")
        else:
            self._faults.recovered(slow)
        if readings:
            self._record(readings)

    def _close(self) -> None:
        try:
            self._driver.close()
        except Exception as error:  # noqa: BLE001 - as in _run
            _log.debug("%s: close: %s", self._driver.name, _describe(error))

    def _sleep_until(self, due: float, or_new_interval: bool = True) -> bool:
        """Wait; True if the time has come, False if the interval changed or the end was asked for before."""
        with self._wake:
            while not self._stopping and not (or_new_interval and self._rebased):
                left = due - self._clock.monotonic()
                if left <= 0:
                    return True
                self._wake.wait(left)
        return False


def _describe(error: Exception) -> str:
    return str(error) if isinstance(error, DriverError) else f"{type(error).__name__}: {error}"
