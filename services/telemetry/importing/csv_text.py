"""The text of a CSV file: what its bytes are encoded in, its lines, and what parts its columns."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

from schemas.imports import Encoding
from utils.errors import ValidationFailed

# Bytes that the encoding is found out from.
_HEAD = 65_536
_LONGEST_LINE = 10_000
# Where either could be it, a comma is the decimal mark.
_DELIMITERS = ";\t|,"
# Excel writes, and obeys, a first line that names the delimiter.
_NAMED = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)
_HIGH = re.compile(rb"[\x80-\xff]+")

_SHOWN = 40


class BadRow(ValueError):
    """What is wrong with a row. The page has a Chinese form of each sentence."""


def shown(text: str) -> str:
    """As much of a cell as a sentence about it has room for."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def decoded(stream: Any, encoding: Encoding | None) -> tuple[Encoding, io.TextIOWrapper]:
    """The text of a binary stream that can go back, and its encoding: the one wanted, or else what the bytes look like.

    What is no text in that encoding becomes U+FFFD: a row that is wrong keeps no other from being read.
    """
    head: bytes = stream.read(_HEAD)
    stream.seek(0)
    mark = head[:2]
    wide = mark in (b"\xff\xfe", b"\xfe\xff")
    found = encoding or ("utf-16" if wide else _guess(head))
    # Without a mark UTF-16 is that of Windows.
    codec = {"utf-8": "utf-8-sig", "utf-16": "utf-16" if wide else "utf-16-le"}.get(found, found)
    return found, io.TextIOWrapper(stream, encoding=codec, errors="replace", newline="")


def _guess(head: bytes) -> Encoding:
    end = len(head) if len(head) < _HEAD else _HEAD - 4
    try:
        # A character may be cut off where the bytes looked at end.
        head[: head.rfind(b"\n", 0, end) + 1 or end].decode()
    except UnicodeDecodeError:
        return "gb18030" if _is_chinese(head) else "cp1252"
    return "utf-8"


def _is_chinese(head: bytes) -> bool:
    """Whether bytes above ASCII come in pairs that are Chinese characters in daily use.

    Nearly any two letters with accents are some character of GB 18030 too, but one of the rare ones: the daily ones (level 1 of
    GB 2312, from B0 to D7) and its signs (A1 to A9) begin where cp1252 has capitals and signs, which seldom stand beside another.
    """
    common = rare = 0
    for run in _HIGH.findall(head):
        for at in range(0, len(run), 2):
            pair = run[at : at + 2]
            daily = len(pair) == 2 and pair[1] >= 0xA1 and (0xA1 <= pair[0] <= 0xA9 or 0xB0 <= pair[0] <= 0xD7)
            common, rare = common + daily, rare + (not daily)
    return common > rare


def checked(lines: Iterator[str]) -> Iterator[str]:
    """The lines of a file as long as they can be CSV. Raises ValidationFailed."""
    for number, line in enumerate(lines, start=1):
        if len(line) > _LONGEST_LINE or "\0" in line:
            raise ValidationFailed({"file": f"Line {number} is not a line of CSV."})
        yield line


def delimiter_of(sample: Sequence[str]) -> tuple[str, bool]:
    """What parts the columns, and whether the first line says so (and nothing else). Raises ValidationFailed."""
    if (named := _NAMED.fullmatch(sample[0])) and named[1] not in '"\r\n':
        return named[1], True
    return _most_even(sample), False


def _most_even(sample: Sequence[str]) -> str:
    """What parts the most rows into the same number of columns, at least two."""

    def fit(delimiter: str) -> tuple[int, int]:
        counts = [len(row) for row in csv.reader(sample, delimiter=delimiter) if len(row) > 1]
        usual = max(set(counts), key=counts.count, default=1)
        return (counts.count(usual), usual)

    try:
        return max(_DELIMITERS, key=fit)
    except csv.Error as error:
        raise ValidationFailed({"file": f"The file is not CSV: {error}."}) from None
