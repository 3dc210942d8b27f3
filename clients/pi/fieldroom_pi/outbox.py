"""The queue on disk: readings stay here until the server has acknowledged them.

One SQLite file in WAL mode. A reading is on disk when ``append`` returns and leaves the file in the transaction that
settles its batch, so a process that is killed at any point loses nothing and at worst sends a batch again, which the
server recognises by sensor and timestamp.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fieldroom_pi.clock import Clock
from fieldroom_pi.model import Reading, Sample, Sensor
from fieldroom_pi.thinning import Forgotten, Thinner

FILE_NAME = "queue.sqlite3"

_log = logging.getLogger(__name__)
_SCHEMA_VERSION = 2
# AUTOINCREMENT: an id is never given twice, so settling a batch by its ids cannot touch a later reading.
_SCHEMA = """
CREATE TABLE sensors (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, unit TEXT NOT NULL, kind TEXT NOT NULL);
CREATE TABLE readings (
    id INTEGER PRIMARY KEY AUTOINCREMENT, sensor INTEGER NOT NULL, ts INTEGER NOT NULL, value REAL NOT NULL, boot TEXT);
CREATE TABLE set_aside (
    id INTEGER PRIMARY KEY, sensor INTEGER NOT NULL, ts INTEGER NOT NULL, value REAL NOT NULL, since INTEGER NOT NULL);
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
"""
# Where boot is set, the reading waits for the clock: ts is the time since the start of that run of the machine.
_FROM_VERSION_1 = "ALTER TABLE readings ADD COLUMN boot TEXT"


@dataclass(frozen=True)
class Batch:
    """Readings handed out to be sent, oldest first; ids are theirs in the queue, in the same order.

    batch_id is the same whenever the same readings are sent again.
    """

    batch_id: str
    ids: Sequence[int]
    readings: Sequence[Reading]


class Outbox:
    """The queue. One process may have it open for writing; any of its threads may call it.

    path: the file, made if missing; max_readings: the bound, from which on the oldest are thinned out, then dropped
    (see ``thinning``), and counted;
    synchronous: SQLite's own setting, ``full`` to survive a power cut, ``normal`` to write less often.
    Raises sqlite3.Error if the file cannot be opened. Use ``open_outbox`` to get over a damaged file.
    """

    def __init__(
        self, path: Path, max_readings: int = 500_000, synchronous: str = "full", clock: Clock | None = None
    ) -> None:
        self._max = max_readings
        self._clock = clock if clock is not None else Clock()
        self._lock = threading.RLock()
        self._in_flight_until = 0
        self._told_of: set[str] = set()
        self._db = sqlite3.connect(str(path), check_same_thread=False, isolation_level=None, timeout=10)
        try:
            self._prepare(synchronous)
        except BaseException:
            self._db.close()
            raise

    def _prepare(self, synchronous: str) -> None:
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute(f"PRAGMA synchronous={synchronous}")
        self._db.execute("PRAGMA journal_size_limit=4194304")
        damage = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if damage != "ok":
            raise sqlite3.DatabaseError(damage)
        with self._transaction():
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                # Not executescript: it would commit the transaction that makes schema and version one step.
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version={_SCHEMA_VERSION}")
                self._put("queue_id", hex(self._clock.now_ms())[2:])
            elif version == 1:
                self._db.execute(_FROM_VERSION_1)
                self._db.execute(f"PRAGMA user_version={_SCHEMA_VERSION}")
            elif version != _SCHEMA_VERSION:
                raise sqlite3.NotSupportedError(f"the queue has format {version}, made by a newer fieldroom-pi")
        self._queue_id = str(self.meta("queue_id"))
        self._sensor_ids = dict(self._db.execute("SELECT key, id FROM sensors"))
        counted = self._db.execute("SELECT count(*), count(boot) FROM readings").fetchone()
        self._depth: int = counted[0]
        self._waiting: int = counted[1]
        self._thinner = Thinner(self._db, self._max)

    # Sensors

    def remember(self, sensors: Sequence[Sensor]) -> None:
        """Keep what the sensors are called, so that their readings can be announced after a restart without them."""
        rows = [(s.key, s.name, s.unit, s.kind) for s in sensors]
        with self._transaction():
            self._db.executemany(
                "INSERT INTO sensors (key, name, unit, kind) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE"
                " SET name = excluded.name, unit = excluded.unit, kind = excluded.kind",
                rows,
            )
            self._sensor_ids = dict(self._db.execute("SELECT key, id FROM sensors"))

    def sensors_with_readings(self) -> list[Sensor]:
        """The sensors that have a reading in the queue."""
        with self._lock:
            rows = self._db.execute(
                "SELECT key, name, unit, kind FROM sensors WHERE id IN (SELECT sensor FROM readings) ORDER BY id"
            ).fetchall()
        return [Sensor(*row) for row in rows]

    # The queue

    @property
    def depth(self) -> int:
        """How many readings wait."""
        with self._lock:
            return self._depth

    def append(self, readings: Sequence[Reading]) -> None:
        """Queue readings of remembered sensors; they are on disk when this returns. Raises sqlite3.Error if not."""
        with self._lock:
            self._add([(self._sensor_ids[r.key], r.ts_ms, r.value, None) for r in readings])

    def append_undated(self, samples: Sequence[Sample], boot: str) -> None:
        """Queue what was measured in the run ``boot`` of the machine, to wait for ``date``. Raises sqlite3.Error."""
        with self._lock:
            self._add([(self._sensor_ids[s.key], s.at_ms, s.value, boot) for s in samples])

    @property
    def waiting(self) -> int:
        """How many readings wait for the clock."""
        with self._lock:
            return self._waiting

    def date(self, boot: str, offset_ms: int) -> int:
        """Give the waiting readings of the run ``boot`` their timestamps; gives how many that are.

        Those of earlier runs, which ended before the clock was known, can have none: they are taken out and counted as
        ``undated``.
        """
        with self._lock:
            if not self._waiting:
                return 0
            with self._transaction():
                dated = self._db.execute(
                    "UPDATE readings SET ts = ts + ?, boot = NULL WHERE boot = ?", (offset_ms, boot)
                ).rowcount
                lost = self._db.execute("DELETE FROM readings WHERE boot IS NOT NULL").rowcount
                if lost:
                    self._count("undated", lost)
            self._waiting = 0
            self._depth -= lost
        if lost:
            _log.warning("%d readings of an earlier start are given up: their time is not known", lost)
        return dated

    def next_batch(self, limit: int) -> Batch | None:
        """The oldest readings that have a timestamp, at most ``limit``, or None if there are none.

        They count as in flight, and are not dropped to make room, until the batch is settled or released.
        """
        with self._lock:
            rows = self._db.execute(
                "SELECT r.id, s.key, r.ts, r.value FROM readings r JOIN sensors s ON s.id = r.sensor"
                " WHERE r.boot IS NULL ORDER BY r.id LIMIT ?",
                (limit,),
            ).fetchall()
            if not rows:
                return None
            first, last = rows[0][0], rows[-1][0]
            self._in_flight_until = last
        # A set between two ids only ever shrinks, so its ends and its size name it.
        name = f"{self._queue_id}-{first}-{last}-{len(rows)}"
        return Batch(name, [row[0] for row in rows], [Reading(*row[1:]) for row in rows])

    def settle(self, batch: Batch, *, keep: Sequence[int] = (), counts: Mapping[str, int] | None = None) -> None:
        """Take an acknowledged batch out of the queue and add ``counts`` to the counters of the same names.

        keep: positions within the batch of readings that stay queued.
        """
        with self._lock:
            with self._transaction():
                self._remove(batch, keep)
                for name, n in (counts or {}).items():
                    self._count(name, n)
                self._put("last_ack_ms", self._clock.now_ms())
            self._depth -= len(batch.ids) - len(keep)
            self._in_flight_until = 0

    def release(self) -> None:
        """The batch in flight was not acknowledged: its readings wait again, in their place."""
        with self._lock:
            self._in_flight_until = 0

    def set_aside(self, batch: Batch) -> None:
        """Move readings that the server cannot deal with out of the way of the others, without losing them."""
        with self._lock:
            with self._transaction():
                self._db.executemany(
                    "INSERT OR IGNORE INTO set_aside SELECT id, sensor, ts, value, ? FROM readings WHERE id = ?",
                    [(self._clock.now_ms(), i) for i in batch.ids],
                )
                self._remove(batch, ())
            self._depth -= len(batch.ids)
            self._in_flight_until = 0

    def requeue_set_aside(self, older_than_ms: int) -> int:
        """Queue again what was set aside at least ``older_than_ms`` ago; gives how many that are."""
        until = self._clock.now_ms() - older_than_ms
        with self._lock:
            if not self._db.execute("SELECT 1 FROM set_aside WHERE since <= ? LIMIT 1", (until,)).fetchone():
                return 0
            with self._transaction():
                moved = self._db.execute(
                    "INSERT INTO readings (sensor, ts, value) SELECT sensor, ts, value FROM set_aside WHERE since <= ?",
                    (until,),
                ).rowcount
                self._db.execute("DELETE FROM set_aside WHERE since <= ?", (until,))
                forgotten = self._make_room(self._depth + moved - self._max)
            self._note(moved, forgotten)
        return moved

    # Facts that outlive the process

    def meta(self, name: str) -> object:
        """A stored fact, or None."""
        with self._lock:
            row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def put_meta(self, **facts: object) -> None:
        """Store facts by name."""
        with self._transaction():
            for name, value in facts.items():
                self._put(name, value)

    def add_dropped(self, n: int) -> None:
        """Count readings that were lost before they could be queued."""
        with self._transaction():
            self._count("dropped", n)

    def close(self) -> None:
        """Fold the write-ahead log into the file and close it."""
        with self._lock:
            self._db.close()

    # Within a transaction

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back by itself after some errors, such as a full disk.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _make_room(self, excess: int) -> Forgotten:
        forgotten = self._thinner.make_room(excess, self._in_flight_until)
        for name, n in (("thinned", forgotten.thinned), ("dropped", forgotten.dropped)):
            if n:
                self._count(name, n)
        return forgotten

    def _remove(self, batch: Batch, keep: Sequence[int]) -> None:
        kept = {batch.ids[i] for i in keep}
        self._db.executemany("DELETE FROM readings WHERE id = ?", [(i,) for i in batch.ids if i not in kept])

    def _count(self, name: str, n: int) -> None:
        self._db.execute(
            "INSERT INTO meta (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
            (name, n),
        )

    def _put(self, name: str, value: object) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (name, value))

    # Under the lock, after a transaction

    def _add(self, rows: Sequence[tuple[object, ...]]) -> None:
        with self._transaction():
            self._db.executemany("INSERT INTO readings (sensor, ts, value, boot) VALUES (?, ?, ?, ?)", rows)
            forgotten = self._make_room(self._depth + len(rows) - self._max)
        self._waiting += sum(row[3] is not None for row in rows)
        self._note(len(rows), forgotten)

    def _note(self, added: int, forgotten: Forgotten) -> None:
        self._depth += added - forgotten.thinned - forgotten.dropped
        if self._waiting and (forgotten.thinned or forgotten.dropped):
            self._waiting = self._db.execute("SELECT count(boot) FROM readings").fetchone()[0]
        # Said once for each time that the queue fills up, not once for each reading of a long outage.
        if self._depth < self._max // 10:
            self._told_of.clear()
        for n, what in ((forgotten.thinned, "thinned out"), (forgotten.dropped, "dropped")):
            if n and what not in self._told_of:
                self._told_of.add(what)
                _log.warning("the queue holds its %d readings: the oldest are %s to make room", self._max, what)


def open_outbox(path: Path, max_readings: int, synchronous: str, clock: Clock) -> Outbox:
    """Open the queue; a damaged file is moved aside and a new one begun, so that a worn SD card does not end the job.

    Raises sqlite3.Error for anything else (no permission, disk full, a newer format).
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        return Outbox(path, max_readings, synchronous, clock)
    except (sqlite3.OperationalError, sqlite3.NotSupportedError):
        raise
    except sqlite3.DatabaseError as error:
        suffix = f".damaged-{clock.now_ms()}"
        for part in ("", "-wal", "-shm"):
            damaged = path.with_name(path.name + part)
            if damaged.exists():
                damaged.rename(path.with_name(path.name + suffix + part))
        _log.error("the queue is damaged (%s); it is kept as %s and a new one begun", error, path.name + suffix)
        return Outbox(path, max_readings, synchronous, clock)
