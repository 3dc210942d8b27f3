"""What can go wrong in the ODM, the same whichever engine is below."""

from collections.abc import Mapping


class OdmError(Exception):
    """Any failure of the ODM."""


class DuplicateKey(OdmError):
    """A unique index holds these values already. `index_fields` names its fields in order, where the engine tells."""

    def __init__(self, index_fields: tuple[str, ...] | None = None, collection: str = "") -> None:
        self.index_fields = index_fields
        self.collection = collection
        fields = ", ".join(index_fields) if index_fields else "a unique index"
        super().__init__(f"{collection or 'the collection'} already holds a document with the same {fields}")


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
