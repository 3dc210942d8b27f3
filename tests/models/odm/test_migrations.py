"""Versions of the models on the same data at once, and the migrations that lead from one to the next."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from models.odm import (
    CopyField,
    Database,
    DatabaseTooNew,
    Document,
    DropCollection,
    DropIndex,
    DuplicateKey,
    Index,
    Migration,
    MigrationBlocked,
    NotUnique,
    OdmError,
    RemoveField,
    connect,
    open_database,
)
from models.odm.ledger import FORMAT, STAMP
from tests.models.conftest import beside
from tests.models.odm.upgraders import RENAME, FirstPost, SecondPost, options

ROOT = Path(__file__).parents[3]


@contextmanager
def opened(url: str, *documents: type[Document], migrations: tuple[Migration, ...] = ()) -> Iterator[Database]:
    database = open_database(url, documents, migrations=migrations, **options(url))
    try:
        with beside(database):
            yield database
    finally:
        database.close()


def process(role: str, url: str, *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.models.odm.upgraders", role, url, *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def say(writer: "subprocess.Popen[str]", text: str) -> str:
    assert writer.stdin is not None
    assert writer.stdout is not None
    writer.stdin.write(f"{text}\n")
    writer.stdin.flush()
    return writer.stdout.readline().strip()


def test_an_older_process_at_work_keeps_a_newer_one_s_indexes_right(url: str) -> None:
    writer = process("write", url, "old")
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        assert say(writer, "50") == "50"
        with opened(url, SecondPost, migrations=(RENAME,)):
            # The older one goes on: it does not know the new indexes, and yet all that it writes is found by them.
            assert say(writer, "50") == "100"
            assert SecondPost.count({"number": {"$gte": 1_000_000}}) == 100
            assert SecondPost.count({"labels": "replaced"}) == 100
            assert SecondPost.count({"text": ""}) == 50
            SecondPost(author="new", number=1, text="t").insert()
            say(writer, "1")
            assert SecondPost.count({"author": "old"}) == 101
            assert SecondPost.find_one({"text": "t"}) is not None
    finally:
        writer.communicate("stop\n", timeout=20)
    assert writer.returncode == 0


@pytest.mark.deviates("nx", "gives indexes names and directions of its own")
def test_an_older_version_started_beside_a_newer_one_takes_nothing_from_it(url: str) -> None:
    with opened(url, FirstPost):
        FirstPost(author="a", number=1, body="b").insert()
    with opened(url, SecondPost, migrations=(RENAME,)) as newer:
        for _ in range(2):
            with opened(url, FirstPost) as older:
                FirstPost(author="a", number=2).insert()
                assert len(older.upgrade.status().leftovers) == 3
                assert older.upgrade.status().others != []
        assert newer.upgrade.status().leftovers == []
        assert newer.upgrade.status().others == []
        assert SecondPost.count({"number": 2}) == 2


class Inner(BaseModel):
    name: str = ""


class NewerInner(BaseModel):
    name: str = ""
    size: int = 0


class Known(Document):
    class Settings:
        collection = "kept"

    name: str
    note: str | None = None
    inner: Inner = Inner()


class Newer(Document):
    class Settings:
        collection = "kept"
        indexes = [Index("added")]

    name: str
    note: str | None = None
    inner: NewerInner = NewerInner()
    added: str = ""


@pytest.mark.parametrize("how", ["replace", "update", "find and update"])
def test_an_older_version_reads_what_a_newer_one_wrote_and_loses_nothing_of_it(url: str, how: str) -> None:
    with opened(url, Newer), opened(url, Known):
        written = Newer(name="n", note="x", added="kept", inner=NewerInner(name="i", size=5)).insert()
        found = Known.get(written.id)
        assert found == Known(id=written.id, name="n", note="x", inner=Inner(name="i"))
        assert found is not None
        if how == "replace":
            found.name, found.note, found.inner.name = "m", None, "j"
            assert found.replace()
        elif how == "update":
            Known.update_one({"_id": found.id}, {"$set": {"name": "m", "note": None, "inner.name": "j"}})
        else:
            Known.find_one_and_update({"name": "n"}, {"$set": {"name": "m", "note": None, "inner.name": "j"}})
        expected = Newer(id=written.id, name="m", note=None, added="kept", inner=NewerInner(name="j", size=5))
        assert Newer.get(written.id) == Newer.find_one({"added": "kept"}) == expected


def test_a_field_is_renamed_while_both_versions_run(url: str) -> None:
    with opened(url, FirstPost) as older:
        posts = [FirstPost(author="a", number=number, body=f"b{number}").insert() for number in range(450)]
        with opened(url, SecondPost, migrations=(RENAME,)) as newer:
            assert SecondPost.find_one({"text": "b7"}) is not None
            assert SecondPost.count({"text": {"$gte": "b"}}) == 450
            assert FirstPost.get(posts[7].id) == posts[7]
            with pytest.raises(MigrationBlocked, match="first stop"):
                newer.upgrade.contract()
            older.close()
            assert newer.upgrade.contract() == ["posts-text"]
            assert newer.upgrade.contract() == []
            assert newer.upgrade.status().migrations == {"posts-text": "contracted"}
            assert SecondPost.count({"body": {"$gte": "b"}}) == 0
            assert SecondPost.count({"text": {"$gte": "b"}}) == 450
    with pytest.raises(DatabaseTooNew, match=r"newer version.* posts-text") as raised, opened(url, FirstPost):
        pass
    assert "\n" not in str(raised.value)


def test_a_migration_killed_in_the_middle_is_ended_by_the_next_process(url: str) -> None:
    with opened(url, FirstPost):
        FirstPost.insert_many([FirstPost(author="a", number=number) for number in range(450)])
    first = process("migrate", url, "0.004", "0")
    assert first.stdout is not None
    for _ in range(300):
        first.stdout.readline()
    first.send_signal(signal.SIGKILL)
    first.wait(10)
    second = process("migrate", url, "0", "0")
    told = second.communicate(timeout=60)[0].split()
    assert second.returncode == 0
    assert told[-2:] == ["open", "450"]
    # It went on after the last whole batch of 200, and did not begin anew.
    assert len(told) - 2 <= 250
    with opened(url, SecondPost):
        assert sorted(post.number for post in SecondPost.find()) == list(range(1000, 1450))


def test_of_several_processes_that_start_at_once_one_migrates(url: str) -> None:
    with opened(url, FirstPost):
        FirstPost.insert_many([FirstPost(author="a", number=number) for number in range(250)])
    at = str(time.time() + 2.5)
    started = [process("migrate", url, "0.002", at) for _ in range(3)]
    told = [one.communicate(timeout=90)[0].split() for one in started]
    assert [one.returncode for one in started] == [0, 0, 0]
    assert sorted(len(lines) - 2 for lines in told) == [0, 0, 250]
    assert [lines[-2:] for lines in told] == [["open", "250"]] * 3


def test_a_newer_database_is_refused_where_its_difference_is_no_addition(url: str) -> None:
    harmless = Migration("harmless", expand=[RemoveField("posts", "nothing")])
    breaking = Migration("breaking", expand=[RemoveField("posts", "nothing")], breaking=True)
    with opened(url, FirstPost):
        FirstPost(author="a", number=1).insert()
    with opened(url, FirstPost, migrations=(harmless,)) as newer:
        assert newer.upgrade.status().written_by.startswith("harmless+")
    with opened(url, FirstPost) as older:
        assert older.upgrade.status().migrations == {"harmless": "expanded"}
        assert older.upgrade.status().written_by.startswith("base+")
        with pytest.raises(MigrationBlocked, match="breaking"):
            connect(url, [FirstPost], migrations=[harmless, breaking], **options(url))
    with opened(url, FirstPost, migrations=(harmless, breaking)):
        pass
    with pytest.raises(DatabaseTooNew, match="breaking"):
        connect(url, [FirstPost], migrations=[harmless], **options(url))
    with opened(url, FirstPost, migrations=(harmless, breaking)) as newer:
        newer.engine.ledger.write(STAMP, {"format": FORMAT + 1, "written_by": "far ahead"})
    with pytest.raises(DatabaseTooNew, match="far ahead"):
        connect(url, [FirstPost], migrations=[harmless, breaking], **options(url))


def test_an_empty_database_needs_no_migration(url: str) -> None:
    with opened(url, SecondPost, migrations=(RENAME,)) as database:
        assert database.upgrade.status().migrations == {"posts-text": "expanded"}
        assert database.upgrade.status().leftovers == []
        assert database.upgrade.status().others == []


@pytest.mark.deviates("nx", "gives indexes names and directions of its own")
def test_an_index_and_a_collection_go_by_a_migration_that_names_them(url: str) -> None:
    class Other(Document):
        class Settings:
            collection = "others"

        name: str = ""

    removal = Migration(
        "no-labels", contract=[DropIndex("posts", Index("labels")), DropIndex("posts", Index("number")), DropCollection("others")]
    )
    with opened(url, SecondPost, Other):
        SecondPost(author="a", number=1, labels=["l"]).insert()
        Other().insert()
    with opened(url, FirstPost, migrations=(removal,)) as database:
        assert len(database.upgrade.status().leftovers) == 3
        assert database.upgrade.contract() == ["no-labels"]
        (left,) = database.upgrade.status().leftovers
        assert "text" in left
        assert FirstPost.count({"labels": "l"}) == 1
    with pytest.raises(DatabaseTooNew), opened(url, SecondPost, Other):
        pass
    with opened(url, SecondPost, Other, migrations=(removal,)):
        assert Other.count() == 0
        assert SecondPost.count({"labels": "l"}) == 1


@pytest.mark.deviates("nx", "does not say why it cannot make a unique index")
def test_a_new_unique_index_that_does_not_hold_says_so_in_one_line(url: str) -> None:
    class Unique(Document):
        class Settings:
            collection = "posts"
            indexes = [Index("author", unique=True)]

        author: str
        number: int

    with opened(url, FirstPost):
        twins = [FirstPost(author="same", number=number).insert() for number in range(2)]
        FirstPost(author="other", number=2).insert()
        with pytest.raises(NotUnique, match=r"^posts: author must be unique from now on") as raised:
            connect(url, [Unique], **options(url))
        assert str(twins[0].id) in str(raised.value)
        assert str(twins[1].id) in str(raised.value)
        assert "\n" not in str(raised.value)
        assert FirstPost.count({"author": "same"}) == 2
        FirstPost.delete_one({"_id": twins[0].id})
    with opened(url, Unique), pytest.raises(DuplicateKey):
        Unique(author="same", number=1).insert()


def test_a_field_that_stored_documents_lack_needs_a_default_or_a_migration(url: str) -> None:
    class Stricter(Document):
        class Settings:
            collection = "posts"

        author: str
        title: str

    with opened(url, FirstPost):
        FirstPost(author="a", number=1, body="b").insert()
    with pytest.raises(OdmError, match="lack title, which this version requires"):
        connect(url, [Stricter], **options(url))
    with opened(url, Stricter, migrations=(Migration("titles", expand=[CopyField("posts", "body", "title")]),)):
        found: Any = Stricter.find_one()
        assert found.title == "b"


def test_two_migrations_cannot_have_the_same_name(url: str) -> None:
    with pytest.raises(ValueError, match="same name"):
        connect(url, [FirstPost], migrations=[RENAME, RENAME], **options(url))
