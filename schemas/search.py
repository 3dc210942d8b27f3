"""Searching one's messages, and taking them along, on the wire."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from models.readings import DAY_MS, MAX_TS
from schemas.accounts import Locale
from schemas.base import PageQuery, QueryParameters, WireId, ZoneName
from schemas.readings import Moment

MAX_QUERY = 200


def _start_of_day(value: object) -> object:
    """A day as the ms at which it begins in UTC; anything else is left to Moment."""
    if isinstance(value, str) and len(value) == 10:
        try:
            return int(datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC).timestamp() * 1000)
        except ValueError:
            return value
    return value


def _end_of_day(value: object) -> object:
    start = _start_of_day(value)
    return start + DAY_MS - 1 if isinstance(start, int) else value


_WRITTEN = WithJsonSchema(
    {
        "anyOf": [
            {"type": "integer", "minimum": 0, "maximum": MAX_TS},
            {"type": "string", "format": "date-time"},
            {"type": "string", "format": "date"},
        ],
        "description": "ms since 1970-01-01T00:00:00Z, RFC 3339, or a day: the whole of it, in UTC",
    }
)


class SearchMessages(PageQuery):
    """q: words, and "parts in quotation marks" that are looked for as they stand; all of them have to be there."""

    q: Annotated[str, Field(min_length=1, max_length=MAX_QUERY)]
    room_id: WireId | None = None
    author_id: WireId | None = None
    since: Annotated[Moment, BeforeValidator(_start_of_day), _WRITTEN] | None = Field(default=None, alias="from")
    until: Annotated[Moment, BeforeValidator(_end_of_day), _WRITTEN] | None = Field(default=None, alias="to")


ExportFormat = Literal["txt", "json", "csv"]


class ExportMessages(QueryParameters):
    """tz: the IANA zone that txt and csv write times in; json has UTC as everywhere. locale: by default one's own."""

    format: ExportFormat = "txt"
    locale: Locale | None = None
    tz: ZoneName = "UTC"
