"""Password hashing: Argon2id with the parameters of RFC 9106's low-memory profile, off the event loop."""

import threading
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from utils.concurrency import offload
from utils.ids import new_secret


@dataclass(frozen=True, slots=True)
class Cost:
    """What making one hash takes: passes over the memory, that memory in KiB, threads. By itself RFC 9106's low-memory profile."""

    passes: int = 3
    memory_kib: int = 64 * 1024
    lanes: int = 4


_hasher = PasswordHasher()
# Each hash takes 64 MiB and a core for tens of milliseconds: two at once is what a small machine can give to sign-ins.
_slots = threading.BoundedSemaphore(2)
_nobody: str | None = None


def configure(cost: Cost) -> None:
    """Say what hashes that are made from now on cost; those of another cost are still verified."""
    global _hasher, _nobody
    _hasher = PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=cost.lanes)
    _nobody = None


def hash_password(password: str) -> str:
    """The encoded hash of `password`, salt and parameters included."""
    with _slots:
        return offload(_hasher.hash, password)


def verify_password(encoded: str | None, password: str) -> bool:
    """Whether `password` made the hash `encoded`. None (no such account) costs the same time and is False."""
    global _nobody
    if encoded is None and _nobody is None:
        _nobody = hash_password(new_secret())
    with _slots:
        matches = offload(_verify, encoded or _nobody or "", password)
    return matches and encoded is not None


def _verify(encoded: str, password: str) -> bool:
    try:
        return _hasher.verify(encoded, password)
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(encoded: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(encoded)
