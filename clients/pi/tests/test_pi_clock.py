from __future__ import annotations

import random

import pytest

from fieldroom_pi.clock import Backoff, Schedule


def test_due_times_do_not_drift_with_the_length_of_a_reading() -> None:
    schedule = Schedule(100, origin=50.0)
    now, due = 50.0, []
    for took in [0.03, 0.07, 0.0, 0.09, 0.02] * 200:
        due.append(schedule.next_due(now))
        now = max(now, due[-1]) + took
    assert due == pytest.approx([50.0 + n * 0.1 for n in range(1000)])


def test_due_times_that_were_missed_are_left_out() -> None:
    schedule = Schedule(1_000, origin=0.0)
    assert schedule.next_due(0.0) == 0.0
    assert schedule.next_due(3.4) == 4.0
    assert schedule.next_due(4.1) == 5.0


def test_a_wake_up_a_little_early_does_not_give_the_same_due_time_twice() -> None:
    schedule = Schedule(1_000, origin=0.0)
    assert [schedule.next_due(now) for now in (0.0, 0.0, 0.9999, 2.0004)] == [0.0, 1.0, 2.0, 3.0]


def test_delays_double_up_to_the_maximum_and_start_again_after_a_success() -> None:
    backoff = Backoff(1.0, 60.0, random.Random(7))
    delays = [backoff.next() for _ in range(2_000)]
    for step, delay in enumerate(delays):
        whole = min(2.0**step, 60.0) if step < 10 else 60.0
        assert whole / 2 <= delay <= whole
    assert len(set(delays[10:])) > 1_000
    backoff.reset()
    assert backoff.next() <= 1.0
