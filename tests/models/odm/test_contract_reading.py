"""Order, windows, projections and streams, on each engine."""

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from models.odm import Database, Document, Index, UnsupportedQuery, new_id
from tests.models.conftest import Connect
from tests.models.odm.documents import NOON, Level, Member, Note, Part, Stats


class Mixed(Document):
    """Holds values of every type under one name."""

    class Settings:
        collection = "mixed"
        indexes = [Index("order")]

    order: int
    value: Any = None


@pytest.fixture(autouse=True)
def database(open_database: Connect) -> Database:
    return open_database([Note, Member, Mixed])


@pytest.fixture
def notes() -> list[Note]:
    """Twenty notes: rank 0..19, kind by turns, weight against rank."""
    made = [
        Note(name=f"n{rank}", kind="ab"[rank % 2], rank=rank, weight=float(-rank), at=NOON + timedelta(minutes=rank))
        for rank in range(20)
    ]
    Note.insert_many(made)
    return made


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ([("rank", 1)], [0, 1, 2]),
        ([("rank", -1)], [19, 18, 17]),
        ([("weight", 1)], [19, 18, 17]),
        ([("kind", -1), ("rank", 1)], [1, 3, 5]),
        ([("kind", 1), ("weight", 1)], [18, 16, 14]),
        ([("at", -1)], [19, 18, 17]),
        ([("done", 1), ("rank", -1)], [19, 18, 17]),
    ],
    ids=str,
)
def test_a_sort_orders_by_each_field_in_turn(sort: list[tuple[str, int]], expected: list[int]) -> None:
    assert [note.rank for note in Note.find(sort=sort, limit=3)] == expected
    found = Note.find_one(sort=sort)
    assert found is not None
    assert found.rank == expected[0]
    assert [note.rank for note in Note.stream(sort=sort, batch_size=2)][:3] == expected


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize("filter", [{"kind": "a"}, {"weight": {"$lte": 0}, "kind": "a"}, {"name": {"$regex": "[02468]$"}}])
def test_skip_and_limit_cut_a_window_out(filter: dict[str, Any]) -> None:
    ranks = list(range(0, 20, 2))
    order = [("rank", 1)]
    assert [note.rank for note in Note.find(filter, sort=order)] == ranks
    assert [note.rank for note in Note.find(filter, sort=order, limit=3)] == ranks[:3]
    assert [note.rank for note in Note.find(filter, sort=order, skip=7)] == ranks[7:]
    assert [note.rank for note in Note.find(filter, sort=order, skip=2, limit=4)] == ranks[2:6]
    assert Note.find(filter, sort=order, skip=10) == []
    assert Note.count(filter) == 10
    assert Note.count(filter, limit=4) == 4


def test_a_missing_value_sorts_first() -> None:
    for slug in ("b", None, "a"):
        Note(slug=slug).insert()
    assert [note.slug for note in Note.find(sort=[("slug", 1)])] == [None, "a", "b"]
    assert [note.slug for note in Note.find(sort=[("slug", -1)])] == ["b", "a", None]
    assert [note.slug for note in Note.stream(sort=[("slug", 1)], batch_size=1)] == [None, "a", "b"]
    assert [note.slug for note in Note.stream(sort=[("slug", -1)], batch_size=1)] == ["b", "a", None]


@pytest.mark.deviates("nx", "does not sort by type")
def test_values_of_different_types_sort_type_by_type() -> None:
    values = [None, -1, 2.5, 3, "", "a", "b", {"a": 1}, {"a": 2}, b"\x00", new_id(), False, True, NOON]
    Mixed.insert_many([Mixed(order=order, value=value) for order, value in enumerate(values)])
    ascending = [mixed.order for mixed in Mixed.find(sort=[("value", 1)])]
    assert ascending == list(range(len(values)))
    assert [mixed.order for mixed in Mixed.find(sort=[("value", -1)])] == ascending[::-1]


@pytest.mark.deviates("nx", "sorts a list as text")
@pytest.mark.deviates("mongomock", "sorts a list by its first element")
def test_a_list_sorts_by_its_least_or_greatest_element() -> None:
    for name, numbers in {"wide": [9, 1], "low": [3, 2], "high": [5, 4], "empty": []}.items():
        Note(name=name, numbers=numbers).insert()
    assert [note.name for note in Note.find(sort=[("numbers", 1)])] == ["empty", "wide", "low", "high"]
    assert [note.name for note in Note.find(sort=[("numbers", -1)])] == ["wide", "high", "low", "empty"]


def test_a_projection_gives_plain_dicts_with_the_fields_asked_for() -> None:
    note = Note(name="n", rank=3, level=Level.HIGH, stats=Stats(score=4, label="l"), parts=[Part(name="p", size=2)]).insert()
    assert Note.find_raw({"name": "n"}, projection=["kind", "rank", "slug"]) == [{"_id": note.id, "kind": "plain", "rank": 3}]
    assert Note.find_raw({"name": "n"}, projection=["level", "weight"]) == [{"_id": note.id, "level": 2, "weight": 0.0}]
    assert Note.find_raw({"name": "n"}, projection=("_id",)) == [{"_id": note.id}]
    whole = Note.find_raw({"name": "n"})
    assert whole[0]["parts"] == [{"name": "p", "size": 2}]
    assert whole[0]["at"] == NOON


@pytest.mark.deviates("nx", "returns dotted names instead of sub-documents")
def test_a_projection_reaches_into_sub_documents_and_the_elements_of_a_list() -> None:
    note = Note(stats=Stats(score=4, label="l"), parts=[Part(name="p", size=2), Part(name="q")]).insert()
    assert Note.find_raw({}, projection=["stats.score"]) == [{"_id": note.id, "stats": {"score": 4}}]
    assert Note.find_raw({}, projection=["parts.name"]) == [{"_id": note.id, "parts": [{"name": "p"}, {"name": "q"}]}]


