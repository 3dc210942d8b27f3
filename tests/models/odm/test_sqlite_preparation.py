"""A file that another version of the models wrote is brought up to date when it is opened."""

import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from models.odm import Database, Document, DuplicateKey, Index, connect
from tests.models.odm.versions import New, Old

ROOT = Path(__file__).parents[3]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'old.db'}"


def fill(url: str, count: int = 20) -> None:
    database = connect(url, [Old])
    Old.insert_many(
        [Old(name=f"n{n}", number=n, tags=[f"t{n % 3}", "all"], old_tags=["o"], place={"city": f"c{n % 2}"}) for n in range(count)]
    )
    database.close()


def plan(database: Database, filter: dict[str, Any]) -> str:
    return " ".join(database.explain(New, filter))


def test_new_indexes_are_filled_from_the_documents(url: str) -> None:
    fill(url)
    database = connect(url, [New])
    assert New.find_one({"number": 11}) == New.find_one({"name": "n11"})
    assert New.count({"tags": "t1"}) == 7
    assert New.count({"place.city": "c1"}) == 10
    for filter in ({"number": 11}, {"tags": "t1"}, {"place.city": "c1"}, {"added": 3}):
        assert "USING" in plan(database, filter)
        assert "SCAN" not in plan(database, filter)
    with pytest.raises(DuplicateKey):
        New(name="again", number=11).insert()
    assert New(name="new", number=100, tags=["t1"]).insert() in New.find({"tags": "t1"})
    database.close()


def test_a_new_field_reads_as_its_default(url: str) -> None:
    fill(url)
    database = connect(url, [New])
    found = New.find_one({"name": "n3"})
    assert found is not None
    assert found.added == 7
    # Queries see what is stored, as on MongoDB: nothing yet.
    assert New.count({"added": 7}) == 0
    assert New.update_many({"added": None}, {"$set": {"added": 7}}) == 20
    assert New.count({"added": 7}) == 20
    database.close()


def in_file(path: Path) -> set[str]:
    """The names of all tables, indexes, triggers and of the columns of `things`."""
    with sqlite3.connect(path) as file:
        names = {row[0] for row in file.execute("SELECT name FROM sqlite_master")}
        return names | {row[1] for row in file.execute("PRAGMA table_info(things)")}


def test_what_is_not_declared_stays_and_is_kept_up_to_date(url: str, tmp_path: Path) -> None:
    fill(url)
    newer = connect(url, [New])
    New(name="newer", number=50).insert()
    assert New.update_one({"name": "n3"}, {"$set": {"tags": ["changed"]}})
    newer.close()
    assert {"gone", "things|gone_1", "things:old_tags_1"} <= in_file(tmp_path / "old.db")
    older = connect(url, [Old])
    assert Old.count({"gone": "x"}) == 20
    assert Old.count({"old_tags": "o"}) == 20
    Old(name="older", number=60, gone="y", old_tags=["p"], tags=["t"]).insert()
    assert Old.find_one({"gone": "y"}) == Old.find_one({"old_tags": "p"})
    older.close()
    newer = connect(url, [New])
    assert New.find_one({"number": 60}) == New.find_one({"tags": "t"}) == New.find_one({"name": "older"})
    newer.close()


def test_what_is_left_of_another_version_is_dropped_when_an_operator_says_so(url: str, tmp_path: Path) -> None:
    fill(url)
    database = connect(url, [New])
    assert sorted(database.upgrade.status().leftovers) == ["things|gone_1", "things|old_tags_1"]
    assert sorted(database.upgrade.contract(leftovers=True)) == ["things|gone_1", "things|old_tags_1"]
    New(name="newer", number=50, tags=["t"]).insert()
    assert New.find_one({"number": 50}) == New.find_one({"tags": "t"})
    database.close()
    assert not [name for name in in_file(tmp_path / "old.db") if "gone" in name or "old_tags" in name]
    older = connect(url, [Old])
    assert Old.count({"gone": "x"}) == 20
    older.close()


def test_a_file_from_before_there_was_a_catalog_is_taken_over(url: str, tmp_path: Path) -> None:
    fill(url)
    with sqlite3.connect(tmp_path / "old.db") as file:
        file.execute("DROP TABLE odm_catalog")
        file.execute("DROP TABLE odm_ledger")
    database = connect(url, [New])
    assert New.count({"tags": "t1"}) == 7
    database.close()
    # Nobody knows any more how this one is filled, so it could only go wrong.
    assert "things:old_tags_1" not in in_file(tmp_path / "old.db")
    database = connect(url, [Old])
    assert Old.count({"old_tags": "o"}) == 20
    database.close()


