"""Cursors: where the next page starts, opaque to clients and checked when they come back."""

import base64
import binascii

from bson import ObjectId

from utils.errors import ValidationFailed
from utils.ids import parse_id


def encode_cursor(position: str | None) -> str | None:
    """What a client passes back to get the page after `position`."""
    return None if position is None else base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> str | None:
    """The position in a cursor. Raises ValidationFailed where it is none of ours."""
    if cursor is None:
        return None
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise invalid_cursor() from None


def decode_id_cursor(cursor: str | None) -> ObjectId | None:
    """The id in the cursor of a list that is in the order of ids. Raises ValidationFailed where it is none of ours."""
    position = decode_cursor(cursor)
    found = None if position is None else parse_id(position)
    if position is not None and found is None:
        raise invalid_cursor()
    return found


def invalid_cursor() -> ValidationFailed:
    """The answer to a cursor that was not given out for this list."""
    return ValidationFailed({"cursor": "Use the cursor of an earlier page of this list."})
