"""BSON values as column values that SQLite compares, sorts and keeps unique as MongoDB would.

SQLite orders NULL < numbers < text < blobs. Null and missing become NULL, numbers and strings stay what they are, and every
other type becomes a blob that begins with the rank of its type: so different types never compare as equal, a range of one
type is a range of columns, and ORDER BY gives MongoDB's order. Documents and nested arrays are only ever compared for
being there: what depends on their inside is decided on the document.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import bson
from bson import Int64, ObjectId

from models.odm.errors import InvalidDocument
from models.odm.filters import BINARY, BOOL, DATE, NUMBER, OBJECT_ID, STRING

Key = int | float | str | bytes | None

EMPTY_ARRAY: Final = b"\x00"
"""What an empty array leaves in a multikey index: unique, but never found."""

_OBJECT, _ARRAY, _BINARY, _OBJECT_ID, _BOOL, _DATE = (bytes([tag]) for tag in range(3, 9))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_OFFSET: Final = 1 << 63


def _float(value: float) -> float:
    if value != value:
        raise InvalidDocument("NaN in an indexed field")
    return value


def to_ms(moment: datetime) -> int:
    """Whole milliseconds since the epoch."""
    return (moment - _EPOCH) // _MILLISECOND


ENCODERS: Final[dict[type, Callable[[Any], Key]]] = {
    type(None): lambda value: None,
    int: lambda value: value,
    Int64: int,
    float: _float,
    str: lambda value: value,
    ObjectId: lambda value: _OBJECT_ID + value.binary,
    bool: lambda value: _BOOL + (b"\x01" if value else b"\x00"),
    datetime: lambda value: _DATE + (to_ms(value) + _OFFSET).to_bytes(8, "big"),
    bytes: lambda value: _BINARY + len(value).to_bytes(4, "big") + value,
    dict: lambda value: _OBJECT + bson.encode(value),
    list: lambda value: _ARRAY + bson.encode({"": value}),
}


def encode(value: Any) -> Key:
    """The column value for a BSON value.

    Raises:
        InvalidDocument: it is NaN, which SQLite cannot order.
    """
    return ENCODERS[type(value)](value)


def decode(key: Key) -> Any:
    """The BSON value of a column value."""
    if not isinstance(key, bytes):
        return key
    tag, content = key[:1], key[1:]
    if tag == _OBJECT_ID:
        return ObjectId(content)
    if tag == _DATE:
        return _EPOCH + (int.from_bytes(content, "big") - _OFFSET) * _MILLISECOND
    if tag == _BOOL:
        return content == b"\x01"
    if tag == _BINARY:
        return content[4:]
    if tag == _OBJECT:
        return bson.decode(content)
    if tag == _ARRAY:
        return bson.decode(content)[""]
    raise ValueError(f"not a key: {key!r}")


def _bounds(tag: bytes) -> tuple[str, str]:
    return f"x'{tag.hex()}'", f"x'{tag[0] + 1:02x}'"


BRACKETS: Final[dict[str, tuple[str | None, str]]] = {
    NUMBER: (None, "''"),
    STRING: ("''", "x''"),
    BINARY: _bounds(_BINARY),
    OBJECT_ID: _bounds(_OBJECT_ID),
    BOOL: _bounds(_BOOL),
    DATE: _bounds(_DATE),
}
"""The columns of one type as SQL literals: from (included; None: every number is above NULL) and to (not included)."""


def literal(key: Key) -> str:
    """A column value as an SQL literal."""
    if isinstance(key, str):
        return "'" + key.replace("'", "''") + "'"
    if isinstance(key, bytes):
        return f"x'{key.hex()}'"
    return "NULL" if key is None else repr(key)
