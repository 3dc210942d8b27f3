"""When something was measured: moments since boot, turned into wall time once that is known.

A Raspberry Pi has no clock that runs without power. After a start its wall clock stands where it stood at the last
shutdown, until a time service or the server tells the time. So a reading is taken down with the time since boot, which
nobody sets, and gets its timestamp when the difference between that and wall time is known to be good:

- ``ntp``: the kernel says that a time service keeps the clock right; its corrections are followed;
- ``server``: the server was asked for the time; the machine's clock counts if it agrees within 2 s, else the server's;
- ``rtc``: a battery-backed clock set the clock at boot, and the server has not said otherwise;
- ``unconfirmed``: the server does not tell the time, and the clock is at least not in the past.

A step of the wall clock that none of these vouches for (``date -s``) is not followed.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict, deque

from fieldroom_pi.clock import Clock

RELEASED_MS = 1_763_596_800_000
"""2025-11-20: no wall clock that stands before it can be right."""

_log = logging.getLogger(__name__)
# Two clocks cannot be read in the same instant; a difference below this is no step.
_JITTER_MS = 20
_AGREES_MS = 2_000
_DISAGREES_MS = 60_000
_REMEMBERED = 4_096


class Timeline:
    """Any thread may use it.

    not_before_ms: a wall time that is known to have passed, such as the last acknowledgement.
    """

    def __init__(self, clock: Clock, not_before_ms: int = 0) -> None:
        self._clock = clock
        self._not_before = max(not_before_ms, RELEASED_MS)
        self._offset: int | None = None
        self._source = "unknown"
        self._ignored: int | None = None
        self._told_of_server = False
        self._lock = threading.RLock()
        # Timestamps given out lately, by sensor, and those that must not be given out once more.
        self._given: defaultdict[str, deque[int]] = defaultdict(lambda: deque(maxlen=_REMEMBERED))
        self._avoid: dict[str, set[int]] = {}

    @property
    def source(self) -> str:
        """Who vouches for wall time: unknown, ntp, server, rtc or unconfirmed."""
        with self._lock:
            return self._source

    @property
    def offset_ms(self) -> int | None:
        """Wall time minus time since boot, or None while it is not known."""
        with self._lock:
            return self._offset

    def look(self) -> None:
        """Compare the clocks; called before timestamps are given, and about once a second."""
        with self._lock:
            offset = self._wall_offset()
            if self._clock.ntp_synchronised():
                self._adopt(offset, "ntp")
            elif self._offset is None:
                if self._clock.set_by_rtc() and self._clock.now_ms() >= self._not_before:
                    self._adopt(offset, "rtc")
            elif abs(offset - self._offset) > _AGREES_MS and offset != self._ignored:
                if self._ignored is None or abs(offset - self._ignored) > _JITTER_MS:
                    by_s = (offset - self._offset) / 1000
                    _log.warning(
                        "the clock is off by %+.1f s and nothing vouches for it: timestamps go on as before", by_s
                    )
                self._ignored = offset

    def server_said(self, server_ms: int, at_boot_ms: int, error_ms: int) -> None:
        """The server's wall time was ``server_ms`` at ``at_boot_ms``, give or take ``error_ms``."""
        with self._lock:
            self.look()
            theirs, ours = server_ms - at_boot_ms, self._wall_offset()
            if self._source == "ntp":
                if abs(theirs - ours) > _DISAGREES_MS and not self._told_of_server:
                    self._told_of_server = True
                    _log.warning(
                        "the server's clock is %+.0f s from this one, which a time service keeps",
                        (theirs - ours) / 1000,
                    )
                return
            within = _AGREES_MS + error_ms
            # The machine's clock first: it is finer than what the server says, in whole seconds.
            for offset in (ours, self._offset):
                if offset is not None and abs(theirs - offset) <= within:
                    self._adopt(offset, "server")
                    return
            self._adopt(theirs, "server")

    def server_did_not_say(self) -> None:
        """The server is there and does not tell the time: what the machine believes has to do, if it is possible."""
        with self._lock:
            self.look()
            if self._offset is None and self._clock.now_ms() >= self._not_before:
                _log.warning("neither a time service nor the server vouches for the clock; it is taken as it is")
                self._adopt(self._wall_offset(), "unconfirmed")

    def stamp(self, key: str, at_boot_ms: int) -> int:
        """The timestamp of a reading of the sensor ``key``: ms since the Unix epoch, no two of one sensor alike.

        After the clock went back, times come a second time; one that the sensor has used is passed over. It may only be
        called once the offset is known.
        """
        with self._lock:
            assert self._offset is not None
            ts = at_boot_ms + self._offset
            taken = self._avoid.get(key, ())
            while ts in taken:
                ts += 1
            self._given[key].append(ts)
            return ts

    def _adopt(self, offset: int, source: str) -> None:
        before = self._offset
        if source != self._source:
            _log.info("the time is known; who vouches for it: %s", source)
            self._source = source
        self._ignored = None
        if before is not None and abs(offset - before) <= _JITTER_MS:
            return
        self._offset = offset
        if before is None:
            return
        _log.warning("the clock was corrected by %+.3f s", (offset - before) / 1000)
        if offset < before:
            self._avoid = {key: set(given) for key, given in self._given.items()}

    def _wall_offset(self) -> int:
        # The shortest of three: whatever interrupts between the two readings only makes it longer.
        best, best_gap = 0, None
        for _ in range(3):
            before = self._clock.boot_ms()
            wall = self._clock.now_ms()
            gap = self._clock.boot_ms() - before
            if best_gap is None or gap < best_gap:
                best, best_gap = wall - before, gap
            if gap <= 1:
                break
        return best
