"""Readings of a sensor out of a CSV file: its rows one by one, and storing them in parts.

The file is read as it comes, in constant memory. What `export.csv` writes is read back as it was.
"""

import csv
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from models.devices import Device, Sensor
from schemas.imports import MAX_ROW_ERRORS, PREVIEW_ROWS, ImportAnswer, ImportedRow, ImportQuery, RowError
from schemas.readings import Rejection
from services.telemetry import ingest
from services.telemetry.importing import csv_layout, csv_text
from services.telemetry.importing.csv_text import BadRow
from services.telemetry.ingest import Source
from utils import concurrency
from utils.errors import NotFound, ValidationFailed

# What the file is like is found out from so many lines, or less where they are longer. The page sends more than that for a preview
# (frontend/src/sensors/importing/csvFile.ts): so the import finds what the preview has found.
_SAMPLE = 500
_SAMPLE_CHARACTERS = 80_000
# Rows read and stored in one go, some ms' worth: then the others in the process get their turn.
_PART = 1_000
_GUESSED = {
    "time_format": "The first rows do not tell whether the day or the month comes first. Look at the preview, and choose.",
    "decimal": "The first rows do not tell whether decimals come after a comma or a point. Look at the preview, and choose.",
}
_REASONS = {
    "bad_timestamp": "The time is not after 1970.", "future_timestamp": "The time is in the future.",
    "too_old": "The time is before what is kept of this sensor.", "bad_value": "The value is not a finite number.",
}  # fmt: skip
SENTENCES = (*_GUESSED.values(), *_REASONS.values())
"""What is said by way of a table."""


def run(sensor: Sensor, stream: Any, query: ImportQuery) -> ImportAnswer:
    """Read a file, and store its readings unless it is a preview. stream: of its bytes, which can go back to where it began.

    A row that is wrong keeps no other from being stored. Raises ValidationFailed where no times and values are found in the
    file or its first rows leave open how they are written, NotFound where the sensor's device is gone.
    """
    reader = Rows(stream, query)
    layout = reader.layout
    answer: ImportAnswer = {"format": layout.format, "rows": [], "accepted": 0, "duplicates": 0, "refused": 0, "errors": []}
    preview = query.preview == "1"
    if not preview and layout.format["unsure"]:
        raise ValidationFailed({field: _GUESSED[field] for field in layout.format["unsure"]})
    rows = islice(reader, reader.sampled) if preview else iter(reader)
    device = Device.get(sensor.device_id)
    if device is None:
        raise NotFound()
    source = Source.of(device)
    while part := list(islice(rows, _PART)):
        found: list[tuple[int, int, float]] = []
        for line, row in part:
            try:
                found.append((line, *layout.read(row)))
            except BadRow as error:
                _refuse(answer, line, str(error))
        if preview:
            _show(answer, sensor, source, found)
        else:
            _store(answer, sensor, source, found)
        concurrency.give_way()
    answer["errors"].sort(key=lambda each: each["line"])
    return answer


def _show(answer: ImportAnswer, sensor: Sensor, source: Source, found: list[tuple[int, int, float]]) -> None:
    """Look at rows just as storing them would."""
    source.renew()
    if sensor.key not in source.sensors:
        raise NotFound()
    checked = ingest.check([["", ts, value] for _, ts, value in found], {"": sensor.number}, {"": source.oldest()[sensor.key]})
    _refuse_all(answer, found, checked.rejected)
    refused = {rejection["index"] for rejection in checked.rejected}
    good: list[ImportedRow] = [
        {"line": line, "ts": ts, "value": value} for at, (line, ts, value) in enumerate(found) if at not in refused
    ]
    answer["rows"] += good[: PREVIEW_ROWS - len(answer["rows"])]


def _store(answer: ImportAnswer, sensor: Sensor, source: Source, found: list[tuple[int, int, float]]) -> None:
    # A person's import is no flood of a device's: it is one request, and limited as such.
    stored = ingest.import_for(source, sensor.id, [[ts, value] for _, ts, value in found])
    answer["accepted"] += stored["accepted"]
    answer["duplicates"] += stored["duplicates"]
    _refuse_all(answer, found, stored["rejected"])


def _refuse_all(answer: ImportAnswer, found: list[tuple[int, int, float]], rejected: list[Rejection]) -> None:
    for rejection in rejected:
        _refuse(answer, found[rejection["index"]][0], _REASONS.get(rejection["code"], rejection["code"]))


def _refuse(answer: ImportAnswer, line: int, reason: str) -> None:
    answer["refused"] += 1
    if len(answer["errors"]) < MAX_ROW_ERRORS:
        answer["errors"].append(RowError(line=line, reason=reason))


class Rows:
    """The rows of a file after its header, with their line numbers.

    layout: what they hold; sampled: how many rows were looked at to find it out.
    """

    def __init__(self, stream: Any, query: ImportQuery) -> None:
        """stream: of the file's bytes, at its beginning. Raises ValidationFailed."""
        encoding, text = csv_text.decoded(stream, query.encoding)
        source = csv_text.checked(text)
        sample = _sample(source)
        if not sample:
            raise ValidationFailed({"file": "The file is empty."})
        delimiter, named = csv_text.delimiter_of(sample)
        self._before = int(named)
        sample = sample[self._before :]
        rows = [row for row in csv.reader(sample, delimiter=delimiter) if _holds_something(row)]
        self.sampled = len(rows)
        self.layout = csv_layout.find(rows, delimiter, encoding, query)
        self._reader = csv.reader(chain(sample, source), delimiter=delimiter)

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        header = self.layout.format["header"]
        try:
            for row in self._reader:
                if not _holds_something(row):
                    continue
                if header:
                    header = False
                    continue
                yield self._reader.line_num + self._before, row
        except csv.Error as error:
            raise ValidationFailed({"file": f"Line {self._reader.line_num + self._before} is not CSV: {error}."}) from None


def _sample(lines: Iterator[str]) -> list[str]:
    sample: list[str] = []
    characters = 0
    for line in lines:
        sample.append(line)
        characters += len(line)
        if len(sample) == _SAMPLE or characters >= _SAMPLE_CHARACTERS:
            break
    return sample


def _holds_something(row: list[str]) -> bool:
    return any(map(str.strip, row))