@pytest.mark.usefixtures("notes")
def test_a_projection_of_indexed_fields_keeps_types_order_and_window() -> None:
    found = Note.find_raw({"kind": "a"}, projection=["rank", "at", "expires_at"], sort=[("rank", -1)], limit=2, skip=1)
    assert [(raw["rank"], raw["at"]) for raw in found] == [(r, NOON + timedelta(minutes=r)) for r in (16, 14)]
    assert all(set(raw) == {"_id", "rank", "at"} for raw in found)


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize("sort", [None, [("rank", 1)], [("weight", -1)], [("kind", 1), ("rank", -1)], [("slug", 1)]], ids=str)
@pytest.mark.parametrize("filter", [{}, {"kind": "a"}, {"weight": {"$lt": -3}}, {"kind": "b", "rank": {"$gt": 4}}], ids=str)
def test_a_stream_gives_each_match_once_in_order(filter: dict[str, Any], sort: list[tuple[str, int]] | None) -> None:
    expected = Note.find(filter, sort=sort)
    for batch_size in (1, 3, 1000):
        streamed = list(Note.stream(filter, sort=sort, batch_size=batch_size))
        if sort is None or sort == [("slug", 1)]:
            assert sorted(note.rank for note in streamed) == sorted(note.rank for note in expected)
        else:
            assert streamed == expected


def test_a_stream_ends_early_without_a_trace(notes: list[Note]) -> None:
    stream = Note.stream({"kind": "a"}, batch_size=2)
    assert next(stream).kind == "a"
    del stream
    assert notes[0].replace()
    assert Note.delete_many({}) == 20


@pytest.mark.usefixtures("notes")
def test_writers_are_not_held_up_by_a_slow_stream() -> None:
    seen = 0
    for note in Note.stream({"kind": "a"}, sort=[("rank", 1)], batch_size=3):
        seen += 1
        assert Note.update_one({"_id": note.id}, {"$set": {"done": True}})
    assert seen == 10
    assert Note.count({"done": True}) == 10


@pytest.mark.parametrize(
    "query",
    [
        {"filter": {"$where": "1"}},
        {"filter": {"$nor": [{"rank": 1}]}},
        {"filter": {"rank": {"$mod": [2, 0]}}},
        {"filter": {"tags": {"$all": ["a"]}}},
        {"filter": {"tags": {"$size": 1}}},
        {"filter": {"tags": {"$elemMatch": {"$gt": 1}}}},
        {"filter": {"rank": {"$not": {"$gt": 1}}}},
        {"filter": {"rank": {"$type": "int"}}},
        {"filter": {"$expr": {"$gt": ["$a", 1]}}},
        {"filter": {"rnak": 1}},
        {"filter": {"id": ObjectId("650000000000000000000001")}},
        {"filter": {"stats.scroe": 1}},
        {"filter": {"name.first": 1}},
        {"filter": {"tags.0": "a"}},
        {"filter": {"extra.$x": 1}},
        {"filter": {"extra.a\0": 1}},
        {"filter": {"extra..a": 1}},
        {"filter": {"$or": []}},
        {"filter": {"$or": {"rank": 1}}},
        {"filter": {"$and": [1]}},
        {"filter": {"rank": {"$in": 5}}},
        {"filter": {"rank": {"$in": list(range(10_001))}}},
        {"filter": {"rank": {"$exists": 1}}},
        {"filter": {"rank": {"$gt": [1]}}},
        {"filter": {"rank": {"$gt": {"a": 1}}}},
        {"filter": {"rank": {"$gt": 1, "x": 2}}},
        {"filter": {"weight": float("nan")}},
        {"filter": {"rank": 2**63}},
        {"filter": {"at": NOON.replace(tzinfo=None)}},
        {"filter": {"name": ...}},
        {"filter": {"name": {"$regex": 5}}},
        {"filter": {"name": {"$regex": "(?=a)"}}},
        {"filter": {"name": {"$regex": "a", "$options": "x"}}},
        {"filter": {"name": {"$options": "i"}}},
        {"filter": {5: 1}},
        {"sort": [("nmae", 1)]},
        {"sort": [("rank", 2)]},
        {"sort": [("rank", 1), ("rank", -1)]},
        {"sort": "rank"},
        {"sort": {"rank": 1}},
        {"limit": -1},
        {"skip": -1},
        {"projection": ["nmae"]},
        {"projection": "name"},
        {"projection": {"name": 1}},
        {"projection": ["stats", "stats.score"]},
    ],
    ids=lambda query: str(query)[:60],
)
def test_a_query_outside_the_subset_is_refused_before_anything_is_sent(database: Database, query: dict[str, Any]) -> None:
    filter = query.get("filter", {})
    query = {name: value for name, value in query.items() if name != "filter"}
    with database.count_queries() as counts:
        with pytest.raises(UnsupportedQuery):
            Note.find_raw(filter, **query)
        if not query:
            for operation in (Note.find, Note.find_one, Note.count, Note.exists, Note.delete_one, Note.delete_many, Note.stream):
                with pytest.raises(UnsupportedQuery):
                    operation(filter)
    assert (counts.reads, counts.writes) == (0, 0)


def test_the_message_names_what_is_not_supported() -> None:
    with pytest.raises(UnsupportedQuery, match=r"\$elemMatch"):
        Note.find({"tags": {"$elemMatch": {"$gt": 1}}})
    with pytest.raises(UnsupportedQuery, match="_id"):
        Note.find({"id": new_id()})
