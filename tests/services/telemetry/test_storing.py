"""Group commit: what comes at the same time is stored together, and everybody learns of their own."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from models.odm import Database, DatabaseUnavailable
from models.readings import Reading, number_of, timed_id
from services.telemetry import marks
from services.telemetry.storing import GroupWriter
from tests.support.eventually import eventually
from tests.support.threads import context_thread

T0 = 1_760_000_000_000
Rows = list[tuple[int, float]]


def batch(number: int, count: int, start: int = T0) -> Rows:
    return [(timed_id(number, start + n), float(n)) for n in range(count)]


def at_once(writer: GroupWriter, batches: Sequence[Rows], until: Callable[[int], None], senders: str | None = None) -> list[Any]:
    """Store batches, each by a thread of its own, all but the first while the first is being stored; what each got.

    senders: whose each is, a letter each.
    """
    got: list[Any] = [None] * len(batches)

    def store(at: int) -> None:
        try:
            got[at] = writer.store(batches[at], senders and senders[at])
        except BaseException as error:
            got[at] = error

    threads = []
    for at in range(len(batches)):
        threads.append(context_thread(target=store, args=(at,)))
        threads[-1].start()
        until(at)
    for thread in threads:
        thread.join(30)
    return got


class Gate:
    """Holds the first insert up until the others wait, and lets a test change what an insert does."""

    def __init__(self, writer: GroupWriter, monkeypatch: pytest.MonkeyPatch) -> None:
        self.writer, self.open, self.calls = writer, threading.Event(), 0
        self.error: BaseException | None = None
        self._insert = Reading.insert_rows
        monkeypatch.setattr(Reading, "insert_rows", self)

    def __call__(self, rows: Rows) -> Any:
        self.calls += 1
        if self.calls == 1:
            assert self.open.wait(30)
            if self.error is not None:
                raise self.error
        return self._insert(rows)

    def waiting(self, expected: int) -> Callable[[int], None]:
        def until(at: int) -> None:
            eventually(lambda: self.calls == 1 if at == 0 else len(self.writer._line) == at)
            if at == expected - 1:
                self.open.set()

        return until


def test_batches_that_wait_together_share_a_commit(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = GroupWriter()
    gate = Gate(writer, monkeypatch)
    batches = [batch(number, 5) for number in range(1, 21)]
    with db.count_queries() as counts:
        assert at_once(writer, batches, gate.waiting(20)) == [set()] * 20
    assert counts.writes == 6, "twice the mark, the readings and the mark again: for the first, and for all the others"
    assert Reading.count() == 100
    assert marks.minutes_of(marks.due(100)) == {id - (id % (1 << 42)) % 60_000 for rows in batches for id, _ in rows}


def test_many_batches_of_one_device_do_not_go_before_anothers(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = GroupWriter()
    gate = Gate(writer, monkeypatch)
    marked: list[int] = []
    place = marks.place

    def note(ids: Sequence[int]) -> Any:
        marked.append(number_of(ids[0]))
        return place(ids)

    monkeypatch.setattr(marks, "place", note)
    # Each is a group of its own; the calm ones came last, but for one.
    batches = [batch(number, 300, T0 + 1000 * number) for number in range(1, 9)]
    assert at_once(writer, batches, gate.waiting(8), "ffffffab") == [set()] * 8
    assert marked == [1, 2, 7, 8, 3, 4, 5, 6]
    assert len(writer._line) == 0
    assert Reading.count() == 2_400


def test_everybody_learns_of_their_own_duplicates(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = GroupWriter()
    gate = Gate(writer, monkeypatch)
    first, again, half, new = batch(1, 4), batch(1, 4), batch(1, 4, T0 + 2), batch(2, 3)
    assert at_once(writer, [first, new, again, half, new], gate.waiting(5)) == [set(), set(), {0, 1, 2, 3}, {0, 1}, {0, 1, 2}]
    assert Reading.get(timed_id(1, T0 + 2)) == Reading(id=timed_id(1, T0 + 2), v=2.0), "the first value of a moment stays"
    assert Reading.count() == 9


def test_a_large_batch_waits_for_nobody_and_is_stored_in_slices(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = GroupWriter()
    gate = Gate(writer, monkeypatch)
    assert at_once(writer, [batch(1, 1), batch(2, 5000), batch(3, 5000), batch(4, 1)], gate.waiting(4)) == [set()] * 4
    assert Reading.count() == 10_002
    assert gate.calls == 1 + 50 + 50 + 1


def test_a_database_that_is_away_is_told_to_those_whose_readings_it_did_not_take(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = GroupWriter()
    gate = Gate(writer, monkeypatch)
    gate.error = DatabaseUnavailable("away")
    got = at_once(writer, [batch(1, 2), batch(2, 2), batch(3, 2)], gate.waiting(3))
    assert isinstance(got[0], DatabaseUnavailable)
    assert got[1:] == [set(), set()]
    assert Reading.count() == 4
    assert writer.store(batch(1, 2)) == set()


def test_whoever_is_ended_while_storing_holds_nobody_up(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = GroupWriter()
    gate = Gate(writer, monkeypatch)
    gate.error = SystemExit()
    got = at_once(writer, [batch(1, 2), batch(2, 2)], gate.waiting(2))
    assert isinstance(got[0], SystemExit)
    assert got[1] == set()
    assert writer.store(batch(1, 2)) == set()
