"""CSV imports on the wire."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from schemas.base import QueryParameters

TimeFormat = Literal["iso", "dmy", "mdy", "epoch_s", "epoch_ms", "epoch_us", "epoch_ns", "excel"]
DecimalMark = Literal[".", ","]
Encoding = Literal["utf-8", "utf-16", "gb18030", "cp1252"]
Unsure = Literal["time_format", "decimal"]
MAX_ROW_ERRORS = 50
PREVIEW_ROWS = 10

Column = Annotated[str, Field(max_length=100)]


class ImportQuery(QueryParameters):
    """preview 1: only say how the file would be read. What is left out is found out from the file's first rows.

    time, value: the names of their columns, or their numbers from 1; clock: likewise that of the time of day where `time` is the
    date alone, 0 for none. time_format: iso has the year first, dmy the day, mdy the month, in whatever they are written with;
    excel is days since 1899-12-30. tz: of times that name no zone, such as Europe/Berlin. decimal: what comes before the decimals.
    """

    preview: Literal["0", "1"] = "0"
    time: Column | None = None
    clock: Column | None = None
    value: Column | None = None
    time_format: TimeFormat | None = None
    tz: Annotated[str, Field(max_length=64)] = "UTC"
    decimal: DecimalMark | None = None
    encoding: Encoding | None = None


class RowError(TypedDict):
    """line: of the file, from 1."""

    line: int
    reason: str


class ImportedRow(TypedDict):
    line: int
    ts: int
    value: float


class ImportFormat(TypedDict):
    """How the file is read. columns: their names, or their numbers where the file names none. unit: what follows the numbers.

    unsure: what the first rows leave open, so that it is a guess in the preview, and has to be given for the import.
    """

    delimiter: str
    header: bool
    columns: list[str]
    time: str
    clock: str | None
    value: str
    time_format: TimeFormat
    tz: str
    decimal: DecimalMark
    unit: str
    encoding: Encoding
    unsure: list[Unsure]


class ImportAnswer(TypedDict):
    """rows: the first ones, in a preview. accepted, duplicates, refused: readings; errors: the first of the rows refused."""

    format: ImportFormat
    rows: list[ImportedRow]
    accepted: int
    duplicates: int
    refused: int
    errors: list[RowError]
