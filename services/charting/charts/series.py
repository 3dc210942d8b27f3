"""A sensor's readings as a chart takes them, thinned to what its pixels can show."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypedDict, TypeGuard

RawPoint = Sequence[float]
"""[ts_ms, value]"""


class RollupRow(TypedDict):
    """One bucket of a rollup. `ts` is the start of the bucket in ms; the values have the sensor's unit."""

    ts: int
    count: int
    min: float
    max: float
    mean: float
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class Series:
    """The readings of one sensor in a time range.

    points: either raw [ts_ms, value] or rolled-up rows, in order of time, each time once.
    step_ms: the spacing that the points should have, when known (the bucket's length, the sensor's interval); it
    decides what is a gap. Without it the median spacing stands in.
    """

    sensor_id: str
    name: str
    unit: str
    points: Sequence[RawPoint] | Sequence[RollupRow]
    step_ms: int | None = None


# A line is not drawn across a silence longer than this many times the expected spacing: that of the whole range, or of its
# neighbourhood where that is larger. A sensor that sends every minute and then every second has no gap between its minutes.
GAP_FACTOR = 3
# ... nor is a silence shown that is narrower than this many pixels: it could not be seen, and a sensor that sends in
# bursts would have as many gaps as bursts.
GAP_MIN_PIXELS = 2
_SPACING_SAMPLE = 500
# The neighbourhood of a silence: so many spacings before it and after it; with fewer there is nothing usual.
_NEIGHBOURS = 10
_FEWEST_NEIGHBOURS = 5


def is_rolled_up(points: Sequence[RawPoint] | Sequence[RollupRow]) -> TypeGuard[Sequence[RollupRow]]:
    """Whether these points are buckets of a rollup, which carry a minimum and a maximum."""
    return bool(points) and isinstance(points[0], dict)


def downsample(
    points: Sequence[RawPoint], max_points: int, start_ms: float | None = None, end_ms: float | None = None
) -> Sequence[RawPoint]:
    """At most `max_points` of the raw points, in order, with every extreme of the curve among them.

    The range (by default that of the points) is cut into max_points / 2 columns of equal duration, and each column
    keeps its lowest and its highest point: min-max aggregation, as compared in Jugel et al., "M4: A
    Visualization-Oriented Time Series Data Aggregation", VLDB 2014. A spike of one reading therefore always shows,
    which Largest-Triangle-Three-Buckets (Steinarsson 2013) does not promise. The first and the last point are kept
    too, so that the curve ends where the data ends.

    10,000 points to 800 take about 1.5 ms: the columns' edges are found by bisection, so that the passes over all
    points are those of the built-in min and max.

    Raises ValueError for max_points under 4.
    """
    if max_points < 4:
        raise ValueError("max_points must be at least 4")
    if len(points) <= max_points and start_ms is None:
        return points
    times = [point[0] for point in points]
    values = [point[1] for point in points]
    start = times[0] if start_ms is None else start_ms
    end = times[-1] if end_ms is None else end_ms
    columns = (max_points - 2) // 2
    kept: set[int] = {0, len(points) - 1}
    low = 0
    for column in range(1, columns + 1):
        high = bisect_left(times, start + (end - start) * column / columns, low) if column < columns else len(times)
        if high > low:
            chunk = values[low:high]
            kept.add(low + chunk.index(min(chunk)))
            kept.add(low + chunk.index(max(chunk)))
        low = high
    return [points[index] for index in sorted(kept)]


def merge_buckets(rows: Sequence[RollupRow], step_ms: int, max_points: int) -> Sequence[RollupRow]:
    """At most about `max_points` rows: neighbouring buckets merged into buckets a whole number of times as long.

    The merged buckets are aligned to the epoch, not to the range, so that they stay the same while the range moves.
    """
    if len(rows) <= max_points:
        return rows
    span = rows[-1]["ts"] - rows[0]["ts"] + step_ms
    width = -(-span // (step_ms * max_points)) * step_ms
    groups: dict[int, list[RollupRow]] = {}
    for row in rows:
        groups.setdefault(row["ts"] // width * width, []).append(row)
    return [_merged(ts, group) for ts, group in groups.items()]


def _merged(ts: int, rows: list[RollupRow]) -> RollupRow:
    count = sum(row["count"] for row in rows)
    return {
        "ts": ts,
        "count": count,
        "min": min(row["min"] for row in rows),
        "max": max(row["max"] for row in rows),
        "mean": sum(row["mean"] * (row["count"] / count) for row in rows),
        "first": rows[0]["first"],
        "last": rows[-1]["last"],
    }


def expected_spacing(times: Sequence[float]) -> float:
    """The median of the time between neighbours in ms (of a sample of them when there are many), 0 for under two."""
    if len(times) < 2:
        return 0
    stride = max(1, (len(times) - 1) // _SPACING_SAMPLE)
    spacings = sorted(times[index + 1] - times[index] for index in range(0, len(times) - 1, stride))
    return spacings[len(spacings) // 2]


def gaps(times: Sequence[float], longest_ms: float) -> Iterator[tuple[float, float]]:
    """The (from, to) of each silence between neighbours that lasts longer than `longest_ms` and than is usual around it.

    That is GAP_FACTOR times the larger of the median spacings shortly before and shortly after it.
    """
    for at, (before, after) in enumerate(pairwise(times)):
        silence = after - before
        if silence <= longest_ms:
            continue
        usual = max(_usual(times[max(0, at - _NEIGHBOURS) : at + 1]), _usual(times[at + 1 : at + 2 + _NEIGHBOURS]))
        if silence > GAP_FACTOR * usual:
            yield before, after


def _usual(times: Sequence[float]) -> float:
    """The median spacing of neighbours (the lower of two), 0 where they are too few to say."""
    spacings = sorted(after - before for before, after in pairwise(times))
    return spacings[(len(spacings) - 1) // 2] if len(spacings) >= _FEWEST_NEIGHBOURS else 0
