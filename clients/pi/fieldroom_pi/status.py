"""What ``fieldroom-pi status`` shows, read from the queue's file without disturbing the client that runs on it."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from fieldroom_pi.lifecycle import running_pid
from fieldroom_pi.outbox import FILE_NAME


@dataclass(frozen=True)
class Status:
    """A look at the queue. Times are milliseconds since the Unix epoch; None where there has been none.

    clock: who vouches for the time (see ``timeline``); queued, waiting (of those, for the clock), set_aside: numbers of
    readings now; the other numbers count since the queue was made.
    """

    running_pid: int | None
    server: str | None
    link: str | None
    link_since_ms: int | None
    interval_ms: int | None
    clock: str | None
    queued: int
    waiting: int
    oldest_queued_ms: int | None
    last_ack_ms: int | None
    accepted: int
    duplicates: int
    rejected: int
    thinned: int
    dropped: int
    undated: int
    set_aside: int


def read_status(state_dir: Path) -> Status:
    """Read the state directory of a client, running or not. Raises FileNotFoundError if none has ever run there."""
    file = state_dir / FILE_NAME
    if not file.exists():
        raise FileNotFoundError(f"no queue in {state_dir}: fieldroom-pi has not run with this state directory yet")
    db = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=10)
    try:
        db.execute("BEGIN")
        meta = dict(db.execute("SELECT name, value FROM meta"))
        # A queue that an older version left has no column for the boot yet.
        dated = "boot IS NULL" if db.execute("PRAGMA user_version").fetchone()[0] > 1 else "1"
        queued, sendable = db.execute(f"SELECT count(*), total({dated}) FROM readings").fetchone()  # noqa: S608
        oldest = db.execute(f"SELECT ts FROM readings WHERE {dated} ORDER BY id LIMIT 1").fetchone()  # noqa: S608
        set_aside = db.execute("SELECT count(*) FROM set_aside").fetchone()[0]
    finally:
        db.close()
    return Status(
        running_pid=running_pid(state_dir),
        server=meta.get("server"),
        link=meta.get("link"),
        link_since_ms=meta.get("link_since_ms"),
        interval_ms=meta.get("interval_ms"),
        clock=meta.get("clock"),
        queued=queued,
        waiting=queued - int(sendable),
        oldest_queued_ms=oldest[0] if oldest else None,
        last_ack_ms=meta.get("last_ack_ms"),
        accepted=meta.get("accepted", 0),
        duplicates=meta.get("duplicates", 0),
        rejected=meta.get("rejected", 0),
        thinned=meta.get("thinned", 0),
        dropped=meta.get("dropped", 0),
        undated=meta.get("undated", 0),
        set_aside=set_aside,
    )


def as_lines(status: Status, now_ms: int) -> list[str]:
    """The status for people."""
    running = status.running_pid is not None
    link = f"{status.link}, since {_when(status.link_since_ms, now_ms)}" if running and status.link else "none"
    return [
        f"running            {f'yes, process {status.running_pid}' if running else 'no'}",
        f"server             {status.server or 'none yet'}",
        f"connection         {link}",
        f"interval           {status.interval_ms} ms",
        f"clock              {_CLOCKS.get(status.clock or 'unknown', status.clock)}",
        f"queued             {status.queued}"
        + (f", the oldest of {_when(status.oldest_queued_ms, now_ms)}" if status.oldest_queued_ms else "")
        + (f"; {status.waiting} wait until the clock is known" if status.waiting else ""),
        f"last acknowledged  {_when(status.last_ack_ms, now_ms)}",
        f"accepted           {status.accepted} (and {status.duplicates} that the server had already)",
        f"rejected           {status.rejected}",
        f"thinned out        {status.thinned} (of old minutes only the lowest and the highest are kept)",
        f"dropped            {status.dropped}" + (f" (and {status.undated} of unknown time)" if status.undated else ""),
        f"set aside          {status.set_aside}",
    ]


_CLOCKS = {
    "unknown": "not known yet: readings wait for their time",
    "ntp": "kept by a time service",
    "server": "checked against the server",
    "rtc": "from this machine's battery-backed clock",
    "unconfirmed": "this machine's own, confirmed by nobody",
}


def _when(ts_ms: int | None, now_ms: int) -> str:
    if ts_ms is None:
        return "never"
    clock = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ts_ms / 1000))
    return f"{clock} ({(now_ms - ts_ms) / 1000:.0f} s ago)"
