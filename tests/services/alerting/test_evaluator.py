"""The evaluator against a reference that looks at the whole series at once, over noisy series in parts of any size."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.alerts import Phase
from services.alerting.evaluator import LONGEST_WINDOWS, QUIET, Condition, Progress, Timed, rates, silence, step

VALUES = st.integers(-8, 8).map(lambda n: n / 2)
SERIES = st.lists(st.tuples(st.integers(1, 50), VALUES), max_size=60)
CONDITIONS = st.builds(
    Condition, side=st.sampled_from(["above", "below"]), threshold=VALUES, hysteresis=st.integers(0, 6).map(lambda n: n / 2),
    for_ms=st.sampled_from([0, 1, 30, 100]),
)  # fmt: skip


def series_of(gaps: list[tuple[int, float]]) -> list[Timed]:
    at, found = 1_000, []
    for gap, value in gaps:
        at += gap
        found.append((at, value))
    return found


def run(condition: Condition, series: list[Timed]) -> list[Progress]:
    progress, found = QUIET, []
    for ts, value in series:
        progress = step(condition, progress, ts, value)
        found.append(progress)
    return found


def expected_phase(condition: Condition, series: list[Timed], at: int) -> Phase:
    """What the phase is after reading `at`, from the definition: the last decisive reading says whether the trigger is on."""
    sign = 1 if condition.side == "above" else -1
    distances = [sign * (value - condition.threshold) for _, value in series[: at + 1]]
    decisive = [n for n, distance in enumerate(distances) if distance > 0 or distance <= -condition.hysteresis]
    if not decisive or distances[decisive[-1]] <= 0:
        return "ok"
    lows = [n for n in decisive if distances[n] <= 0]
    begun = min(n for n in decisive if n > (lows[-1] if lows else -1))
    return "firing" if series[at][0] - series[begun][0] >= condition.for_ms else "pending"


@given(CONDITIONS, SERIES)
def test_every_reading_leads_to_the_phase_of_the_definition(condition: Condition, gaps: list[tuple[int, float]]) -> None:
    series = series_of(gaps)
    assert [progress.phase for progress in run(condition, series)] == [
        expected_phase(condition, series, at) for at in range(len(series))
    ]


@given(CONDITIONS, SERIES)
def test_an_incident_s_peak_is_its_worst_value(condition: Condition, gaps: list[tuple[int, float]]) -> None:
    series = series_of(gaps)
    for at, progress in enumerate(run(condition, series)):
        if progress.since_ms is None:
            assert progress == QUIET
        else:
            during = [value for ts, value in series[: at + 1] if ts >= progress.since_ms]
            assert progress.peak == (max if condition.side == "above" else min)(during)


@given(st.sampled_from(["above", "below"]), st.lists(st.floats(-0.49, 0.49), min_size=2, max_size=100))
def test_noise_smaller_than_the_hysteresis_never_switches_twice(side: str, noise: list[float]) -> None:
    condition = Condition(side, 0.0, hysteresis=1.0)  # type: ignore[arg-type]
    phases = [progress.phase for progress in run(condition, [(n + 1, value) for n, value in enumerate(noise)])]
    assert sum(one != other for one, other in zip(["ok", *phases], phases, strict=False)) <= 1


def expected_base(series: list[Timed], at: int, window: int) -> Timed | None:
    """The reading that the rate at reading `at` is taken from, by the definition."""
    ts = series[at][0]
    inside = [reading for reading in series[: at + 1] if reading[0] >= ts - window]
    if 2 * (ts - inside[0][0]) >= window:
        return inside[0]
    outside = [reading for reading in series if ts - LONGEST_WINDOWS * window <= reading[0] < ts - window]
    return outside[-1] if outside else None


SPARSE = st.lists(st.tuples(st.one_of(st.integers(1, 50), st.integers(100, 4_000)), VALUES), min_size=1, max_size=60)


@given(SPARSE, st.sampled_from([20, 100, 300]), st.integers(1, 10))
def test_a_rate_is_from_the_reading_of_the_definition_in_parts_of_any_size(
    gaps: list[tuple[int, float]], window: int, part: int
) -> None:
    series = series_of(gaps)

    def oldest(start: int) -> Iterator[Timed]:
        return (reading for reading in series if reading[0] >= start)

    def before(end: int) -> Timed | None:
        return next((reading for reading in reversed(series) if reading[0] < end), None)

    found: list[tuple[int, float | None]] = []
    for begin in range(0, len(series), part):
        found += rates(series[begin : begin + part], window, oldest, before)
    for at, ((ts, value), (found_at, rate)) in enumerate(zip(series, found, strict=True)):
        base = expected_base(series, at, window)
        assert found_at == ts
        if base is None:
            assert rate is None
        else:
            assert rate == pytest.approx((value - base[1]) / ((ts - base[0]) / 60_000))


@pytest.mark.parametrize(
    ("quiet_since", "watched_since", "moment", "firing", "silent", "look_at"),
    [
        (0, 0, 99_999, False, False, 100_000),
        (0, 0, 100_000, False, True, 200_000),
        # Watched for a moment only: perhaps it was the server that could not be reached.
        (0, 95_000, 100_000, False, False, 125_000),
        (0, 95_000, 125_000, False, True, 225_000),
        # What is silent already does not count as heard because somebody else evaluates it now.
        (0, 95_000, 100_000, True, True, 200_000),
        (90_000, 0, 100_000, True, False, 190_000),
    ],
)
def test_silence_by_the_clock(quiet_since: int, watched_since: int, moment: int, firing: bool, silent: bool, look_at: int) -> None:
    found = silence(100_000, quiet_since, watched_since, moment, firing=firing, settle_ms=30_000)
    assert (found.silent, found.look_at) == (silent, look_at)
