"""What can go wrong in the ODM, the same whichever engine is below."""

from collections.abc import Mapping, Sequence
from typing import Any


class OdmError(Exception):
    """Any failure of the ODM."""


class DuplicateKey(OdmError):
    """A unique index holds these values already. `index_fields` names its fields in order, where the engine tells."""

    def __init__(self, index_fields: tuple[str, ...] | None = None, collection: str = "") -> None:
        self.index_fields = index_fields
        self.collection = collection
        fields = ", ".join(index_fields) if index_fields else "a unique index"
        super().__init__(f"{collection or 'the collection'} already holds a document with the same {fields}")


class NotUnique(DuplicateKey):
    """A unique index that a model newly declares does not hold for what is stored. `examples`: ids of two such documents."""

    def __init__(self, index_fields: tuple[str, ...] | None, collection: str, examples: Sequence[Any] = ()) -> None:
        super().__init__(index_fields, collection)
        self.examples = list(examples)
        such = f", such as {' and '.join(map(str, examples))}" if examples else ""
        self.args = (
            f"{collection}: {', '.join(index_fields or ('an indexed field',))} must be unique from now on, but stored documents "
            f"share a value{such}; change or delete them and start again",
        )


class DatabaseTooNew(OdmError):
    """A newer version of the program has changed the database in a way that this one cannot live with."""


class MigrationBlocked(OdmError):
    """Something can only be done while no process of another version has the database open, and one has."""


class UnsupportedQuery(OdmError):
    """A filter, update, sort or projection outside the documented subset; the message names the offender."""


class InvalidDocument(OdmError):
    """A document, or a value of an update, that the model or BSON does not allow. `fields` maps field to message."""

    def __init__(self, message: str, fields: Mapping[str, str] | None = None) -> None:
        self.fields = dict(fields or {})
        super().__init__(message)


class DatabaseUnavailable(OdmError):
    """The database cannot be reached, is locked for too long, is full or is unreadable: `reason` says which."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the database is unavailable: {reason}")
