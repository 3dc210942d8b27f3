"""Ticks and labels of a time axis in a given IANA zone.

Vega knows two kinds of time scale: UTC, and the zone of the process that draws. A picture drawn on the server for
somebody elsewhere is neither. So the scale is UTC over true timestamps, the ticks fall on round wall-clock times of the
wanted zone and carry their labels with them; nothing is shifted, and the curve stays right across a change to or from
daylight saving time.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.charting.charts.options import Locale

_SECOND = 1000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR

# Round steps shorter than a day; each divides the next local midnight.
_CLOCK_STEPS = tuple(
    [seconds * _SECOND for seconds in (1, 2, 5, 10, 15, 30)]
    + [minutes * _MINUTE for minutes in (1, 2, 5, 10, 15, 30)]
    + [hours * _HOUR for hours in (1, 2, 3, 6, 12)]
)
_DAY_STEPS = (1, 2, 7, 14)
_MONTH_STEPS = (1, 3, 6, 12, 24, 60, 120)
_PIXELS_PER_TICK = 75
_MONDAY = date(1970, 1, 5)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def axis_ticks(start_ms: int, end_ms: int, zone: ZoneInfo, locale: Locale, width: int) -> list[tuple[int, str]]:
    """The (timestamp in ms, label) of each tick in [start_ms, end_ms], as many as fit into `width` pixels."""
    wanted = max(2, width // _PIXELS_PER_TICK)
    span = end_ms - start_ms
    clock_step = next((step for step in _CLOCK_STEPS if span / step <= wanted), None)
    if clock_step is not None:
        return [
            (ts, _clock_label(local_time(ts, zone), clock_step, locale)) for ts in _clock_ticks(start_ms, end_ms, zone, clock_step)
        ]
    day_step = next((step for step in _DAY_STEPS if span / (step * _DAY) <= wanted), None)
    first, last = local_time(start_ms, zone).date(), local_time(end_ms, zone).date()
    dates = _every_days(first, last, day_step) if day_step else _every_months(first, last, span, wanted)
    ticks = ((_midnight(day, zone), day) for day in dates)
    return [(ts, date_label(day, locale, day_step)) for ts, day in ticks if start_ms <= ts <= end_ms]


def day_ticks(first: date, last: date, locale: Locale, width: int) -> list[tuple[date, str]]:
    """The days to mark on an axis of days from `first` to `last`, with their labels, as many as fit into `width` pixels."""
    wanted = max(2, width // _PIXELS_PER_TICK)
    days = (last - first).days + 1
    step = next((step for step in _DAY_STEPS if days / step <= wanted), None)
    marked = _every_days(first, last, step) if step else _every_months(first, last, days * _DAY, wanted)
    return [(day, date_label(day, locale, step)) for day in marked if first <= day <= last]


def utc_offsets(start_ms: int, end_ms: int, zone: ZoneInfo) -> list[tuple[int, int]]:
    """What to add to UTC to get the zone's wall-clock time: (from this timestamp on, offset), both in ms.

    The first entry is at start_ms; there is one more for each change of the clocks up to end_ms.
    """
    offsets = [(start_ms, _offset(start_ms, zone))]
    known = start_ms
    while known < end_ms:
        following = min(known + _DAY, end_ms)  # no zone changes its clocks twice within a day
        if _offset(following, zone) != offsets[-1][1]:
            before, after = known, following
            while after - before > 1:
                middle = (before + after) // 2
                if _offset(middle, zone) == offsets[-1][1]:
                    before = middle
                else:
                    after = middle
            offsets.append((after, _offset(after, zone)))
        known = following
    return offsets


def local_time(ts_ms: int, zone: ZoneInfo) -> datetime:
    """The wall-clock time of a timestamp in a zone."""
    return datetime.fromtimestamp(ts_ms / 1000, UTC).astimezone(zone)


def range_label(start_ms: int, end_ms: int, zone: ZoneInfo) -> str:
    """The dates that a range covers and the zone they are in: "2026-11-05 – 2026-11-06 · Asia/Shanghai"."""
    first, last = local_time(start_ms, zone).date(), local_time(end_ms - 1, zone).date()
    dates = f"{first}" if first >= last else f"{first} – {last}"
    return f"{dates} · {zone.key}"


def date_label(day: date, locale: Locale, day_step: int | None = 1) -> str:
    """A date as short as its place on the axis allows: the year at its start, the month when only months are marked."""
    if day_step is None:
        if day.month == 1:
            return f"{day.year}年" if locale == "zh-CN" else f"{day.year}"
        return f"{day.month}月" if locale == "zh-CN" else _MONTHS[day.month - 1]
    return f"{day.month}月{day.day}日" if locale == "zh-CN" else f"{_MONTHS[day.month - 1]} {day.day}"


def _offset(ts_ms: int, zone: ZoneInfo) -> int:
    return (local_time(ts_ms, zone).utcoffset() or timedelta()) // timedelta(milliseconds=1)


def _clock_ticks(start_ms: int, end_ms: int, zone: ZoneInfo, step: int) -> list[int]:
    offsets = utc_offsets(start_ms, end_ms, zone)
    ends = [since for since, _ in offsets[1:]] + [end_ms + 1]
    ticks: list[int] = []
    for (since, offset), until in zip(offsets, ends, strict=True):
        first = -(-(since + offset) // step) * step - offset
        ticks.extend(range(first, until, step))
    return ticks


def _clock_label(local: datetime, step: int, locale: Locale) -> str:
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        return date_label(local.date(), locale)
    return f"{local:%H:%M}" if step >= _MINUTE else f"{local:%H:%M:%S}"


def _every_days(first: date, last: date, step: int) -> list[date]:
    # Counted from a fixed Monday, so that the same days are marked while the range moves.
    begin = first + timedelta(days=-(first - _MONDAY).days % step)
    return [begin + timedelta(days=days) for days in range(0, (last - begin).days + 1, step)]


def _every_months(first: date, last: date, span_ms: int, wanted: int) -> list[date]:
    months = span_ms / (30.44 * _DAY)
    step = next((step for step in _MONTH_STEPS if months / step <= wanted), _MONTH_STEPS[-1])
    begin, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(-(-begin // step) * step, end + 1, step)]


def _midnight(day: date, zone: ZoneInfo) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)
