"""What is wrong with a file is said, and nothing is half done."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from models.odm import Database, DatabaseUnavailable, OdmError, connect
from models.odm.sqlite import SqliteEngine
from tests.models.odm.documents import Note
from tests.models.odm.writers import Entry, Tally

ROOT = Path(__file__).parents[3]


def test_a_file_that_is_no_database_is_reported(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("This is no database, but it is long enough to look like one. " * 50)
    with pytest.raises(DatabaseUnavailable, match="not a database"):
        connect(f"sqlite:///{tmp_path / 'text.db'}", [Note])


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseUnavailable, match="folder"):
        connect(f"sqlite:///{tmp_path / 'file' / 'a.db'}", [Note])


def test_a_path_that_is_a_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match="cannot be opened"):
        connect(f"sqlite:///{tmp_path}", [Note])


def test_the_folder_of_the_file_is_made(tmp_path: Path) -> None:
    database = connect(f"sqlite:///{tmp_path / 'a' / 'b c' / 'data%20file.db'}", [Note])
    assert isinstance(database.engine, SqliteEngine)
    assert database.engine.path == tmp_path / "a" / "b c" / "data file.db"
    assert database.engine.path.exists()
    database.close()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://", "sqlite:///", "sqlite://host/path", "sqlite:///folder/", "postgresql://x/y", "nonsense", "",
        "sqlite:///x.db?synchronous=off", "sqlite:///x.db?speed=11", "mongodb://", "mongodb://host:port/x",
    ],
)  # fmt: skip
def test_a_wrong_url_is_a_value_error(url: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        connect(url, [Note])


def test_a_full_disk_is_reported_and_nothing_is_half_stored(tmp_path: Path) -> None:
    database = connect(f"sqlite:///{tmp_path / 'full.db'}", [Entry, Tally])
    pool: Any = database.engine
    connection = pool._pool.acquire()
    pages = connection.execute("PRAGMA page_count").fetchall()[0][0]
    connection.execute(f"PRAGMA max_page_count = {pages + 20}")
    pool._pool.release(connection)
    with pytest.raises(DatabaseUnavailable, match="full"):
        Entry.insert_many([Entry(writer="w" * 100, number=number, tags=["a", "b"]) for number in range(5000)])
    assert Entry.count() == Entry.count({"tags": "a"}) == 0
    for number in range(5000):
        try:
            Entry(writer="w" * 100, number=number, tags=["a", "b"]).insert()
        except DatabaseUnavailable:
            break
    else:
        pytest.fail("the file never got full")
    assert Entry.count() == Entry.count({"tags": "a"}) == Entry.count({"tags": "b"}) > 0
    connection = pool._pool.acquire()
    connection.execute("PRAGMA max_page_count = 1000000")
    pool._pool.release(connection)
    Entry(writer="after", number=1).insert()
    assert pool.integrity_errors() == []
    database.close()


def test_a_damaged_file_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "damaged.db"
    database = connect(f"sqlite:///{path}", [Entry])
    Entry.insert_many([Entry(writer="w" * 50, number=number) for number in range(2000)])
    database.close()
    content = bytearray(path.read_bytes())
    for page in range(2, len(content) // 4096):
        content[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    path.write_bytes(content)

    def read() -> None:
        connect(f"sqlite:///{path}", [Entry])
        Entry.find()

    with pytest.raises(DatabaseUnavailable, match="damaged"):
        read()


def test_a_closed_database_says_so_and_closing_twice_is_harmless(tmp_path: Path) -> None:
    database = connect(f"sqlite:///{tmp_path / 'a.db'}", [Note])
    database.close()
    database.close()
    with pytest.raises(OdmError, match="closed"):
        Note.count()


def test_a_second_connect_binds_the_classes_anew(tmp_path: Path) -> None:
    first = connect(f"sqlite:///{tmp_path / 'a.db'}", [Note])
    Note(name="a").insert()
    second = connect(f"sqlite:///{tmp_path / 'b.db'}", [Note])
    assert Note.count() == 0
    first.close()
    assert Note.count() == 0
    second.close()


def test_two_classes_cannot_share_a_collection(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="same collection"):
        connect(f"sqlite:///{tmp_path / 'a.db'}", [Note, Note])


def test_ping_and_stats_tell_the_state(tmp_path: Path) -> None:
    database = connect(f"sqlite:///{tmp_path / 'a.db'}", [Note, Entry])
    database.ping()
    Note.insert_many([Note() for _ in range(3)])
    stats = database.stats()
    assert stats["collections"] == {"notes": 3, "entries": 0}
    assert stats["bytes"] > 4096
    assert database.url_scheme == "sqlite"
    database.close()


@pytest.mark.parametrize("synchronous", ["normal", "full"])
def test_the_url_says_how_safe_a_commit_is(tmp_path: Path, synchronous: str) -> None:
    database: Database = connect(f"sqlite:///{tmp_path / 'a.db'}?synchronous={synchronous}", [Note])
    engine: Any = database.engine
    assert engine._pool.read("PRAGMA synchronous") == [({"normal": 1, "full": 2}[synchronous],)]
    assert engine._pool.read("PRAGMA journal_mode") == [("wal",)]
    database.close()


def test_a_file_that_may_only_be_read_can_be_read_but_not_written(tmp_path: Path) -> None:
    database = connect(f"sqlite:///{tmp_path / 'a.db'}", [Note])
    Note(name="a").insert()
    engine: Any = database.engine
    connection = engine._pool.acquire()
    connection.execute("PRAGMA query_only = 1")
    engine._pool.release(connection)
    assert Note.count() == 1
    with pytest.raises(DatabaseUnavailable, match="may not be written"):
        Note(name="b").insert()
    database.close()


def test_importing_the_odm_for_sqlite_does_not_import_pymongo_s_client() -> None:
    program = "import sys, models.odm; print('pymongo.mongo_client' in sys.modules, 'models.odm.mongodb' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "False"]
