"""Connections to one SQLite file, and its write transactions.

Threads, green threads and processes share the file. A connection serves one caller at a time; there are as many as callers
at once. Writers of one process queue at a lock, and only then compete with other processes for the file's own lock. While
another process holds that, we wait in Python rather than in SQLite, so that under eventlet or gevent the other green
threads go on; nothing is ever waited for with a lock held.
"""

import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

from models.odm.errors import DatabaseUnavailable, DuplicateKey, OdmError

_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})
_NOT_UNIQUE: Final = frozenset(
    {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID}
)
_UNAVAILABLE: Final = {
    sqlite3.SQLITE_BUSY: "another process holds the file for too long",
    sqlite3.SQLITE_LOCKED: "another process holds the file for too long",
    sqlite3.SQLITE_PROTOCOL: "another process holds the file for too long",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the file cannot be read or written",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
    sqlite3.SQLITE_READONLY: "the file may not be written",
    sqlite3.SQLITE_PERM: "the file may not be used",
    sqlite3.SQLITE_CORRUPT: "the file is damaged",
    sqlite3.SQLITE_NOTADB: "the file is not a database",
    sqlite3.SQLITE_NOMEM: "there is no memory left",
}
_SHORTEST_PAUSE: Final = 0.0005
_LONGEST_PAUSE: Final = 0.025

T = TypeVar("T")


