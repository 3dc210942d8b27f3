"""Password hashing: Argon2id with the parameters of RFC 9106's low-memory profile, off the event loop."""

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from utils.concurrency import offload
from utils.ids import new_secret

_hasher = PasswordHasher()
# Each hash takes 64 MiB and a core for tens of milliseconds: two at once is what a small machine can give to sign-ins.
_slots = threading.BoundedSemaphore(2)


def hash_password(password: str) -> str:
    """The encoded hash of `password`, salt and parameters included."""
    with _slots:
        return offload(_hasher.hash, password)


def verify_password(encoded: str | None, password: str) -> bool:
    """Whether `password` made the hash `encoded`. None (no such account) costs the same time and is False."""
    known = encoded or _nobodys()
    with _slots:
        matches = offload(_verify, known, password)
    return matches and encoded is not None


@cache
def _nobodys() -> str:
    """A hash to compare with where there is no account."""
    return hash_password(new_secret())


def _verify(encoded: str, password: str) -> bool:
    try:
        return _hasher.verify(encoded, password)
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(encoded: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(encoded)
