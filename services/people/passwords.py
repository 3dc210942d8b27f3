"""Password hashing: Argon2id with the parameters of RFC 9106's low-memory profile, off the event loop."""

import threading
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.platform import current
from utils.concurrency import offload
from utils.ids import new_secret

# Each hash takes 64 MiB and a core for tens of milliseconds: two at once is what a small machine can give to sign-ins.
_slots = threading.BoundedSemaphore(2)


class _Hashing:
    """Hashes of the cost that is configured; those of another cost are verified too."""

    def __init__(self) -> None:
        cost = current().config.password_cost
        self.hasher = PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=cost.lanes)

    @cached_property
    def nobodys(self) -> str:
        """A hash to compare with where there is no account."""
        return self.hash(new_secret())

    def hash(self, password: str) -> str:
        with _slots:
            return offload(self.hasher.hash, password)

    def verify(self, encoded: str, password: str) -> bool:
        with _slots:
            return offload(self._matches, encoded, password)

    def _matches(self, encoded: str, password: str) -> bool:
        try:
            return self.hasher.verify(encoded, password)
        except (VerificationError, InvalidHashError):
            return False


def _hashing() -> _Hashing:
    return current().part(_Hashing)


def hash_password(password: str) -> str:
    """The encoded hash of `password`, salt and parameters included."""
    return _hashing().hash(password)


def verify_password(encoded: str | None, password: str) -> bool:
    """Whether `password` made the hash `encoded`. None (no such account) costs the same time and is False."""
    hashing = _hashing()
    return hashing.verify(encoded or hashing.nobodys, password) and encoded is not None


def needs_rehash(encoded: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return _hashing().hasher.check_needs_rehash(encoded)