class Pool:
    """The connections to the file at `path`; `busy_timeout` is how many seconds to wait for another process."""

    def __init__(self, path: Path, *, synchronous: str = "NORMAL", busy_timeout: float = 10.0) -> None:
        self.path = path
        self.unique_fields: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._on_new_schema: Callable[[sqlite3.Connection], None] | None = None
        self._synchronous = synchronous
        self._busy_timeout = busy_timeout
        self._begin_life()

    def _begin_life(self) -> None:
        self._pid = os.getpid()
        self._free: list[sqlite3.Connection] = []
        self._all: list[sqlite3.Connection] = []
        self._write_lock = threading.Lock()
        self._schema_version: int | None = None
        self._closed = False

    def _after_fork(self) -> None:
        # SQLite's connections must not be used, nor even closed, by a child: closing would drop the parent's locks.
        _inherited.extend(self._all)
        self._begin_life()

    def acquire(self) -> sqlite3.Connection:
        """A connection for the caller alone; give it back with `release`."""
        if self._pid != os.getpid():
            self._after_fork()
        try:
            return self._free.pop()
        except IndexError:
            return self._connect()

    def release(self, connection: sqlite3.Connection) -> None:
        """Takes a connection back, outside of any transaction."""
        if self._closed:
            connection.close()
        else:
            self._free.append(connection)

    def close(self) -> None:
        """Closes all connections that are not in use, and the others when they come back."""
        if self._pid != os.getpid():
            self._after_fork()
        self._closed = True
        while self._free:
            self._free.pop().close()
        self._all.clear()

    def read(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """All rows of a query."""
        connection = self.acquire()
        try:
            return connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            if _is_busy(error):
                return self.patiently(lambda: connection.execute(sql, parameters).fetchall())
            self.fail(error)
        finally:
            self.release(connection)

    def read_batches(self, sql: str, parameters: Sequence[Any], size: int = 200) -> Iterator[list[Any]]:
        """The rows of a query in batches, for a caller that stops when it has seen enough.

        Between two batches other threads, green ones too, get their turn.
        """
        connection = self.acquire()
        cursor: sqlite3.Cursor | None = None
        try:
            cursor = self.patiently(lambda: connection.execute(sql, parameters))
            while rows := cursor.fetchmany(size):
                yield rows
                time.sleep(0)
        except sqlite3.Error as error:
            self.fail(error)
        finally:
            # Before the connection goes back: an open cursor would keep its view of the data alive.
            if cursor is not None:
                cursor.close()
            self.release(connection)

    def write_one(self, sql: str, parameters: Sequence[Any]) -> int:
        """Runs one statement that deletes, as a transaction of its own; returns how many rows it changed.

        What inserts or updates needs `transaction`, which sees to it that all columns are known.
        """
        deadline = 0.0
        pause = _SHORTEST_PAUSE
        while True:
            connection = self.acquire()
            try:
                with self._write_lock:
                    return connection.execute(sql, parameters).rowcount
            except sqlite3.Error as error:
                deadline, pause = self._patience(error, deadline, pause)
            finally:
                self.release(connection)
            time.sleep(pause)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: committed at the end of the block, undone where an exception leaves it."""
        connection = self._begin()
        try:
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException as error:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    self.fail(error)
                raise
        finally:
            self.release(connection)
            self._write_lock.release()

    def _begin(self) -> sqlite3.Connection:
        """A connection in a write transaction, with the write lock held."""
        deadline = 0.0
        pause = _SHORTEST_PAUSE
        while True:
            connection = self.acquire()
            try:
                self._write_lock.acquire()
                try:
                    connection.execute("BEGIN IMMEDIATE")
                    self._notice_new_schema(connection)
                    return connection
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    self._write_lock.release()
                    raise
            except BaseException as error:
                self.release(connection)
                if not isinstance(error, sqlite3.Error):
                    raise
                deadline, pause = self._patience(error, deadline, pause)
            time.sleep(pause)

    def watch_schema(self, notice: Callable[[sqlite3.Connection], None]) -> None:
        """Has `notice` called at the beginning of the next transaction, and of each before which the file's tables changed."""
        self._on_new_schema = notice
        self._schema_version = None

    def _notice_new_schema(self, connection: sqlite3.Connection) -> None:
        """Says so where the file's tables are no longer those of the last transaction.

        With the file's own lock held they stay as they are until this one ends.
        """
        version = connection.execute("PRAGMA schema_version").fetchone()[0]
        if version != self._schema_version:
            if self._on_new_schema is not None:
                self._on_new_schema(connection)
            self._schema_version = version

    def _patience(self, error: sqlite3.Error, deadline: float, pause: float) -> tuple[float, float]:
        """When to give up, and how long to wait before the next attempt; raises where there shall be none."""
        if not _is_busy(error):
            self.fail(error)
        now = time.monotonic()
        if not deadline:
            deadline = now + self._busy_timeout
        elif now > deadline:
            self.fail(error)
        # Uneven, so that processes that wait for one another do not come back at the same instant.
        return deadline, min(pause * random.uniform(1, 2), _LONGEST_PAUSE)  # noqa: S311

    def patiently(self, action: Callable[[], T]) -> T:
        """What `action` returns, tried again while another process is in its way."""
        deadline = 0.0
        pause = _SHORTEST_PAUSE
        while True:
            try:
                return action()
            except sqlite3.Error as error:
                deadline, pause = self._patience(error, deadline, pause)
            time.sleep(pause)

    def _connect(self) -> sqlite3.Connection:
        if self._closed:
            raise OdmError("the database is closed")
        try:
            connection = sqlite3.connect(self.path, timeout=0, isolation_level=None, check_same_thread=False, cached_statements=512)
        except sqlite3.Error as error:
            self.fail(error)

        def prepare() -> None:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {self._synchronous}")
            connection.execute("PRAGMA cache_size = -16000")
            connection.execute("PRAGMA mmap_size = 268435456")
            connection.execute("PRAGMA temp_store = MEMORY")
            # 16 MB between checkpoints instead of 4: measured, a single insert takes half as long on average.
            connection.execute("PRAGMA wal_autocheckpoint = 4000")
            connection.execute("PRAGMA journal_size_limit = 67108864")

        self.patiently(prepare)
        self._all.append(connection)
        return connection

    def fail(self, error: sqlite3.Error) -> NoReturn:
        """Raises what `error` means to the ODM's callers."""
        code = getattr(error, "sqlite_errorcode", 0) or 0
        if code in _NOT_UNIQUE:
            raise self.duplicate(error) from None
        reason = _UNAVAILABLE.get(code & 0xFF)
        if reason is not None:
            raise DatabaseUnavailable(f"{reason} ({self.path}: {error})") from error
        raise OdmError(f"{self.path}: {error}") from error

    def duplicate(self, error: sqlite3.Error) -> DuplicateKey:
        """The DuplicateKey that a broken uniqueness constraint stands for."""
        what = str(error).removeprefix("UNIQUE constraint failed: ")
        collection, fields = self.unique_fields.get(what, ("", None))
        return DuplicateKey(fields, collection)


_inherited: Final[list[sqlite3.Connection]] = []


def _is_busy(error: sqlite3.Error) -> bool:
    return ((getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF) in _BUSY
