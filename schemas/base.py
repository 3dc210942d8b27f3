"""The bricks of every request and answer on the wire."""

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from bson import ObjectId
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema
from typing_extensions import TypedDict

from utils.clock import rfc3339

HEX_ID = r"^[0-9a-f]{24}$"


class _WireIdSchema:
    """Reads 24 hex digits as an ObjectId, from JSON and from already parsed Python alike."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(ObjectId, core_schema.str_schema(pattern=HEX_ID, strict=True))

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": HEX_ID}


WireId = Annotated[ObjectId, _WireIdSchema]
"""An id in a request."""

IdText = Annotated[str, Field(pattern=HEX_ID)]
"""An id in an answer."""

TimeText = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", json_schema_extra={"format": "date-time"})]
"""A time in an answer."""

# Any Unicode except NUL and the lone surrogates that UTF-8 cannot carry (pydantic refuses those by itself).
ShortText = Annotated[str, StringConstraints(strict=True, strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$")]
"""One line of text: no control characters, the white space around it removed."""


class Payload(BaseModel):
    """A request's body or an event's argument: exact types, no unknown fields, no NaN, nothing coerced."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, regex_engine="rust-regex")


class QueryParameters(BaseModel):
    """What follows the ? of a URL, where everything is text: numbers are read from it, unknown names are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class PageQuery(QueryParameters):
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[str, Field(max_length=512)] | None = None


class ErrorBody(TypedDict):
    code: str
    message: str
    fields: Annotated[dict[str, str], Field(default_factory=dict)]


class ErrorAnswer(BaseModel):
    """Every failure looks like this."""

    class Error(BaseModel):
        code: str
        message: str
        fields: dict[str, str] = {}

    error: Error


class Empty(TypedDict):
    """An answer with nothing to say but that it worked."""


def _check_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: a name that is a folder, such as "America"
        raise ValueError("Give an IANA time zone, such as Asia/Shanghai.") from None
    return name


ZoneName = Annotated[str, Field(max_length=64), AfterValidator(_check_zone)]
"""An IANA time zone in a request."""


def time_text(moment: datetime | None) -> str | None:
    """A stored time as the wire has it."""
    return None if moment is None else rfc3339(moment)
