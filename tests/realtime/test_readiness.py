"""Waiting for many connections at once: who speaks is heard, whatever the others do."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from realtime.readiness import Readiness
from tests.support.eventually import eventually


class Line:
    """One end of a connection, and what came over it."""

    def __init__(self, readiness: "Readiness[Line]", then: Callable[[], None] = lambda: None) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.heard: list[bytes] = []
        self._readiness = readiness
        self._then = then

    def fileno(self) -> int:
        return self.ours.fileno()

    def ready(self) -> None:
        self.heard.append(self.ours.recv(100))
        self._then()
        self._readiness.watch(self)


@pytest.fixture
def readiness() -> Readiness[Line]:
    return Readiness("test")


@pytest.fixture
def line(readiness: Readiness[Line]) -> Iterator[Callable[..., Line]]:
    made: list[Line] = []

    def make(then: Callable[[], None] = lambda: None) -> Line:
        made.append(Line(readiness, then))
        readiness.watch(made[-1])
        return made[-1]

    yield make
    for each in made:
        readiness.forget(each.fileno())
        each.ours.close()
        each.theirs.close()


def test_whoever_speaks_is_heard_in_order(line: Callable[..., Line]) -> None:
    lines = [line() for _ in range(20)]
    for number in range(5):
        for each in lines:
            each.theirs.send(b"%d" % number)
    for each in lines:
        eventually(lambda each=each: b"".join(each.heard) == b"01234")


def test_a_handler_that_waits_holds_up_nobody_else(line: Callable[..., Line]) -> None:
    go_on = threading.Event()
    slow, quick = [line(lambda: go_on.wait(30) and None) for _ in range(30)], line()
    for each in slow:
        each.theirs.send(b"x")
    eventually(lambda: all(each.heard for each in slow))
    quick.theirs.send(b"y")
    eventually(lambda: quick.heard == [b"y"])
    go_on.set()


def test_a_handler_that_fails_stops_nobody_else(line: Callable[..., Line]) -> None:
    def fail() -> None:
        raise RuntimeError("a handler failed")

    broken, fine = line(fail), line()
    broken.theirs.send(b"x")
    eventually(lambda: broken.heard == [b"x"])
    fine.theirs.send(b"y")
    eventually(lambda: fine.heard == [b"y"])


def test_who_is_forgotten_is_not_heard_and_their_number_may_be_anothers(
    readiness: Readiness[Line], line: Callable[..., Line]
) -> None:
    gone, other = line(), line()
    readiness.forget(gone.fileno())
    gone.theirs.send(b"x")
    other.theirs.send(b"y")
    eventually(lambda: other.heard == [b"y"])
    assert gone.heard == []
    number = gone.fileno()
    gone.ours.close()
    new = line()
    assert new.fileno() == number, "the lowest that is free"
    new.theirs.send(b"z")
    eventually(lambda: new.heard == [b"z"])
