"""What a trend chart marks besides readings: thresholds, and when alerts were firing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

# A threshold further from the readings than this many times their own span is left out: it would press them into a line.
_REACH = 2.0


@dataclass(frozen=True, slots=True)
class Threshold:
    """A value, in the sensor's unit, above or below which there is an alert."""

    value: float
    when: Literal["above", "below"]


@dataclass(frozen=True, slots=True)
class Span:
    """When an alert was firing, in ms since the epoch. end_ms: None for one that still is."""

    start_ms: int
    end_ms: int | None


@dataclass(frozen=True, slots=True)
class Annotations:
    """The marks of one sensor's trend."""

    thresholds: Sequence[Threshold] = ()
    spans: Sequence[Span] = ()


NO_ANNOTATIONS = Annotations()


def span_rows(spans: Sequence[Span], start_ms: int, end_ms: int) -> list[dict[str, Any]]:
    """The spans within the range, cut to it; those that touch are one, so that none is shaded twice."""
    rows: list[dict[str, Any]] = []
    for span in sorted(spans, key=lambda span: span.start_ms):
        start, end = max(span.start_ms, start_ms), end_ms if span.end_ms is None else min(span.end_ms, end_ms)
        if end < start_ms or start > end_ms or end < start:
            continue
        if rows and start <= rows[-1]["t2"]:
            rows[-1]["t2"] = max(rows[-1]["t2"], end)
        else:
            rows.append({"t": start, "t2": end})
    return rows


def limit_rows(thresholds: Sequence[Threshold], low: float, high: float) -> list[dict[str, Any]]:
    """The thresholds near values from low to high, with what each says."""
    reach = max(high - low, abs(high) * 0.05, 1e-9) * _REACH
    near = {(each.value, each.when) for each in thresholds if low - reach <= each.value <= high + reach}
    return [{"v": value, "l": f"{'>' if when == 'above' else '<'} {value:.6g}"} for value, when in sorted(near)]
