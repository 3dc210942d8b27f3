"""What time it is, according to the server.

Every HTTP server says so in the ``Date`` of an answer (RFC 9110, 6.6.1), in whole seconds. That is coarse, but a
machine whose clock stands in last week needs no more, and the server's clock is the one that its charts go by.
"""

from __future__ import annotations

import logging
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import NamedTuple

from fieldroom_pi.clock import Clock
from fieldroom_pi.errors import ConnectionFailed
from fieldroom_pi.timeline import Timeline

_log = logging.getLogger(__name__)
# The answer to a question that took longer than this says little about when it was given.
_WORST_ROUND_TRIP_MS = 10_000


class ServerTime(NamedTuple):
    """The server's wall time at a moment since boot, with the greatest error; all in milliseconds."""

    server_ms: int
    at_boot_ms: int
    error_ms: int


Ask = Callable[[str, "str | None", float, Clock], "ServerTime | None"]


def ask_server_time(server: str, ca_file: str | None, timeout_s: float, clock: Clock) -> ServerTime | None:
    """Ask the server; None if it answers and does not say.

    Raises ConnectionFailed if it cannot be reached now, or is too slow for its answer to be of use.
    """
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked when the configuration was read
        f"{server}/healthz", headers={"Cache-Control": "no-cache", "User-Agent": "fieldroom-pi"}
    )
    before = clock.boot_ms()
    try:
        context = ssl.create_default_context(cafile=ca_file) if server.startswith("https:") else None
        with urllib.request.urlopen(request, timeout=timeout_s, context=context) as answer:  # noqa: S310 - as above
            date = answer.headers.get("Date")
    except urllib.error.HTTPError as error:
        # Also the answer "not found" has the time on it.
        date = error.headers.get("Date")
        error.close()
    except (OSError, ValueError, HTTPException) as error:
        raise ConnectionFailed(f"the server was not asked for the time: {error}") from error
    took = clock.boot_ms() - before
    try:
        seconds = parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError):
        return None
    if took > _WORST_ROUND_TRIP_MS:
        raise ConnectionFailed(f"the server took {took / 1000:.0f} s to tell the time")
    # Cut to whole seconds, it was half a second more on average; and half of the way was the way back.
    return ServerTime(int(seconds * 1000) + 500, before + took // 2, 500 + took // 2)


class ClockCheck:
    """Compares this machine's clock with the server's, where nothing better vouches for it.

    on_compared: called afterwards, as the time may be known now.
    """

    def __init__(
        self,
        timeline: Timeline,
        server: str,
        ca_file: str | None,
        timeout_s: float,
        clock: Clock,
        ask: Ask,
        on_compared: Callable[[], None],
    ) -> None:
        self._timeline = timeline
        self._server = server
        self._ca_file = ca_file
        self._timeout_s = timeout_s
        self._clock = clock
        self._ask = ask
        self._on_compared = on_compared

    def compare(self) -> bool:
        """Ask the server for the time, unless a time service keeps this clock; whether the time is known now."""
        self._timeline.look()
        if self._timeline.source == "ntp":
            return True
        try:
            said = self._ask(self._server, self._ca_file, self._timeout_s, self._clock)
        except ConnectionFailed as error:
            # Not the same as a server that does not say: what the machine believes is no better for it.
            _log.debug("%s", error)
            return self._timeline.offset_ms is not None
        if said is None:
            self._timeline.server_did_not_say()
        else:
            self._timeline.server_said(said.server_ms, said.at_boot_ms, said.error_ms)
        self._on_compared()
        return self._timeline.offset_ms is not None
