"""Where ids and random secrets come from, so that tests can hold them still."""

import secrets

from bson import ObjectId
from bson.errors import InvalidId


def new_id() -> ObjectId:
    """A new document id: 12 bytes that sort by the second they were made in."""
    return ObjectId()


def parse_id(text: str) -> ObjectId | None:
    """The id that 24 hex digits stand for, or None where `text` is no id."""
    if not isinstance(text, str) or len(text) != 24:
        return None
    try:
        return ObjectId(text)
    except InvalidId:
        return None


def new_secret(size: int = 32) -> str:
    """A URL-safe secret of `size` random bytes (43 characters for 32)."""
    return secrets.token_urlsafe(size)
