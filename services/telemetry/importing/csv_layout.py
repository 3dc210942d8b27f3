"""What the columns of a CSV file are and how its times and values are written, found out from its first rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from schemas.imports import Encoding, ImportFormat, ImportQuery, Unsure
from services.telemetry.importing import csv_numbers, csv_times
from services.telemetry.importing.csv_text import BadRow
from utils.clock import now
from utils.errors import ValidationFailed

# Names of columns, best first. What export.csv writes has the exact time in `ts`.
_TIMES = ("ts", "time", "timestamp", "datetime", "date", "zeit", "zeitstempel", "datum", "时间", "日期时间", "日期")
_VALUES = ("value", "reading", "wert", "值", "数值")
# Columns and rows that are looked at to find out what is where; how it is written is found out from all rows of the sample.
_COLUMNS = 200
_ROWS = 50

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where times and values are in a row, and how they are written."""

    format: ImportFormat
    time: int
    clock: int | None
    value: int
    moment: csv_times.Reader
    number: csv_numbers.Reader

    def read(self, row: Sequence[str]) -> tuple[int, float]:
        """The (ts in ms, value) of a row. Raises BadRow."""
        try:
            moment, value = row[self.time].strip(), row[self.value].strip()
            if self.clock is not None:
                moment = f"{moment} {row[self.clock].strip()}"
        except IndexError:
            raise BadRow("Columns are missing.") from None
        if not value:
            raise BadRow("There is no value.")
        return self.moment(moment), self.number(value)


def find(rows: Rows, delimiter: str, encoding: Encoding, query: ImportQuery) -> Layout:
    """The layout of a file that begins with `rows`, as far as `query` does not say it. Raises ValidationFailed."""
    if not rows:
        raise ValidationFailed({"file": "The file is empty."})
    zone = _zone(query.tz)
    width = max(len(row) for row in rows)
    header = not any(csv_numbers.is_plain(cell.strip()) or csv_times.is_time(cell.strip()) for cell in rows[0])
    names = [cell.strip() for cell in rows[0]] if header else [str(at + 1) for at in range(width)]
    body = rows[1:] if header else rows
    time = _column(names, query.time, "time")
    if time is None:
        time = _times(names, body)
    time_known = query.time is not None or (time < len(names) and names[time].casefold() in _TIMES)
    clock = _clock(names, query.clock, body, time)
    value = _column(names, query.value, "value")
    if value is None:
        value = _values(names, body, {time, clock})
    if time == value or max(time, value) >= width:
        raise ValidationFailed(
            {"file": "There have to be a column with times and one with values. Name them with `time` and `value`."}
        )
    moments = _cells(body, time)
    if clock is not None:
        moments = [f"{row[time].strip()} {row[clock].strip()}" for row in body if max(time, clock) < len(row) and row[time].strip()]
    written = csv_times.find(moments, times_for_sure=time_known, now=now())
    numbers = csv_numbers.find(_cells(body, value), delimiter)
    kind, decimal = query.time_format or written.kind, query.decimal or numbers.decimal
    unsure: list[Unsure] = []
    if query.time_format is None and not written.sure:
        unsure.append("time_format")
    if query.decimal is None and not numbers.sure:
        unsure.append("decimal")
    shown: ImportFormat = {
        "delimiter": delimiter, "header": header, "columns": names, "time": _name(names, time),
        "clock": None if clock is None else _name(names, clock), "value": _name(names, value), "time_format": kind, "tz": query.tz,
        "decimal": decimal, "unit": numbers.unit, "encoding": encoding, "unsure": unsure,
    }  # fmt: skip
    moment = csv_times.reader(kind, zone, given=query.time_format is not None)
    return Layout(shown, time, clock, value, moment, csv_numbers.reader(decimal, numbers.unit))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise ValidationFailed({"tz": "There is no such time zone."}) from None


def _name(names: Sequence[str], at: int) -> str:
    return names[at] if at < len(names) else str(at + 1)


def _column(names: Sequence[str], wanted: str | None, field: str) -> int | None:
    """The column that is asked for by its name or number."""
    if wanted is None:
        return None
    if wanted in names:
        return names.index(wanted)
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= len(names):
        return int(wanted) - 1
    raise ValidationFailed({field: f"There is no such column; there are: {', '.join(names)[:300]}."})


def _cells(rows: Rows, at: int) -> list[str]:
    return [text for row in rows if at < len(row) and (text := row[at].strip())]


def _in_order(names: Sequence[str], usual: Iterable[str]) -> list[int]:
    """The columns looked at: those with the usual names first."""
    lower = [name.casefold() for name in names]
    named = [lower.index(name) for name in usual if name in lower]
    return [*named, *(at for at in range(min(len(names), _COLUMNS)) if at not in named)]


def _times(names: Sequence[str], body: Rows) -> int:
    """The column whose cells are mostly times with their date; otherwise the one that is called so, or the first."""
    order = _in_order(names, _TIMES)
    lower = [name.casefold() for name in names]
    for at in order:
        cells = _cells(body[:_ROWS], at)
        if cells and csv_times.find(cells, times_for_sure=lower[at] in _TIMES, now=now()).share > 0.5:
            return at
    return order[0] if order else 0


def _clock(names: Sequence[str], wanted: str | None, body: Rows, time: int) -> int | None:
    """The column with the time of day where that of the time is the date alone."""
    if wanted is not None:
        return None if wanted == "0" else _column(names, wanted, "clock")
    dates = _cells(body[:_ROWS], time)
    if not dates or not all(map(csv_times.is_date, dates)):
        return None
    for at in range(min(len(names), _COLUMNS)):
        cells = _cells(body[:_ROWS], at)
        if cells and sum(map(csv_times.is_clock, cells)) * 2 > len(cells):
            return at
    return None


def _values(names: Sequence[str], body: Rows, others: set[int | None]) -> int:
    """The column that is called so, or else the first with numbers."""
    order = [at for at in _in_order(names, _VALUES) if at not in others]
    lower = [name.casefold() for name in names]
    for at in order:
        if lower[at] in _VALUES or any(map(csv_numbers.is_number, _cells(body[:_ROWS], at))):
            return at
    return order[0] if order else len(names)
