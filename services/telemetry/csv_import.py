"""Readings of a sensor out of a CSV file: what its columns are, its rows one by one, and storing them in parts.

The file is read as it comes, in constant memory. What `export.csv` writes is read back as it was.
"""

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import chain, islice
from zoneinfo import ZoneInfo

from models.devices import Device, Sensor
from schemas.imports import MAX_ROW_ERRORS, PREVIEW_ROWS, ImportAnswer, ImportedRow, ImportFormat, ImportQuery, RowError, TimeFormat
from services.telemetry import ingest
from services.telemetry.ingest import Source
from utils import concurrency
from utils.errors import NotFound, ValidationFailed

_SAMPLE = 50
# Rows read and stored in one go, some ms' worth: then the others in the process get their turn.
_PART = 1_000
_LONGEST_LINE = 10_000
# Where either could be it, a comma is the decimal point.
_DELIMITERS = ";\t|,"
# Names of columns, best first. What export.csv writes has the exact time in `ts`.
_TIMES = ("ts", "time", "timestamp", "datetime", "date", "zeit", "时间")
_VALUES = ("value", "reading", "wert", "值", "数值")
# Numbers of seconds since 1970 until the year 5138 are below this, numbers of ms since March 1973 above.
_LARGEST_SECOND = 100_000_000_000
_REASONS = {
    "bad_timestamp": "the time is not after 1970", "future_timestamp": "the time is in the future",
    "too_old": "the time is before what is kept of this sensor", "bad_value": "the value is not a finite number",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layout:
    """Where times and values are in a row, and how they are written."""

    format: ImportFormat
    time: int
    value: int
    zone: tzinfo

    def read(self, row: Sequence[str]) -> tuple[int, float]:
        """The (ts in ms, value) of a row. Raises ValueError with what is wrong."""
        if max(self.time, self.value) >= len(row):
            raise ValueError(f"there are only {len(row)} columns")
        return self._moment(row[self.time].strip()), _number(row[self.value].strip(), self.format["delimiter"])

    def _moment(self, text: str) -> int:
        if self.format["time_format"] != "iso":
            try:
                number = float(text)
                return int(text) if self.format["time_format"] == "epoch_ms" else round(number * 1000)
            except (ValueError, OverflowError):
                raise ValueError(f"{text[:40]!r} is no number of {self.format['time_format'][6:]} since 1970") from None
        moment = _parse_iso(text)
        if moment is None:
            raise ValueError(f"{text[:40]!r} is no time such as 2026-11-20T09:30:00Z")
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.zone)
        try:
            return int((moment - _EPOCH).total_seconds() * 1000 + 0.5)
        except OverflowError:
            raise ValueError(f"{text[:40]!r} is beyond the calendar") from None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def run(sensor: Sensor, lines: Iterable[str], query: ImportQuery) -> ImportAnswer:
    """Read a file, and store its readings unless it is a preview. lines: of the file, with their ends.

    A row that is wrong keeps no other from being stored. Raises ValidationFailed where no times and values are found in the
    file, NotFound where the sensor's device is gone, RateLimited.
    """
    reader = _Rows(lines, query)
    layout = reader.layout
    answer: ImportAnswer = {"format": layout.format, "rows": [], "accepted": 0, "duplicates": 0, "refused": 0, "errors": []}
    preview = query.preview == "1"
    rows = islice(reader, _SAMPLE) if preview else iter(reader)
    device = Device.get(sensor.device_id)
    if device is None:
        raise NotFound()
    while part := list(islice(rows, _PART)):
        found: list[tuple[int, int, float]] = []
        for line, row in part:
            try:
                found.append((line, *layout.read(row)))
            except ValueError as error:
                _refuse(answer, line, str(error))
        if preview:
            shown: list[ImportedRow] = [{"line": line, "ts": ts, "value": value} for line, ts, value in found]
            answer["rows"] += shown[: PREVIEW_ROWS - len(answer["rows"])]
        else:
            _store(answer, sensor, device, found)
        concurrency.give_way()
    answer["errors"].sort(key=lambda each: each["line"])
    return answer


def _store(answer: ImportAnswer, sensor: Sensor, device: Device, found: list[tuple[int, int, float]]) -> None:
    # A person's import is no flood of a device's: it is one request, and limited as such.
    stored = ingest.import_for(Source.of(device), sensor.id, [[ts, value] for _, ts, value in found])
    answer["accepted"] += stored["accepted"]
    answer["duplicates"] += stored["duplicates"]
    for rejection in stored["rejected"]:
        _refuse(answer, found[rejection["index"]][0], _REASONS.get(rejection["code"], rejection["code"]))


def _refuse(answer: ImportAnswer, line: int, reason: str) -> None:
    answer["refused"] += 1
    if len(answer["errors"]) < MAX_ROW_ERRORS:
        answer["errors"].append(RowError(line=line, reason=reason))


