"""Single and bulk inserts, unique indexes, and deletes."""

from collections.abc import Callable

import pytest

from models.odm import Database, Document, DuplicateKey, Index, InsertResult, InvalidDocument, UnsupportedQuery, new_id
from tests.models.conftest import Connect
from tests.models.odm.documents import Member, Note, Sample, Seat


@pytest.fixture(autouse=True)
def database(open_database: Connect) -> Database:
    return open_database([Note, Member, Seat, Sample, Point, Label, Vague])


def sample(ts: int, value: float = 0.0) -> Sample:
    return Sample(sensor="s", ts=ts, value=value)


class Point(Document):
    class Settings:
        collection = "points"
        indexes = ()

    id: int  # type: ignore[assignment]
    v: float


class Label(Document):
    class Settings:
        collection = "labels"
        indexes = [Index("weight", unique=True)]

    id: str  # type: ignore[assignment]
    weight: int
    colour: bytes


class Vague(Document):
    class Settings:
        collection = "vague"
        indexes = ()

    v: float | None = None


def test_rows_are_stored_as_documents_are() -> None:
    far = 2**62 + 1
    assert Point.insert_rows([(far, 0.5), (1, -2.0), (2, 3)]) == InsertResult(3, [])
    assert Point.find(sort=[("_id", 1)]) == [Point(id=1, v=-2.0), Point(id=2, v=3.0), Point(id=far, v=0.5)]
    assert Point.find_one({"_id": far, "v": 0.5}) is not None
    assert Point.update_one({"_id": 1}, {"$inc": {"v": 1.0}})
    assert Point.get(1) == Point(id=1, v=-1.0)


def test_rows_that_are_there_already_are_reported_and_the_others_stored() -> None:
    Point(id=5, v=1.0).insert()
    assert Point.insert_rows([(4, 0.0), (5, 9.0), (6, 0.0), (4, 7.0)]) == InsertResult(2, [1, 3])
    assert [(point.id, point.v) for point in Point.find(sort=[("_id", 1)])] == [(4, 0.0), (5, 1.0), (6, 0.0)]
    assert Point.insert_rows([]) == InsertResult(0, [])


def test_rows_of_text_and_bytes_keep_their_indexes() -> None:
    assert Label.insert_rows([("a", 1, b"x"), ("b", 1, b"y"), ("c", 2, b"")]) == InsertResult(2, [1])
    assert Label.find({"weight": 2}) == [Label(id="c", weight=2, colour=b"")]


@pytest.mark.parametrize(
    "row", [(1, float("nan")), (1, float("inf")), ("1", 1.0), (True, 1.0), (1, "1"), (1,), (1, 1.0, 1.0), (2**63, 1.0), (1, None)]
)
def test_a_row_that_is_no_valid_document_stores_nothing(row: tuple[object, ...]) -> None:
    with pytest.raises(InvalidDocument):
        Point.insert_rows([(7, 1.0), row])
    assert Point.count() == 0


def test_rows_are_for_plain_documents_only() -> None:
    with pytest.raises(UnsupportedQuery):
        Vague.insert_rows([(new_id(), 1.0)])


def test_a_compound_unique_index_is_kept() -> None:
    Seat(row="A", number=1, holder="ann", labels=["a"]).insert()
    Seat(row="A", number=2, holder="bob", labels=["b"]).insert()
    with pytest.raises(DuplicateKey) as raised:
        Seat(row="A", number=1, holder="cat", labels=["c"]).insert()
    assert raised.value.collection == "seats"
    assert Seat.count() == 2


@pytest.mark.deviates("nx", "names an index by a name of its own in the error")
def test_a_duplicate_key_names_the_fields_of_its_index() -> None:
    Seat(row="A", number=1, holder="ann", labels=["a"]).insert()
    with pytest.raises(DuplicateKey) as raised:
        Seat(row="A", number=1, holder="cat", labels=["c"]).insert()
    assert raised.value.index_fields == ("row", "number")
    with pytest.raises(DuplicateKey) as raised:
        Seat(row="B", number=1, holder="ann", labels=["c"]).insert()
    assert raised.value.index_fields == ("holder",)


def test_a_repeated_id_is_a_duplicate() -> None:
    note = Note(name="first").insert()
    with pytest.raises(DuplicateKey):
        Note(id=note.id, name="second").insert()
    assert Note.find() == [note]


@pytest.mark.deviates("nx", "a missing field counts as no value in a unique index")
def test_a_missing_field_counts_as_one_value_in_a_unique_index() -> None:
    Seat(row="A", number=1, labels=["a"]).insert()
    with pytest.raises(DuplicateKey):
        Seat(row="A", number=2, labels=["b"]).insert()


def test_a_partial_index_is_unique_only_where_its_filter_holds() -> None:
    for _ in range(3):
        Note(name="without").insert()
    Note(slug="s").insert()
    with pytest.raises(DuplicateKey):
        Note(slug="s").insert()
    Note.delete_one({"slug": "s"})
    Note(slug="s").insert()
    assert Note.count() == 4


