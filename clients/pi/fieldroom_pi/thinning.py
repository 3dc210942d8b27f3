"""What an overfull queue forgets, and in which order.

First the oldest readings become coarser: of each sensor and minute the lowest and the highest stay, with their own
times, and the others go. When all but the newest tenth of the queue is so, of each ten minutes the same. Only when that
is done too, the oldest are dropped. What stays was really measured, and extremes are what one looks for in an outage.

With a reading every 10 s the first step makes room for 3 times the span, the second for 30 times.

Everything up to an id has been thinned, which two facts in ``meta`` keep: a step looks at each reading once.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

STEPS = (("thinned_minute_until", 60_000), ("thinned_ten_until", 600_000))
"""The steps: the name of the fact that says how far it has come, and its bucket in milliseconds."""

_WINDOW = 20_000


@dataclass(frozen=True)
class Forgotten:
    """How many readings were thinned out, and how many dropped."""

    thinned: int
    dropped: int


class Thinner:
    """Makes room in the table ``readings``; called within a transaction.

    maximum: how many readings the queue may hold.
    """

    def __init__(self, db: sqlite3.Connection, maximum: int) -> None:
        self._db = db
        self._max = maximum
        # A step makes more room than is needed, and is not begun for a few readings: each costs writes.
        self._worthwhile = max(maximum // 50, 10)
        self._not_before_id = 0

    def make_room(self, excess: int, in_flight_until: int) -> Forgotten:
        """Forget at least ``excess`` readings, none of them with an id up to ``in_flight_until``."""
        if excess <= 0:
            return Forgotten(0, 0)
        thinned = self._thin(excess, in_flight_until)
        if thinned >= excess:
            return Forgotten(thinned, 0)
        dropped = self._db.execute(
            "DELETE FROM readings WHERE id IN (SELECT id FROM readings WHERE id > ? ORDER BY id LIMIT ?)",
            (in_flight_until, excess - thinned),
        ).rowcount
        return Forgotten(thinned, dropped)

    def _thin(self, excess: int, in_flight_until: int) -> int:
        newest = self._db.execute("SELECT max(id) FROM readings").fetchone()[0] or 0
        if newest < self._not_before_id:
            return 0
        goal = excess + self._worthwhile
        row = self._db.execute(
            "SELECT id FROM readings ORDER BY id DESC LIMIT 1 OFFSET ?", (self._max // 10,)
        ).fetchone()
        until = row[0] if row else 0
        thinned = 0
        for name, bucket_ms in STEPS:
            done = self._fact(name)
            while thinned < goal:
                removed, reached = self._window(max(done, in_flight_until), until, bucket_ms)
                if reached is None:
                    break
                thinned += removed
                done = reached
                self._db.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (name, done))
            until = done
        if thinned < excess:
            # Nothing is left to be thinned until that many have come in.
            self._not_before_id = newest + self._worthwhile
        return thinned

    def _window(self, after: int, until: int, bucket_ms: int) -> tuple[int, int | None]:
        """Thin the next readings; gives how many went and the id up to which it is done, None if there are too few."""
        rows = self._db.execute(
            "SELECT id, sensor, coalesce(boot, ''), ts / ?, value FROM readings"
            " WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
            (bucket_ms, after, until, _WINDOW),
        ).fetchall()
        if len(rows) < self._worthwhile:
            return 0, None
        # The last bucket may go on beyond the window: it is left for the next one, unless it is all there is.
        last = rows[-1][2:4]
        cut = next(index for index, row in enumerate(rows) if row[2:4] == last)
        rows = rows[:cut] or rows
        lowest: dict[tuple[object, ...], tuple[float, int]] = {}
        highest: dict[tuple[object, ...], tuple[float, int]] = {}
        for number, sensor, boot, bucket, value in rows:
            of = (sensor, boot, bucket)
            if of not in lowest or value < lowest[of][0]:
                lowest[of] = (value, number)
            if of not in highest or value > highest[of][0]:
                highest[of] = (value, number)
        keep = {number for _, number in (*lowest.values(), *highest.values())}
        gone = [(row[0],) for row in rows if row[0] not in keep]
        self._db.executemany("DELETE FROM readings WHERE id = ?", gone)
        return len(gone), rows[-1][0]

    def _fact(self, name: str) -> int:
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return int(row[0]) if row else 0