def test_opening_again_changes_nothing(url: str, tmp_path: Path) -> None:
    fill(url)
    connect(url, [Old]).close()
    before = sqlite3.connect(tmp_path / "old.db").execute("PRAGMA schema_version").fetchone()
    connect(url, [Old]).close()
    assert sqlite3.connect(tmp_path / "old.db").execute("PRAGMA schema_version").fetchone() == before


def test_an_index_whose_options_change_is_made_anew(url: str) -> None:
    class Loose(Document):
        class Settings:
            collection = "things"
            indexes = [Index("number")]

        number: int

    class Tight(Document):
        class Settings:
            collection = "things"
            indexes = [Index("number", unique=True)]

        number: int

    database = connect(url, [Loose])
    one, two = Loose(number=1).insert(), Loose(number=1).insert()
    database.close()
    with pytest.raises(DuplicateKey) as raised:
        connect(url, [Tight])
    assert raised.value.index_fields == ("number",)
    # Nothing was changed by the attempt.
    database = connect(url, [Loose])
    assert Loose.find({"number": 1}) == [one, two]
    assert Loose.delete_one({"_id": two.id})
    database.close()
    database = connect(url, [Tight])
    with pytest.raises(DuplicateKey):
        Tight(number=1).insert()
    database.close()


def test_a_field_that_becomes_a_list_is_indexed_by_its_elements(url: str) -> None:
    class One(Document):
        class Settings:
            collection = "things"
            indexes = [Index("label")]

        label: str | list[str] | None = None

    class Many(Document):
        class Settings:
            collection = "things"
            indexes = [Index("label")]

        label: list[str] | None = None

    class Single(Document):
        class Settings:
            collection = "things"
            indexes = [Index("label")]

        label: str | None = None

    database = connect(url, [Single])
    Single(label="a").insert()
    database.close()
    for model in (Many, One):
        database = connect(url, [model])
        assert model.count({"label": "a"}) == 1
        model(label=["a", "b"]).insert()
        assert model.count({"label": "b"}) == model.count({"label": "a"}) - 1
        model.delete_many({"label": "b"})
        database.close()


def test_ids_may_become_integers_and_back(url: str) -> None:
    class Text(Document):
        class Settings:
            collection = "things"
            indexes = [Index("n"), Index("tags")]

        id: str | int  # type: ignore[assignment]
        n: int = 0
        tags: list[str] = []

    class Number(Document):
        class Settings:
            collection = "things"
            indexes = [Index("n"), Index("tags")]

        id: int  # type: ignore[assignment]
        n: int = 0
        tags: list[str] = []

    database = connect(url, [Text])
    Text.insert_many([Text(id=number, n=number, tags=["a"]) for number in (5, 3, 9)])
    database.close()
    database = connect(url, [Number])
    assert Number.get(3) == Number(id=3, n=3, tags=["a"])
    assert [found.id for found in Number.find({"tags": "a"}, sort=[("_id", 1)])] == [3, 5, 9]
    assert Number.delete_one({"_id": 5})
    assert Number.count({"tags": "a"}) == 2
    database.close()
    database = connect(url, [Text])
    assert [found.id for found in Text.find({"tags": "a"}, sort=[("n", 1)])] == [3, 9]
    database.close()


def test_processes_that_start_at_the_same_time_do_not_clash(url: str, tmp_path: Path) -> None:
    fill(url, 500)
    program = (
        "import sys, time\n"
        "from tests.models.odm.versions import New\n"
        "from models.odm import connect\n"
        "time.sleep(max(0, float(sys.argv[2]) - time.time()))\n"
        "database = connect(sys.argv[1], [New])\n"
        "print(New.count({'tags': 'all'}), New.count({'number': 11}))\n"
        "database.close()\n"
    )
    start = str(time.time() + 1.5)
    processes = [
        subprocess.Popen([sys.executable, "-c", program, url, start], cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    assert [process.communicate(timeout=60)[0].split() for process in processes] == [["500", "1"]] * 3


def test_collections_of_others_in_the_file_are_left_alone(url: str, tmp_path: Path) -> None:
    fill(url)
    with sqlite3.connect(tmp_path / "old.db") as file:
        file.execute("CREATE TABLE others (a)")
        file.execute("CREATE INDEX others_a ON others (a)")
    connect(url, [New]).close()
    with sqlite3.connect(tmp_path / "old.db") as file:
        names = {row[0] for row in file.execute("SELECT name FROM sqlite_master")}
    assert {"others", "others_a"} <= names