@pytest.mark.deviates("nx", "compares the elements of a list only with whole lists in a unique index")
@pytest.mark.deviates("mongomock", "compares the elements of a list only with whole lists in a unique index")
def test_the_elements_of_a_list_are_unique_across_documents() -> None:
    Seat(row="A", number=1, holder="ann", labels=["a", "b", "a"]).insert()
    with pytest.raises(DuplicateKey):
        Seat(row="A", number=2, holder="bob", labels=["c", "b"]).insert()
    Seat(row="A", number=2, holder="bob", labels=["c"]).insert()
    with pytest.raises(DuplicateKey):
        Seat.update_one({"holder": "bob"}, {"$push": {"labels": "a"}})
    assert Seat.count({"labels": "a"}) == 1
    assert Seat.count() == 2


def test_insert_many_stores_the_neighbours_of_a_duplicate_and_reports_it() -> None:
    sample(3).insert()
    result = Sample.insert_many([sample(1), sample(2), sample(3), sample(2), sample(4)])
    assert result == InsertResult(inserted=3, duplicates=[2, 3])
    assert sorted(found.ts for found in Sample.find()) == [1, 2, 3, 4]
    assert Sample.insert_many([sample(ts) for ts in (1, 2)]) == InsertResult(0, [0, 1])
    assert Sample.insert_many([]) == InsertResult(0)


def test_an_ordered_insert_many_ends_at_the_first_duplicate() -> None:
    sample(2).insert()
    assert Sample.insert_many([sample(1), sample(2), sample(3)], ordered=True) == InsertResult(1, [1])
    assert sorted(found.ts for found in Sample.find()) == [1, 2]


@pytest.mark.deviates("nx", "does not find the elements of a list that an index covers")
def test_insert_many_leaves_no_elements_of_a_refused_document_behind() -> None:
    Seat(row="A", number=1, holder="ann", labels=["a"]).insert()
    result = Seat.insert_many(
        [Seat(row="A", number=1, holder="bob", labels=["b"]), Seat(row="B", number=1, holder="cat", labels=["b"])]
    )
    assert result == InsertResult(1, [0])
    assert [seat.holder for seat in Seat.find({"labels": "b"})] == ["cat"]


def test_insert_many_stores_nothing_where_one_document_is_invalid() -> None:
    bad = Note(name="bad")
    bad.numbers.append("x")  # type: ignore[arg-type]
    with pytest.raises(InvalidDocument):
        Note.insert_many([Note(name="good"), bad])
    assert Note.count() == 0


def test_insert_many_is_one_round_trip(database: Database) -> None:
    with database.count_queries() as counts:
        Sample.insert_many([sample(ts) for ts in range(100)])
    assert (counts.reads, counts.writes) == (0, 1)


def test_each_operation_is_one_round_trip(database: Database) -> None:
    note = Note(name="n").insert()
    operations: dict[str, Callable[[], object]] = {
        "get": lambda: Note.get(note.id),
        "find": lambda: Note.find({"name": "n"}),
        "find_one": lambda: Note.find_one({"name": "n"}),
        "count": lambda: Note.count({"name": "n"}),
        "exists": lambda: Note.exists({"name": "n"}),
        "distinct": lambda: Note.distinct("kind"),
        "count_by": lambda: Note.count_by("kind"),
    }
    for name, operation in operations.items():
        with database.count_queries() as counts:
            operation()
        assert (counts.reads, counts.writes) == (1, 0), name
    writes: dict[str, Callable[[], object]] = {
        "insert": lambda: Note(name="m").insert(),
        "replace": note.replace,
        "update_one": lambda: Note.update_one({"name": "n"}, {"$inc": {"rank": 1}}),
        "update_many": lambda: Note.update_many({"name": "n"}, {"$inc": {"rank": 1}}),
        "find_one_and_update": lambda: Note.find_one_and_update({"name": "n"}, {"$inc": {"rank": 1}}),
        "delete_one": lambda: Note.delete_one({"name": "m"}),
        "find_one_and_delete": lambda: Note.find_one_and_delete({"name": "?"}),
        "delete_many": lambda: Note.delete_many({"name": "n"}),
    }
    for name, operation in writes.items():
        with database.count_queries() as counts:
            operation()
        assert (counts.reads, counts.writes) == (0, 1), name


def test_deletes_say_what_they_found() -> None:
    for rank in range(6):
        Note(kind="k", rank=rank, tags=["a"]).insert()
    assert Note.delete_one({"kind": "k", "rank": 5})
    assert not Note.delete_one({"kind": "k", "rank": 5})
    taken = Note.find_one_and_delete({"kind": "k"}, sort=[("rank", -1)])
    assert taken is not None
    assert taken.rank == 4
    assert Note.find_one_and_delete({"kind": "?"}) is None
    assert Note.delete_many({"kind": "k", "weight": 0, "rank": {"$gte": 2}}) == 2
    assert Note.delete_many({"kind": "k", "rank": {"$lt": 1}}) == 1
    assert [note.rank for note in Note.find()] == [1]
    assert Note.delete_many({}) == 1


@pytest.mark.deviates("nx", "finds an ObjectId only in _id")
def test_deletes_and_updates_go_by_references() -> None:
    room, user = new_id(), new_id()
    Member(room_id=room, user_id=user).insert()
    Member(room_id=room, user_id=new_id()).insert()
    Member(room_id=new_id(), user_id=user).insert()
    assert Member.update_one({"room_id": room, "user_id": user}, {"$inc": {"seen": 3}})
    assert Member.count({"user_id": user, "seen": 3}) == 1
    assert Member.delete_many({"room_id": room}) == 2
    assert Member.count({"user_id": user}) == 1
