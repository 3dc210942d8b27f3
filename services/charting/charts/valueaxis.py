"""Which values a chart can draw, and how far the axis of its values reaches."""

import math
from collections.abc import Iterable

# Vega computes in doubles too: with values closer to nothing than this its ticks fail, and with larger ones the length of an
# axis is no number any more.
LEAST = 1e-290
MOST = 5e307
# Values that differ by less than this share of themselves are one value: the ticks between them would be noise.
_SAME = 1e-9
# A steady value is labelled with so many significant digits at most.
_DIGITS = 6

LABEL = "datum.value != 0 && (abs(datum.value) >= 1e12 || abs(datum.value) < 1e-9) ? format(datum.value, '.10~e') : datum.label"
"""A tick's label as a Vega expression: plain digits, an exponent only where they would be too many to read."""


def drawable(value: float) -> float:
    """The value, or the nearest one that can be drawn: within MOST of 0, and 0 where it is closer to it than LEAST."""
    return max(-MOST, min(MOST, value)) if abs(value) >= LEAST else 0.0


def value_range(values: Iterable[float]) -> tuple[float, float]:
    """The (lowest, highest) value that the axis of drawable values has to show, from 0 to 1 for none.

    Of a steady value that is a little more on either side, with the value itself on a round number between them: 3.1 to 3.5 for
    3.3. An axis of no length has a single tick, which Vega writes without decimals.
    """
    values = list(values)
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    if not is_steady(low, high):
        return low, high
    around = 2 * step_of(low)
    return max(-MOST, low - around), min(MOST, high + around)


def is_steady(low: float, high: float) -> bool:
    """Whether values from low to high are one value."""
    return high - low <= _SAME * max(abs(low), abs(high))


def step_of(value: float) -> float:
    """The power of ten that a steady value is told to: of its last digit, and small beside the value."""
    if value == 0:
        return 0.5
    mantissa, _, exponent = f"{abs(value):.{_DIGITS - 1}e}".partition("e")
    power = int(exponent) - len(mantissa.rstrip("0").partition(".")[2])
    while 4.0 * 10.0**power > abs(value) * (1 + _SAME):
        power -= 1
    return math.pow(10.0, power)
