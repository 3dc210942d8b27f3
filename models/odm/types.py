"""The field types that BSON adds to Python's own, for use in documents and payload models alike."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from bson import ObjectId
from pydantic import AfterValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

ID_PATTERN: Final = "^[0-9a-f]{24}$"


class _ObjectIdSchema:
    """How pydantic treats an ObjectId: an isinstance check in Rust in Python mode, 24 hex digits in JSON mode."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        from_text = core_schema.no_info_after_validator_function(ObjectId, core_schema.str_schema(pattern=ID_PATTERN))
        return core_schema.json_or_python_schema(
            json_schema=from_text,
            python_schema=core_schema.is_instance_schema(ObjectId),
            serialization=core_schema.to_string_ser_schema(when_used="json"),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": ID_PATTERN}


Id = Annotated[ObjectId, _ObjectIdSchema]
"""The id of a document. In Python an ObjectId; in JSON its 24 lower-case hexadecimal digits."""


def to_utc_ms(moment: datetime) -> datetime:
    """`moment` in UTC, cut to the milliseconds that BSON holds.

    Raises:
        ValueError: it has no time zone, so it is no moment.
    """
    if moment.tzinfo is None:
        raise ValueError("a time needs a time zone")
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    rest = moment.microsecond % 1000
    return moment.replace(microsecond=moment.microsecond - rest) if rest else moment


STORED_TIME: Final = AfterValidator(to_utc_ms)

UtcDatetime = Annotated[datetime, STORED_TIME]
"""A moment as BSON holds it: UTC, whole milliseconds. A plain `datetime` in a Document is turned into this."""
