"""What a database knows of the programs that use it: which migrations are done, and which versions have it open."""

import os
import socket
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Final

from models.odm.codec import Raw

FORMAT: Final = 1
"""The version of what is written here; a database with a higher one is refused."""

STAMP: Final = "stamp"
FIELDS: Final = "fields"
_MIGRATION: Final = "migration:"


def entry_id(migration: str) -> str:
    """The id of a migration's entry."""
    return _MIGRATION + migration


def migration_name(entry: str) -> str | None:
    """The migration that an entry's id stands for; None for other entries."""
    return entry.removeprefix(_MIGRATION) if entry.startswith(_MIGRATION) else None


def this_process() -> str:
    """A name of this process for people."""
    return f"{socket.gethostname()}:{os.getpid()}"


class Ledger(ABC):
    """The entries of one database, and its processes. A process is known by the version of what it declares."""

    @abstractmethod
    def exclusively(self) -> AbstractContextManager[None]:
        """While the block runs no other process is in such a block; waits for those that are. What dies in it leaves it."""

    @abstractmethod
    def entries(self) -> dict[str, Raw]:
        """All entries by id."""

    @abstractmethod
    def write(self, id: str, entry: Raw) -> None:
        """Stores an entry, in place of the one with its id."""

    @abstractmethod
    def join(self, version: str) -> None:
        """Says that this process has the database open; it is said to the end of the process, or until `leave`."""

    @abstractmethod
    def leave(self) -> None:
        """Takes back what `join` said. Leaving twice is harmless."""

    @abstractmethod
    def others(self, version: str) -> Sequence[str]:
        """The processes that have the database open with another version than that, a description of each."""
