"""The ledger in the file itself, and locks beside it that say which processes have it open.

    fieldroom.db-lock         held by the one process that opens or changes the file's tables
    fieldroom.db-open-<version>   held by every process of that version, as long as it lives

Both are locks of the operating system, which go with the process however it ends: nothing has to expire. All processes of a
SQLite file run on one machine anyway, since the file's own log is shared memory.
"""

import fcntl
import logging
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import bson

from models.odm.codec import Raw
from models.odm.errors import DatabaseUnavailable
from models.odm.ledger import Ledger
from models.odm.sqlite.catalog import BSON_OPTIONS
from models.odm.sqlite.pool import Pool

_CREATE: Final = "CREATE TABLE IF NOT EXISTS odm_ledger (_id TEXT PRIMARY KEY, _doc BLOB NOT NULL) WITHOUT ROWID"
_WAIT_SECONDS: Final = 0.02
_SAY_AFTER_SECONDS: Final = 10.0

logger = logging.getLogger(__name__)


class SqliteLedger(Ledger):
    """The ledger of the file that `pool` opens."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._held: int | None = None

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        descriptor = _locked(self._beside("-lock"), fcntl.LOCK_EX)
        try:
            yield
        finally:
            os.close(descriptor)

    def entries(self) -> dict[str, Raw]:
        if not self._pool.read("SELECT 1 FROM sqlite_master WHERE name = 'odm_ledger'"):
            return {}
        return {id: bson.decode(blob, BSON_OPTIONS) for id, blob in self._pool.read("SELECT _id, _doc FROM odm_ledger")}

    def write(self, id: str, entry: Raw) -> None:
        with self._pool.transaction() as connection:
            connection.execute(_CREATE)
            connection.execute("INSERT OR REPLACE INTO odm_ledger VALUES (?, ?)", (id, bson.encode(entry)))

    def join(self, version: str) -> None:
        self.leave()
        self._held = _locked(self._beside(f"-open-{version}"), fcntl.LOCK_SH)

    def leave(self) -> None:
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def others(self, version: str) -> Sequence[str]:
        mine = self._beside(f"-open-{version}")
        prefix = f"{self._pool.path.name}-open-"
        found = []
        for path in sorted(mine.parent.iterdir()):
            if not path.name.startswith(prefix) or path == mine:
                continue
            descriptor = _try_lock(path, fcntl.LOCK_EX)
            if descriptor is None:
                found.append(path.name.removeprefix(prefix))
            else:
                # Nobody of that version lives. Who opens the file right now sees that it is gone, and makes another.
                with suppress(FileNotFoundError):
                    path.unlink()
                os.close(descriptor)
        return found

    def _beside(self, suffix: str) -> Path:
        return self._pool.path.with_name(self._pool.path.name + suffix)


def _locked(path: Path, kind: int) -> int:
    """A descriptor that holds the lock; waits in Python, so that under eventlet or gevent others go on."""
    began = time.monotonic()
    said = False
    while (descriptor := _try_lock(path, kind)) is None:
        if not said and time.monotonic() - began > _SAY_AFTER_SECONDS:
            logger.warning("waiting for another process that brings %s up to date", path.name.rpartition("-")[0])
            said = True
        time.sleep(_WAIT_SECONDS)
    return descriptor


def _try_lock(path: Path, kind: int) -> int | None:
    """A descriptor that holds the lock; None where another process does."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DatabaseUnavailable(f"the file beside the database cannot be opened ({path}: {error.strerror})") from error
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        # It may have been removed between opening and locking it.
        if os.path.samestat(os.fstat(descriptor), os.stat(path)):
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(descriptor)
    return None
