"""The ledger as a collection, a lease for the one process that prepares the database, and who has it open.

    odm_ledger      the entries, and the lease: {_id: "lease", owner, expires_at}
    odm_processes   {_id, version, process, seen_at}: one document a process, renewed while it lives

Here nothing tells that a process has died but that it is no longer heard of. Should one that was taken for dead wake up, two
may be at a migration at once: its steps are harmless when they are done twice, and creating what is there already is too.
"""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, Final

from pymongo import errors, timeout
from pymongo.database import Database

from models.odm.codec import Raw
from models.odm.errors import OdmError
from models.odm.ledger import Ledger, this_process
from models.odm.mongodb.errors import translated
from utils.clock import now
from utils.ids import new_secret

LEASE_SECONDS: Final = 15.0
ALIVE_SECONDS: Final = 60.0
_RENEWALS: Final = 5
_LEASE: Final = "lease"
_WAIT_SECONDS: Final = 0.1
_SAY_AFTER_SECONDS: Final = 10.0
_LEAVE_SECONDS: Final = 2.0

logger = logging.getLogger(__name__)


class MongoLedger(Ledger):
    """The ledger of a database.

    Args:
        lease_seconds: after which a process that prepares the database, and says nothing, is taken for dead.
        alive_seconds: after which any process is.
    """

    def __init__(self, database: Database[Raw], lease_seconds: float, alive_seconds: float) -> None:
        self._entries = database["odm_ledger"]
        self._processes = database["odm_processes"]
        self._lease_seconds = lease_seconds
        self._alive_seconds = alive_seconds
        self._me = new_secret(9)
        self._presence: _Repeated | None = None

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        began = time.monotonic()
        said = False
        while not self._claimed():
            if not said and time.monotonic() - began > _SAY_AFTER_SECONDS:
                logger.warning("waiting for another process that brings the database up to date")
                said = True
            time.sleep(_WAIT_SECONDS)
        renewal = _Repeated(self._renew, self._lease_seconds / _RENEWALS)
        try:
            yield
        finally:
            renewal.stop()
            with translated():
                self._entries.update_one({"_id": _LEASE, "owner": self._me}, {"$set": {"expires_at": now()}})

    def _claimed(self) -> bool:
        until = now() + timedelta(seconds=self._lease_seconds)
        with translated():
            try:
                self._entries.insert_one({"_id": _LEASE, "owner": self._me, "expires_at": until})
            except errors.DuplicateKeyError:
                over = {"_id": _LEASE, "expires_at": {"$lte": now()}}
                return self._entries.update_one(over, {"$set": {"owner": self._me, "expires_at": until}}).matched_count > 0
        return True

    def _renew(self) -> None:
        until = now() + timedelta(seconds=self._lease_seconds)
        self._entries.update_one({"_id": _LEASE, "owner": self._me}, {"$set": {"expires_at": until}})

    def entries(self) -> dict[str, Raw]:
        with translated():
            return {entry["_id"]: entry for entry in self._entries.find() if entry["_id"] != _LEASE}

    def write(self, id: str, entry: Raw) -> None:
        stored = {"_id": id, **{name: value for name, value in entry.items() if name != "_id"}}
        with translated():
            if not self._entries.replace_one({"_id": id}, stored).matched_count:
                self._entries.insert_one(stored)

    def join(self, version: str) -> None:
        self.leave()
        with translated():
            self._processes.insert_one({"_id": self._me, "version": version, "process": this_process(), "seen_at": now()})
        seen: dict[str, Any] = {"version": version, "process": this_process()}

        def renew() -> None:
            if not self._processes.update_one({"_id": self._me}, {"$set": {"seen_at": now()}}).matched_count:
                # Somebody took this process for dead, after a long pause of it.
                self._processes.insert_one({"_id": self._me, **seen, "seen_at": now()})

        self._presence = _Repeated(renew, self._alive_seconds / _RENEWALS)

    def leave(self) -> None:
        if self._presence is not None:
            self._presence.stop()
            self._presence = None
            # Where the server is away it finds out by itself; ending does not wait for it.
            with suppress(errors.PyMongoError), timeout(_LEAVE_SECONDS):
                self._processes.delete_one({"_id": self._me})

    def others(self, version: str) -> Sequence[str]:
        since = now() - timedelta(seconds=self._alive_seconds)
        with translated():
            self._processes.delete_many({"seen_at": {"$lt": since}})
            found = [process for process in self._processes.find() if process["version"] != version]
        return sorted(f"{process['process']} with {process['version']}" for process in found)


class _Repeated:
    """Runs `action` every so many seconds, in a thread that is no reason for the process to stay."""

    def __init__(self, action: Any, seconds: float) -> None:
        self._action = action
        self._seconds = seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="odm-presence", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds):
            try:
                self._action()
            except (errors.PyMongoError, OdmError) as error:
                logger.warning("the database was not told that this process lives: %s", error)

    def stop(self) -> None:
        """Ends it; an action that runs just then is waited for a while."""
        self._stopped.set()
        self._thread.join(_LEAVE_SECONDS)