class _Rows:
    """The rows of a file after its header, with their line numbers; `layout`: what they hold."""

    def __init__(self, lines: Iterable[str], query: ImportQuery) -> None:
        source = _checked(lines)
        sample = list(islice(source, _SAMPLE))
        if not sample:
            raise ValidationFailed({"file": "The file is empty."})
        delimiter = _delimiter(sample)
        first = list(csv.reader(sample, delimiter=delimiter))
        self.layout = _layout([row for row in first if row], delimiter, query)
        self._reader = csv.reader(chain(sample, source), delimiter=delimiter)

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        header = self.layout.format["header"]
        try:
            for row in self._reader:
                if not row or not any(cell.strip() for cell in row):
                    continue
                if header:
                    header = False
                    continue
                yield self._reader.line_num, row
        except csv.Error as error:
            raise ValidationFailed({"file": f"Line {self._reader.line_num} is not CSV: {error}."}) from None


def _checked(lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if len(line) > _LONGEST_LINE or "\0" in line:
            raise ValidationFailed({"file": f"Line {number} is not a line of CSV."})
        # Programs of Windows put a mark at the beginning of what is UTF-8.
        yield line.removeprefix("\ufeff") if number == 1 else line


def _delimiter(sample: Sequence[str]) -> str:
    """What parts the most rows into the same number of columns, at least two."""

    def fit(delimiter: str) -> tuple[int, int]:
        counts = [len(row) for row in csv.reader(sample, delimiter=delimiter) if len(row) > 1]
        usual = max(set(counts), key=counts.count, default=1)
        return (counts.count(usual), usual)

    try:
        return max(_DELIMITERS, key=fit)
    except csv.Error as error:
        raise ValidationFailed({"file": f"The file is not CSV: {error}."}) from None


def _layout(rows: Sequence[Sequence[str]], delimiter: str, query: ImportQuery) -> Layout:
    if not rows:
        raise ValidationFailed({"file": "The file is empty."})
    header = not any(_looks_like_number(cell.strip()) or _parse_iso(cell.strip()) for cell in rows[0])
    width = max(len(row) for row in rows)
    names = [cell.strip() for cell in rows[0]] if header else [str(at + 1) for at in range(width)]
    body = rows[1:] if header else rows
    time = _column(names, query.time, _TIMES, "time", next((at for at in range(width) if _holds_times(body, at)), 0))
    others = (at for at in range(width) if at != time and _holds_numbers(body, at))
    value = _column(names, query.value, _VALUES, "value", next(others, 1))
    sample = next((row[time].strip() for row in body if time < len(row) and row[time].strip()), "")
    kind = query.time_format or _time_format(sample)
    try:
        zone = ZoneInfo(query.tz)
    except (ValueError, OSError, LookupError):
        raise ValidationFailed({"tz": "There is no such time zone."}) from None
    if time == value or max(time, value) >= width:
        raise ValidationFailed(
            {"file": "There have to be a column with times and one with values. Name them with `time` and `value`."}
        )
    shown: ImportFormat = {
        "delimiter": delimiter, "header": header, "columns": names, "time": names[time] if time < len(names) else str(time + 1),
        "value": names[value] if value < len(names) else str(value + 1), "time_format": kind, "tz": query.tz,
    }  # fmt: skip
    return Layout(shown, time, value, zone)


def _column(names: Sequence[str], wanted: str | None, usual: Sequence[str], field: str, otherwise: int) -> int:
    if wanted is not None:
        if wanted in names:
            return names.index(wanted)
        if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= len(names):
            return int(wanted) - 1
        raise ValidationFailed({field: f"There is no such column; there are: {', '.join(names)[:300]}."})
    lower = [name.casefold() for name in names]
    return next((lower.index(name) for name in usual if name in lower), otherwise)


def _holds_times(rows: Sequence[Sequence[str]], at: int) -> bool:
    return any(at < len(row) and (_parse_iso(row[at].strip()) or _is_epoch(row[at].strip())) for row in rows)


def _holds_numbers(rows: Sequence[Sequence[str]], at: int) -> bool:
    return any(at < len(row) and _looks_like_number(row[at].strip()) for row in rows)


def _is_epoch(text: str) -> bool:
    return _looks_like_number(text) and "," not in text and float(text) > 100_000_000


def _time_format(text: str) -> TimeFormat:
    if not _looks_like_number(text) or "," in text:
        return "iso"
    return "epoch_s" if float(text) < _LARGEST_SECOND else "epoch_ms"


def _parse_iso(text: str) -> datetime | None:
    if not 10 <= len(text) <= 40 or _looks_like_number(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _looks_like_number(text: str) -> bool:
    try:
        _number(text, ";")
    except ValueError:
        return False
    return True


def _number(text: str, delimiter: str) -> float:
    """A number; where commas do not part columns, one may be the decimal point."""
    plain = text.replace(",", ".") if delimiter != "," and text.count(",") == 1 and "." not in text else text
    try:
        value = float(plain) if "_" not in plain else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]!r} is no number")
    return value
