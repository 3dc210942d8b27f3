"""Numbers as programs write them into CSV files: with a decimal comma, thousands apart, a unit behind them."""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas.imports import DecimalMark
from services.telemetry.importing.csv_text import BadRow, shown

Reader = Callable[[str], float]

# A number and what follows it: a unit begins with a letter or one of the signs that units begin with.
_MEASURED = re.compile(
    r"(?P<number>[+-]?(?:[0-9][0-9.,'’\s]*[0-9]|[0-9])[.,]?|[+-]?[.,][0-9]+)(?P<exponent>[eE][+-]?[0-9]{1,3})?"
    r"(?P<unit>\s+[^\W\d_].{0,15}|[^\W\d_](?:\D.{0,14})?|\s*[°%‰℃℉Ω'\"″].{0,15})?",
    re.DOTALL,
)
_LONGEST = 64
_SPACES = re.compile(r"[\s'’]")
_GROUPS = re.compile(r"[+-]?[0-9]{1,3}(?:[\s'’.,][0-9]{3})+")
_BAD = "“{}” is not a number."
_OTHER_UNIT = "“{}” is not in the unit of the first rows."
SENTENCES = (_BAD, _OTHER_UNIT)
"""What readers say by way of a table, {} being the cell."""


@dataclass(frozen=True, slots=True)
class Found:
    """How the numbers of a sample are written. sure: no other decimal mark is as likely; unit: what most of them end with."""

    decimal: DecimalMark
    sure: bool
    unit: str


def find(texts: Sequence[str], delimiter: str) -> Found:
    """What the numbers among `texts`, none of them empty, tell by their commas and points.

    One that comes last after another of the other kind is decimal, one that parts other than three digits likewise; one that
    comes twice parts thousands. 1,234 by itself says nothing, and is left open where every number is like it.
    """
    units: Counter[str] = Counter()
    marks: Counter[str] = Counter()
    for text in texts:
        found = _measured(text)
        if found is not None:
            units[_unit(found)] += 1
            marks[_tells(found["number"], bool(found["exponent"]))] += 1
    unit = units.most_common(1)[0][0] if units else ""
    if marks["."] or marks[","]:
        return Found("." if marks["."] >= marks[","] else ",", True, unit)
    if marks["1,234"]:
        return Found("." if delimiter == "," else ",", False, unit)
    # Of a sensor that gives three decimals all numbers have them; of one whose thousands are parted those below have none.
    return Found(".", not (marks["1.234"] and marks["1"] and delimiter != ","), unit)


def _tells(number: str, exponent: bool) -> str:
    """The decimal mark that a number cannot but have, or else what it looks like."""
    points, commas = number.count("."), number.count(",")
    if points and commas:
        return "." if number.rindex(".") > number.rindex(",") else ","
    if not points and not commas:
        return "1"
    mark, other = (".", ",") if points else (",", ".")
    if points + commas > 1:
        return other
    head, tail = number.lstrip("+-").split(mark)
    if len(tail) == 3 and 1 <= len(head) <= 3 and not head.startswith("0") and not exponent:
        return f"1{mark}234"
    return mark


def is_number(text: str) -> bool:
    """Whether a cell is a number, with whatever decimal mark and unit."""
    return _measured(text) is not None


def is_plain(text: str) -> bool:
    """Whether a cell is a number and nothing else, as no name of a column is."""
    found = _measured(text)
    return found is not None and not found["unit"]


def _measured(text: str) -> re.Match[str] | None:
    return _MEASURED.fullmatch(text) if len(text) <= _LONGEST else None


def _unit(found: re.Match[str]) -> str:
    return (found["unit"] or "").strip()


def reader(decimal: DecimalMark, unit: str) -> Reader:
    """What reads a text as a number, with that unit or none behind it. It raises BadRow."""

    def read(text: str) -> float:
        plain = text.removesuffix(unit) if unit else text
        if decimal == ",":
            # With a comma for the decimals a point would be for thousands.
            plain = "" if "." in plain else plain.replace(",", ".")
        try:
            value = float(plain)
        except ValueError:
            return _read_closely(text, decimal, unit)
        if "_" in plain or not math.isfinite(value):
            raise BadRow(_BAD.format(shown(text)))
        return value

    return read


def _read_closely(text: str, decimal: DecimalMark, unit: str) -> float:
    found = _measured(text)
    if found is None:
        raise BadRow(_BAD.format(shown(text)))
    if found["unit"] and _unit(found) != unit:
        raise BadRow(_OTHER_UNIT.format(shown(text)))
    whole, _, decimals = found["number"].partition(decimal)
    thousands = "," if decimal == "." else "."
    if not whole.lstrip("+-").isdecimal() and whole not in ("", "+", "-"):
        parts = {character for character in whole if not character.isdecimal()} - {"+", "-"}
        if len(parts) != 1 or decimal in parts or not _GROUPS.fullmatch(whole):
            raise BadRow(_BAD.format(shown(text)))
    plain = _SPACES.sub("", whole).replace(thousands, "")
    try:
        value = float(f"{plain}.{decimals or 0}{found['exponent'] or ''}")
    except ValueError:
        value = math.inf
    if not math.isfinite(value):
        raise BadRow(_BAD.format(shown(text)))
    return value
