"""CSV imports on the wire."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from schemas.base import QueryParameters

TimeFormat = Literal["iso", "epoch_s", "epoch_ms"]
MAX_ROW_ERRORS = 50
PREVIEW_ROWS = 10


class ImportQuery(QueryParameters):
    """preview 1: only say how the file would be read. What is left out is found out from the file's first rows.

    time, value: the names of their columns, or their numbers from 1. tz: of times that name no zone, such as Europe/Berlin.
    """

    preview: Literal["0", "1"] = "0"
    time: Annotated[str, Field(max_length=100)] | None = None
    value: Annotated[str, Field(max_length=100)] | None = None
    time_format: TimeFormat | None = None
    tz: Annotated[str, Field(max_length=64)] = "UTC"


class RowError(TypedDict):
    """line: of the file, from 1."""

    line: int
    reason: str


class ImportedRow(TypedDict):
    line: int
    ts: int
    value: float


class ImportFormat(TypedDict):
    """How the file is read. columns: their names, or their numbers where the file names none."""

    delimiter: str
    header: bool
    columns: list[str]
    time: str
    value: str
    time_format: TimeFormat
    tz: str


class ImportAnswer(TypedDict):
    """rows: the first ones, in a preview. accepted, duplicates, refused: readings; errors: the first of the rows refused."""

    format: ImportFormat
    rows: list[ImportedRow]
    accepted: int
    duplicates: int
    refused: int
    errors: list[RowError]
