"""Times as programs write them into CSV files: which way all rows of a sample fit, and reading one by one.

A date is three numbers in some order, and nothing in 03/04/2025 says which: what no row decides is left open, not assumed.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from schemas.imports import TimeFormat
from services.telemetry.importing.csv_text import BadRow, shown

Reader = Callable[[str], int]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Day 0 of Excel's calendar as it is from March 1900 on. https://learn.microsoft.com/office/troubleshoot/excel/1900-and-1904-date-system
_EXCEL_EPOCH = datetime(1899, 12, 30)
_CLOCK = (
    r"(?:(?P<before>上午|下午|[AP]M)\s*)?(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    r"(?:\s*(?P<after>[AP]\.?\s?M\.?))?(?:\s*(?P<zone>Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}))?"
)
_MONTH = r"(?P<month>[0-9]{1,2}|[A-Z]{3,9})\.?"
_DAY = r"(?P<day>[0-9]{1,2})"
_YEAR = r"(?P<year>[0-9]{4}|[0-9]{2})"
_DATES: dict[TimeFormat, str] = {
    "iso": r"(?P<year>[0-9]{4})(?:\s?[-/.年]\s?)(?P<month>[0-9]{1,2})(?:\s?[-/.月]\s?)(?P<day>[0-9]{1,2})日?",
    "dmy": rf"{_DAY}[-/. ]\s?{_MONTH}[-/. ]\s?{_YEAR}",
    "mdy": rf"{_MONTH}[-/. ]\s?{_DAY}(?:,\s?|[-/. ]\s?){_YEAR}",
}
_PATTERNS = {
    kind: re.compile(rf"{date}(?:(?:T|,?\s+){_CLOCK})?", re.IGNORECASE) for kind, date in _DATES.items()
}  # fmt: skip
_COMPACT = re.compile(
    r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})(?:(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?P<second>[0-9]{2}))?"
)
_ONLY_CLOCK = re.compile(_CLOCK, re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(?:[.,][0-9]{1,20})?")
_LONGEST_NUMBER = 20
# What is longer is no time; and patterns that end in white space take long over much of it.
_LONGEST = 64
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Readings are younger than this, and files older than this program will be; between them no two units of an epoch overlap.
_LEAST_S, _MOST_S = 946_684_800, 4_102_444_800
LEAST_MS = _LEAST_S * 1000
_LEAST_DAY, _MOST_DAY = 36_526, 73_051
_PER_SECOND: dict[TimeFormat, int] = {"epoch_s": 1, "epoch_ms": 1_000, "epoch_us": 1_000_000, "epoch_ns": 1_000_000_000}
_NO_TIME: dict[TimeFormat, str] = {
    "iso": "“{}” is not a time such as 2026-11-20 09:30:00.",
    "dmy": "“{}” is not a time such as 20/11/2026 09:30:00.",
    "mdy": "“{}” is not a time such as 11/20/2026 9:30:00 AM.",
    "epoch_s": "“{}” is not a number of seconds since 1970.",
    "epoch_ms": "“{}” is not a number of milliseconds since 1970.",
    "epoch_us": "“{}” is not a number of microseconds since 1970.",
    "epoch_ns": "“{}” is not a number of nanoseconds since 1970.",
    "excel": "“{}” is not a number of days as Excel counts them.",
}
SENTENCES = tuple(_NO_TIME.values())
"""What readers say by way of a table, {} being the cell."""


@dataclass(frozen=True, slots=True)
class Found:
    """How the times of a sample are written. sure: no other way fits them as well; share: of them that fit."""

    kind: TimeFormat
    sure: bool
    share: float


def find(texts: Sequence[str], *, times_for_sure: bool, now: datetime) -> Found:
    """What most of `texts`, none of them empty, can be read as.

    times_for_sure: that they are times is known from elsewhere; else days of Excel, which any number may be, are none.
    """
    counts: dict[TimeFormat, int] = dict.fromkeys(("iso", *_PER_SECOND, "dmy", "mdy", "excel"), 0)
    for text in texts:
        for kind in _fitting(text, times_for_sure):
            counts[kind] += 1
    kind = max(counts, key=lambda each: counts[each])
    best = counts[kind]
    if best == 0:
        # Nothing fits: so that something can be shown and put right.
        return Found("epoch_s" if texts and all(map(_NUMBER.fullmatch, texts)) else "iso", True, 0)
    sure = True
    if kind in ("dmy", "mdy"):
        kind, sure = _day_or_month_first(texts, counts, now)
    return Found(kind, sure, best / len(texts))


def _fitting(text: str, times_for_sure: bool) -> list[TimeFormat]:
    if _NUMBER.fullmatch(text):
        number = float(text.replace(",", "."))
        kinds = [kind for kind, per in _PER_SECOND.items() if _LEAST_S <= number / per < _MOST_S]
        if times_for_sure and _LEAST_DAY <= number < _MOST_DAY:
            kinds.append("excel")
        if _COMPACT.fullmatch(text) and _dated(text, "iso") is not None and "1999" < text[:4] < "2100":
            kinds.append("iso")
        return kinds
    return [kind for kind in _DATES if _dated(text, kind) is not None]


def _day_or_month_first(texts: Sequence[str], counts: dict[TimeFormat, int], now: datetime) -> tuple[TimeFormat, bool]:
    texts = [text for text in texts if _dated(text, "dmy") or _dated(text, "mdy")]
    short = any(_year_is_short(text) for text in texts)
    if counts["dmy"] != counts["mdy"]:
        # Of a year with two digits it could be a day as well.
        return ("dmy" if counts["dmy"] > counts["mdy"] else "mdy"), not short
    if all("." in text.split()[0] for text in texts):
        # With points between them nobody puts the month first.
        return "dmy", not short
    spans: dict[TimeFormat, tuple[bool, timedelta]] = {}
    for kind in ("dmy", "mdy"):
        moments = [moment.replace(tzinfo=None) for text in texts if (moment := _dated(text, kind)) is not None]
        ahead = max(moments) > now.replace(tzinfo=None) + timedelta(days=1)
        spans[kind] = (ahead, max(moments) - min(moments))
    return min(spans, key=lambda kind: spans[kind]), False


def _year_is_short(text: str) -> bool:
    found = _PATTERNS["dmy"].fullmatch(text) or _PATTERNS["mdy"].fullmatch(text)
    return found is not None and len(found["year"]) == 2


def is_date(text: str) -> bool:
    """Whether it is a date without a time of day."""
    if len(text) > _LONGEST:
        return False
    found = next(filter(None, (pattern.fullmatch(text) for pattern in _PATTERNS.values())), None)
    return found is not None and found["hour"] is None


def is_clock(text: str) -> bool:
    """Whether it is a time of day without a date."""
    return len(text) <= _LONGEST and _ONLY_CLOCK.fullmatch(text) is not None


def is_time(text: str) -> bool:
    """Whether it is a time that is no plain number."""
    return not _NUMBER.fullmatch(text) and any(_dated(text, kind) is not None for kind in _DATES)


def reader(kind: TimeFormat, zone: tzinfo, *, given: bool) -> Reader:
    """What reads a text as a time, in ms since 1970. zone: of times that name none.

    given: the format was asked for, not found out: then times before 2000, which a wrong unit makes, are believed. Raises BadRow.
    """
    if kind in _PER_SECOND:
        return _epoch_reader(kind, 0 if given else LEAST_MS)
    if kind == "excel":
        return _excel_reader(zone)

    def read(text: str) -> int:
        moment = _dated(text, kind)
        if moment is None:
            raise BadRow(_NO_TIME[kind].format(shown(text)))
        return _ms(moment if moment.tzinfo is not None else moment.replace(tzinfo=zone))

    return read


def _epoch_reader(kind: TimeFormat, least: int) -> Reader:
    per_second = _PER_SECOND[kind]
    exact = per_second // 1000

    def read(text: str) -> int:
        if exact and len(text) <= _LONGEST_NUMBER and text.isdecimal():
            ts = int(text) // exact
        elif _NUMBER.fullmatch(text):
            ts = round(float(text.replace(",", ".")) * 1000 / per_second)
        else:
            raise BadRow(_NO_TIME[kind].format(shown(text)))
        if ts < least:
            raise BadRow(f"“{shown(text)}” would be before 2000. Choose how times are written.")
        return ts

    return read


def _excel_reader(zone: tzinfo) -> Reader:
    def read(text: str) -> int:
        number = float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else -1.0
        if not 61 <= number < 2_958_466:
            raise BadRow(_NO_TIME["excel"].format(shown(text)))
        # Five decimals, as Excel shows them, are just exact to the second.
        seconds = round(number * 86_400, 3) if len(text) > 15 else round(number * 86_400)
        return _ms((_EXCEL_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=zone))

    return read


def _ms(moment: datetime) -> int:
    try:
        return int((moment - _EPOCH).total_seconds() * 1000 + 0.5)
    except OverflowError:
        raise BadRow("The time is beyond the calendar.") from None


def _dated(text: str, kind: TimeFormat) -> datetime | None:
    """The time, without a zone where it names none."""
    if kind == "iso" and 16 <= len(text) <= 40 and text[4] == "-" and text[0] != "-":
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    found = _PATTERNS[kind].fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        found = _COMPACT.fullmatch(text) if kind == "iso" else None
        if found is None:
            return None
    part = found.groupdict()
    try:
        year = int(part["year"])
        moment = datetime(
            year + 2000 if year < 100 else year, _month(part["month"]), int(part["day"]),
            _hour(part), int(part["minute"] or 0), int(part["second"] or 0),
            int((part.get("fraction") or "0")[:6].ljust(6, "0")), _zone(part.get("zone")),
        )  # fmt: skip
    except ValueError:
        return None
    return moment


def _month(text: str) -> int:
    if text.isdecimal():
        return int(text)
    return _MONTHS.index(text[:3].lower()) + 1


def _hour(part: dict[str, str | None]) -> int:
    hour = int(part["hour"] or 0)
    half = part.get("before") or part.get("after")
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError("no hour of half a day")
    return hour % 12 + (12 if half[0] in "pP下" else 0)


def _zone(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    if text[0] not in "+-":
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))
