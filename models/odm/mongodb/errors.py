"""What an error of pymongo means to the ODM's callers."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from bson.errors import BSONError
from pymongo import errors

from models.odm.errors import DatabaseUnavailable, DuplicateKey, InvalidDocument, OdmError

DUPLICATE_KEY: Final = frozenset({11000, 11001, 12582})
_UNFIT_DOCUMENT: Final = {
    2: "a value does not fit the operator",
    14: "an operator does not fit the stored value",
    28: "a part of the path is not a sub-document",
    66: "an id cannot be changed",
    121: "the document does not fit the collection's validator",
    10334: "the document is larger than 16 MiB",
    17280: "an indexed value is too large",
}
_UNAVAILABLE: Final = {
    13: "the user is not authorised",
    18: "the user name or password is wrong",
    50: "the server took too long",
    64: "the write was not confirmed by enough servers in time",
    100: "not enough servers are there to confirm a write",
    14031: "the server's disk is full",
}
_UNSUPPORTED: Final = frozenset({59, 115, 238, 40415})
_SAYS_UNSUPPORTED: Final = re.compile(
    r"not (yet )?(supported|implemented)|unsupported|(unknown|unrecognized) (option|field|command)", re.IGNORECASE
)
_INDEX_NAME: Final = re.compile(r"index: (\S+) dup key")


@contextmanager
def translated(collection: str = "") -> Iterator[None]:
    """Turns what pymongo raises in the block into the ODM's own errors."""
    try:
        yield
    except (BSONError, OverflowError, errors.DocumentTooLarge) as error:
        raise InvalidDocument(f"BSON does not hold the document: {error}") from None
    except errors.PyMongoError as error:
        raise meaning(error, collection) from error


def meaning(error: errors.PyMongoError, collection: str = "") -> OdmError:
    """The ODM's error for one of pymongo's."""
    if isinstance(error, errors.BulkWriteError):
        failures = (error.details or {}).get("writeErrors", [])
        if failures:
            return failure_meaning(failures[0], collection)
        return DatabaseUnavailable(f"writes were not confirmed ({error})")
    if isinstance(error, errors.WTimeoutError):
        return DatabaseUnavailable(f"{_UNAVAILABLE[64]} ({error})")
    if isinstance(error, errors.OperationFailure):
        return failure_meaning({**(error.details or {}), "code": error.code, "errmsg": str(error)}, collection)
    if isinstance(error, errors.ConnectionFailure | errors.ExecutionTimeout):
        # Every network trouble: no server found, none is primary, a timeout, a broken connection, a full pool.
        return DatabaseUnavailable(str(error))
    return OdmError(str(error))


def failure_meaning(failure: Mapping[str, Any], collection: str = "") -> OdmError:
    """The ODM's error for a server's answer: {"code", "errmsg", "keyPattern"?}."""
    code, message = failure.get("code"), str(failure.get("errmsg", ""))
    if code in DUPLICATE_KEY:
        return DuplicateKey(_index_fields(failure, message), collection)
    if code in _UNFIT_DOCUMENT:
        return InvalidDocument(f"{_UNFIT_DOCUMENT[code]}: {message}")
    if code in _UNAVAILABLE:
        return DatabaseUnavailable(f"{_UNAVAILABLE[code]} ({message})")
    return OdmError(message)


def _index_fields(failure: Mapping[str, Any], message: str) -> tuple[str, ...] | None:
    pattern = failure.get("keyPattern")
    if pattern:
        return tuple(pattern)
    named = _INDEX_NAME.search(message)
    if named is None:
        return None
    # The default name, and ours: field_direction, joined.
    if named.group(1) == "_id_":
        return ("_id",)
    fields = re.findall(r"(.+?)_-?1(?:_|$)", named.group(1).removeprefix("odm_").partition("|")[0])
    return tuple(fields) or None


def is_unsupported(error: errors.OperationFailure) -> bool:
    """Whether a server says that it knows no such command or option, as servers that only resemble MongoDB do."""
    if error.code in _UNSUPPORTED:
        return True
    return error.code in (None, 2, 9, 72) and _SAYS_UNSUPPORTED.search(str(error)) is not None
