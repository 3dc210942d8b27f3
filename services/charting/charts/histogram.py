"""How often a sensor measured what: histogram and quantiles, from readings or from the buckets of a rollup."""

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from services.charting.charts.series import RollupRow
from services.charting.charts.valueaxis import drawable, is_steady, step_of

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
MOST_BINS = 60
_FEWEST_BINS = 8
_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Bin:
    """The share of the readings from `start` to `end`, and about how many that are."""

    start: float
    end: float
    share: float
    count: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """bins: next to each other, each `width` wide. quantiles: (share, value) of QUANTILES. count: of all readings."""

    bins: Sequence[Bin]
    width: float
    quantiles: Sequence[tuple[float, float]]
    count: int


class _Values(Protocol):
    low: float
    high: float
    count: int

    def below(self, value: float) -> float:
        """How many are less than `value`."""

    def quantile(self, share: float) -> float:
        """The value that `share` of all lie below."""


def of_readings(values: Sequence[float]) -> Histogram | None:
    """The histogram of these readings, None where there are none. Quantiles are interpolated linearly (R's type 7)."""
    return _histogram(_Readings([drawable(value) for value in values])) if values else None


def of_rollups(rows: Sequence[RollupRow]) -> Histogram | None:
    """An estimate of the histogram of the readings that these buckets summarize, None where there are none.

    Of a bucket only count, extremes and mean are known. Its readings are taken to be spread evenly from minimum to mean and evenly
    from mean to maximum, in the one proportion that has this mean: so extremes and mean of the whole are exact.
    """
    return _histogram(_Spread(rows)) if rows else None


def _histogram(values: _Values) -> Histogram:
    quantiles = [(share, values.quantile(share)) for share in QUANTILES]
    width = _width(values, quantiles[3][1] - quantiles[1][1])
    if is_steady(values.low, values.high):
        edges = [values.low - width / 2, values.high + width / 2]  # on a round edge it would be neither here nor there
    else:
        edges = [number * width for number in range(math.floor(values.low / width), math.floor(values.high / width) + 2)]
    reached = [values.below(edge) for edge in edges]
    reached[0], reached[-1] = 0.0, float(values.count)
    bins = [
        Bin(start, end, (upto - since) / values.count, round(upto - since))
        for (start, end), (since, upto) in zip(pairwise(edges), pairwise(reached), strict=True)
    ]
    return Histogram(bins, width, quantiles, values.count)


def _width(values: _Values, iqr: float) -> float:
    """The width of a bin: Freedman and Diaconis (1981), 2 IQR / n^(1/3), within 8 to 60 bins, rounded up to 1, 2 or 5 x 10^k."""
    if is_steady(values.low, values.high):
        return step_of(values.high)
    span = values.high - values.low
    wanted = 2 * iqr / values.count ** (1 / 3)
    return _round_up(min(max(wanted, span / MOST_BINS), span / _FEWEST_BINS))


def _round_up(width: float) -> float:
    power = 10.0 ** math.floor(math.log10(width))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= width * (1 - 1e-9))


class _Readings:
    def __init__(self, values: Sequence[float]) -> None:
        self._sorted = sorted(values)
        self.low, self.high, self.count = self._sorted[0], self._sorted[-1], len(values)

    def below(self, value: float) -> float:
        return bisect_left(self._sorted, value)

    def quantile(self, share: float) -> float:
        position = share * (self.count - 1)
        at = int(position)
        following = self._sorted[min(at + 1, self.count - 1)]
        return self._sorted[at] + (following - self._sorted[at]) * (position - at)


class _Spread:
    """Evenly spread stretches as one piecewise linear cumulative count, and single values beside them."""

    def __init__(self, rows: Sequence[RollupRow]) -> None:
        self.low, self.high = drawable(min(row["min"] for row in rows)), drawable(max(row["max"] for row in rows))
        self.count = sum(row["count"] for row in rows)
        changes: defaultdict[float, float] = defaultdict(float)
        single: defaultdict[float, float] = defaultdict(float)
        for row in rows:
            low, mean, high = drawable(row["min"]), drawable(row["mean"]), drawable(row["max"])
            count = row["count"]
            share = (high - mean) / (high - low) if high > low else 1.0
            for start, end, weight in ((low, mean, count * share), (mean, high, count * (1 - share))):
                if not is_steady(start, end):
                    changes[start] += weight / (end - start)
                    changes[end] -= weight / (end - start)
                else:
                    single[start] += weight
        self._edges, self._reached = sorted(changes), [0.0]
        density = 0.0
        for start, end in pairwise(self._edges):
            density = max(0.0, density + changes[start])
            self._reached.append(self._reached[-1] + density * (end - start))
        self._values, self._sums = sorted(single), [0.0]
        for value in self._values:
            self._sums.append(self._sums[-1] + single[value])

    def below(self, value: float) -> float:
        total = self._sums[bisect_left(self._values, value)]
        if not self._edges or value <= self._edges[0]:
            return total
        at = bisect_right(self._edges, value) - 1
        if at >= len(self._edges) - 1:
            return total + self._reached[-1]
        start, end = self._edges[at], self._edges[at + 1]
        return total + self._reached[at] + (self._reached[at + 1] - self._reached[at]) * (value - start) / (end - start)

    def quantile(self, share: float) -> float:
        low, high = self.low, self.high
        for _ in range(_HALVINGS):
            middle = low + (high - low) / 2
            if self.below(middle) > share * self.count:
                high = middle
            else:
                low = middle
        return low + (high - low) / 2
