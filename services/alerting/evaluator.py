"""When readings are an alert: pure functions over times and values, which know neither documents nor clocks.

A condition is a Schmitt trigger followed by a delay. The trigger switches on where a value passes the threshold and off where
one comes back by at least the hysteresis, so that noise around the threshold does not switch it. The condition fires once the
trigger has been on for `for_ms`, by the times of the readings; it is over when the trigger switches off.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from models.alerts import Phase

Timed = tuple[int, float]


@dataclass(frozen=True, slots=True)
class Condition:
    """side: whether values above or below `threshold` are the ones that matter. hysteresis: 0 or more. for_ms: 0 or more."""

    side: Literal["above", "below"]
    threshold: float
    hysteresis: float = 0.0
    for_ms: int = 0

    def passes(self, value: float) -> bool:
        """Whether the value switches the trigger on."""
        return value > self.threshold if self.side == "above" else value < self.threshold

    def holds(self, value: float) -> bool:
        """Whether the value leaves a trigger on that is on."""
        if self.side == "above":
            return value > self.threshold - self.hysteresis
        return value < self.threshold + self.hysteresis

    def worst(self, *values: float | None) -> float | None:
        """The most extreme of the values that there are."""
        known = [value for value in values if value is not None]
        return (max if self.side == "above" else min)(known) if known else None


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the evaluation of a condition is. since_ms: of the reading that switched the trigger on. peak: the worst since."""

    phase: Phase = "ok"
    since_ms: int | None = None
    peak: float | None = None


QUIET = Progress()


def step(condition: Condition, progress: Progress, ts: int, value: float) -> Progress:
    """The progress after one more reading, which is later than all before it."""
    on = condition.passes(value) if progress.since_ms is None else condition.holds(value)
    if not on:
        return QUIET
    since = ts if progress.since_ms is None else progress.since_ms
    fires = progress.phase == "firing" or ts - since >= condition.for_ms
    return Progress("firing" if fires else "pending", since, condition.worst(value, progress.peak))


def rate_side(per_minute: float) -> Literal["above", "below"]:
    """A positive limit is about rising faster, a negative one about falling faster."""
    return "above" if per_minute > 0 else "below"


LONGEST_WINDOWS = 10
"""A rate is taken from a reading that is at most so many windows old."""


def rates(
    readings: Iterable[Timed], window_ms: int, oldest: Callable[[int], Iterator[Timed]], before: Callable[[int], Timed | None]
) -> Iterator[tuple[int, float | None]]:
    """The change a minute at each reading: from the oldest reading within `window_ms` before it to itself.

    Where that one is not even half of the window old the last reading from before the window is taken, if it is at most
    LONGEST_WINDOWS windows old: two readings that lie close together would make any noise a steep rise, and a sensor that sends
    more rarely than its window has no other. None where there is none.

    oldest: gives the same sensor's readings in order of time, from a time on. before: gives its last reading before a time. What
    lies in the window is not read but for its first reading, so this costs what the new readings cost, however long the window.
    """
    baselines: Iterator[Timed] | None = None
    baseline: Timed | None = None
    earlier: Timed | None = None
    knows_earlier = False
    for ts, value in readings:
        if baselines is None:
            baselines = oldest(ts - window_ms)
            baseline = next(baselines, None)
        while baseline is not None and baseline[0] < ts - window_ms:
            earlier, knows_earlier = baseline, True
            baseline = next(baselines, None)
        base = baseline
        if base is None or 2 * (ts - base[0]) < window_ms:
            if not knows_earlier:
                earlier, knows_earlier = before(ts if base is None else base[0]), True
            base = None if earlier is None or ts - earlier[0] > LONGEST_WINDOWS * window_ms else earlier
        yield ts, None if base is None else (value - base[1]) * 60_000 / (ts - base[0])


@dataclass(frozen=True, slots=True)
class Silence:
    """Whether a sensor is silent, and when to look again (ms since the epoch)."""

    silent: bool
    look_at: int


def silence(for_ms: int, quiet_since: int, watched_since: int, moment: int, *, firing: bool, settle_ms: int) -> Silence:
    """Whether a sensor that was last heard of at `quiet_since` has been silent for `for_ms` at `moment`.

    watched_since: since when somebody evaluates this without interruption. After a restart a sensor gets a while, at most
    `settle_ms`, to be heard before it counts as silent: perhaps it was the server that nobody could reach. What counts as
    silent already (`firing`) stays so until the sensor is heard.
    """
    ends = quiet_since + for_ms
    if firing and moment >= ends:
        return Silence(True, moment + for_ms)
    look_at = max(ends, watched_since + min(for_ms, settle_ms))
    return Silence(moment >= look_at, moment + for_ms if moment >= look_at else look_at)
