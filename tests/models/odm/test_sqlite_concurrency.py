"""Threads, green threads and processes share one file; what was acknowledged stays."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from models.odm import Database, DatabaseUnavailable, connect
from models.odm.sqlite import SqliteEngine
from tests.models.odm.writers import Entry, Tally
from tests.support.threads import context_thread

ROOT = Path(__file__).parents[3]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'shared.db'}"


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = connect(url, [Entry, Tally])
    yield database
    database.close()


def start(*arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.models.odm.writers", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def output(process: "subprocess.Popen[str]") -> IO[str]:
    assert process.stdout is not None
    return process.stdout


def assert_sound(database: Database) -> None:
    assert isinstance(database.engine, SqliteEngine)
    assert database.engine.integrity_errors() == []


def test_threads_share_a_database(database: Database) -> None:
    failures: list[Exception] = []

    def work(writer: str) -> None:
        try:
            for number in range(50):
                Tally.find_one_and_update({"_id": "all"}, {"$inc": {"value": 1}}, upsert=True)
                Entry(writer=writer, number=number, tags=["a", writer]).insert()
                assert Entry.count({"writer": writer}) == number + 1
                assert len(Entry.find({"tags": writer}, sort=[("number", -1)], limit=3)) == min(3, number + 1)
        except Exception as error:
            failures.append(error)

    threads = [context_thread(target=work, args=(f"t{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert Tally.get("all") == Tally(id="all", value=400)
    assert Entry.count() == Entry.count({"tags": "a"}) == 400
    assert_sound(database)


def test_processes_share_a_file_and_their_increments_add_up(url: str, database: Database) -> None:
    processes = [start("count", url, f"p{n}", "100") for n in range(3)]
    for number in range(100):
        Tally.find_one_and_update({"_id": "all"}, {"$inc": {"value": 1}}, upsert=True)
        Entry(writer="here", number=number, tags=["a"]).insert()
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert Tally.get("all") == Tally(id="all", value=400)
    assert Entry.count_by("writer") == {"here": 100, "p0": 100, "p1": 100, "p2": 100}
    assert Entry.count({"tags": "a"}) == 400
    assert_sound(database)


def test_a_killed_writer_loses_nothing_that_it_acknowledged(url: str) -> None:
    connect(url, [Entry, Tally]).close()
    writers = [start("stream", url, f"p{n}") for n in range(2)]
    acknowledged: list[int] = []
    for writer in writers:
        for line in output(writer):
            if int(line) >= 100:
                break
    for writer in writers:
        writer.kill()
        rest = [int(line) for line in output(writer).read().splitlines()]
        acknowledged.append(max(rest, default=100))
        writer.wait(10)
    database = connect(url, [Entry, Tally])
    for number, last in enumerate(acknowledged):
        stored = sorted(entry.number for entry in Entry.find({"writer": f"p{number}"}))
        assert stored == list(range(len(stored)))
        assert len(stored) >= last + 1
        assert Entry.count({"tags": "a", "writer": f"p{number}"}) == len(stored)
    assert_sound(database)
    database.close()


def test_a_writer_waits_for_another_process(url: str, database: Database) -> None:
    holder = start("hold", url, "0.4")
    assert output(holder).readline() == "held\n"
    # Reading needs no lock.
    assert Entry.count() == 0
    began = time.monotonic()
    Entry(writer="w", number=1).insert()
    assert time.monotonic() - began > 0.1
    assert Entry.count() == 1
    holder.wait(10)


def test_a_writer_that_waits_too_long_finds_the_database_unavailable(url: str, tmp_path: Path) -> None:
    database = connect(url, [Entry, Tally], busy_timeout_ms=50)
    holder = start("hold", url, "5")
    assert output(holder).readline() == "held\n"
    operations: list[Any] = [
        lambda: Entry(writer="w", number=1).insert(),
        lambda: Entry.insert_many([Entry(writer="w", number=2)]),
        lambda: Tally.update_one({"_id": "t"}, {"$inc": {"value": 1}}, upsert=True),
        lambda: Tally.delete_many({"value": 1}),
    ]
    for operation in operations:
        with pytest.raises(DatabaseUnavailable, match="another process"):
            operation()
    assert Entry.count() == 0
    holder.kill()
    holder.wait(10)
    Entry(writer="w", number=3).insert()
    assert Entry.count() == 1
    database.close()


def test_a_fork_uses_connections_of_its_own(url: str, database: Database) -> None:
    Entry(writer="parent", number=0).insert()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            for number in range(50):
                Entry(writer="child", number=number).insert()
            status = 0 if Entry.count({"writer": "parent"}) >= 1 else 2
        finally:
            os._exit(status)
    for number in range(1, 50):
        Entry(writer="parent", number=number).insert()
    assert os.waitpid(child, 0)[1] == 0
    assert Entry.count_by("writer") == {"parent": 50, "child": 50}
    assert_sound(database)


@pytest.mark.parametrize("mode", ["eventlet", "gevent"])
def test_green_threads_write_at_once_and_none_is_held_up_by_another_process(url: str, mode: str) -> None:
    connect(url, [Entry, Tally]).close()
    process = start("green", url, mode)
    written, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    ticks, tally, entries = written.split()
    assert (int(tally), int(entries)) == (100, 100)
    # The other process holds the file for 0.5 s. Were that waited for in SQLite, nobody else would run meanwhile.
    assert int(ticks) > 20
