"""Each update leaves what MongoDB's manual says, on each engine."""

from typing import Any

import pytest

from models.odm import Database, InvalidDocument, UnsupportedQuery
from tests.models.conftest import Connect
from tests.models.odm.documents import LATER, NOON, Counter, Level, Note, Part, Stats


@pytest.fixture(autouse=True)
def database(open_database: Connect) -> Database:
    return open_database([Note, Counter])


def nx(*values: Any, what: str) -> Any:
    """A row that nx-27017 gets wrong."""
    return pytest.param(*values, marks=pytest.mark.deviates("nx", what))


@pytest.mark.parametrize(
    ("before", "update", "after"),
    [
        ({"rank": 1}, {"$set": {"rank": 2}}, {"rank": 2}),
        ({}, {"$set": {"name": "n", "weight": 2, "level": Level.HIGH}}, {"name": "n", "weight": 2.0, "level": Level.HIGH}),
        ({}, {"$set": {"name": "n", "owner": None, "slug": None}}, {"name": "n"}),
        nx({}, {"$set": {"expires_at": LATER}}, {"expires_at": LATER}, what="$set stores a time as a string"),
        ({}, {"$set": {"blob": b"\x00"}}, {"blob": b"\x00"}),
        ({"slug": "s"}, {"$set": {"slug": None}}, {"slug": None}),
        ({"slug": "s", "rank": 3}, {"$unset": {"slug": ""}}, {"rank": 3}),
        ({"stats": Stats(score=1, label="l")}, {"$set": {"stats.score": 2}}, {"stats": Stats(score=2, label="l")}),
        ({"stats": Stats(score=1, label="l")}, {"$unset": {"stats.label": ""}}, {"stats": Stats(score=1)}),
        ({}, {"$set": {"stats": Stats(score=7)}}, {"stats": Stats(score=7)}),
        ({}, {"$set": {"stats": {"score": 7}}}, {"stats": Stats(score=7)}),
        ({"extra": {"a": 1}}, {"$set": {"extra.b.c": [1]}}, {"extra": {"a": 1, "b": {"c": [1]}}}),
        ({"extra": {"a": 1}}, {"$unset": {"extra.a": "", "extra.x.y": ""}}, {"extra": {}}),
        ({"rank": 1}, {"$inc": {"rank": -3}}, {"rank": -2}),
        ({"weight": 1.5}, {"$inc": {"weight": 1}}, {"weight": 2.5}),
        ({}, {"$inc": {"extra.n": 2, "stats.score": 1}}, {"extra": {"n": 2}, "stats": Stats(score=1)}),
        ({"rank": 2**31 - 1}, {"$inc": {"rank": 1}}, {"rank": 2**31}),
        ({"rank": 5}, {"$min": {"rank": 3}}, {"rank": 3}),
        ({"rank": 5}, {"$min": {"rank": 7}}, {"rank": 5}),
        ({"rank": 5}, {"$max": {"rank": 7}}, {"rank": 7}),
        ({"rank": 5}, {"$max": {"rank": 3}}, {"rank": 5}),
        nx({}, {"$max": {"expires_at": LATER}}, {"expires_at": LATER}, what="$max stores a time as a string"),
        nx({"at": NOON}, {"$max": {"at": LATER}}, {"at": LATER}, what="$max stores a time as a string"),
        ({"tags": ["a"]}, {"$push": {"tags": "a"}}, {"tags": ["a", "a"]}),
        nx({}, {"$push": {"parts": Part(name="p")}}, {"parts": [Part(name="p")]}, what="$push stores a sub-document as text"),
        ({}, {"$push": {"extra.list": 1}}, {"extra": {"list": [1]}}),
        ({"tags": ["a"]}, {"$addToSet": {"tags": "a"}}, {"tags": ["a"]}),
        ({"tags": ["a"]}, {"$addToSet": {"tags": "b"}}, {"tags": ["a", "b"]}),
        ({"parts": [Part(name="p")]}, {"$addToSet": {"parts": {"name": "p", "size": 0}}}, {"parts": [Part(name="p")]}),
        ({"tags": ["a", "b", "a"]}, {"$pull": {"tags": "a"}}, {"tags": ["b"]}),
        ({"tags": ["a"]}, {"$pull": {"tags": "x"}}, {"tags": ["a"]}),
        ({"numbers": [1, 5, 9]}, {"$pull": {"numbers": {"$gte": 2, "$lt": 9}}}, {"numbers": [1, 9]}),
        ({"tags": ["a", "b"]}, {"$pull": {"tags": {"$in": ["a", "c"]}}}, {"tags": ["b"]}),
        (
            {"parts": [Part(name="a", size=1), Part(name="b", size=2)]},
            {"$pull": {"parts": {"name": "a"}}},
            {"parts": [Part(name="b", size=2)]},
        ),
        ({"rank": 1}, {"$setOnInsert": {"rank": 9}}, {"rank": 1}),
        (
            {"rank": 1, "tags": ["a"]},
            {"$set": {"name": "n"}, "$inc": {"rank": 1}, "$push": {"tags": "b"}, "$unset": {"slug": ""}},
            {"rank": 2, "tags": ["a", "b"], "name": "n"},
        ),
    ],
    ids=str,
)
def test_an_update_leaves_what_the_manual_says(before: dict[str, Any], update: dict[str, Any], after: dict[str, Any]) -> None:
    note, other = Note(**before).insert(), Note(name="untouched").insert()
    assert Note.update_one({"_id": note.id}, update)
    expected = Note(id=note.id, **after)
    assert Note.get(note.id) == expected
    assert Note.get(other.id) == other
    # What is stored has moved in the indexes as well.
    assert Note.find({"kind": expected.kind, "rank": expected.rank, "_id": note.id}) == [expected]
    assert Note.count({"slug": {"$exists": True}}) == (expected.slug is not None)


def test_find_one_and_update_gives_the_document_as_it_is_or_was() -> None:
    note = Note(rank=1).insert()
    after = Note.find_one_and_update({"_id": note.id}, {"$inc": {"rank": 1}})
    before = Note.find_one_and_update({"_id": note.id}, {"$inc": {"rank": 1}}, return_new=False)
    assert after is not None
    assert before is not None
    assert (after.rank, before.rank) == (2, 2)
    assert Note.find_one_and_update({"name": "nobody"}, {"$inc": {"rank": 1}}) is None


def test_find_one_and_update_takes_the_first_in_the_order() -> None:
    for rank in (2, 3, 1):
        Note(kind="job", rank=rank).insert()
    taken = Note.find_one_and_update({"kind": "job", "done": False}, {"$set": {"done": True}}, sort=[("rank", 1)])
    assert taken is not None
    assert taken.rank == 1
    taken = Note.find_one_and_update({"kind": "job", "done": False}, {"$set": {"done": True}}, sort=[("rank", -1)])
    assert taken is not None
    assert taken.rank == 3


def test_update_many_changes_all_matches_and_says_how_many_matched() -> None:
    for rank in range(5):
        Note(kind="even" if rank % 2 == 0 else "odd", rank=rank).insert()
    assert Note.update_many({"kind": "even", "rank": {"$gt": 0}}, {"$inc": {"rank": 10}}) == 2
    assert Note.update_many({"done": False}, {"$set": {"weight": 1.0}}) == 5
    assert sorted(note.rank for note in Note.find()) == [0, 1, 3, 12, 14]
    assert Note.update_many({"kind": "none"}, {"$set": {"rank": 1}}) == 0


def test_an_update_that_changes_nothing_still_matches() -> None:
    note = Note(rank=1, tags=["a"]).insert()
    assert Note.update_one({"_id": note.id}, {"$set": {"rank": 1}, "$addToSet": {"tags": "a"}})
    assert Note.update_one({"_id": note.id}, {"$set": {}})
    assert Note.get(note.id) == note


def test_an_update_without_a_match_says_so() -> None:
    assert not Note.update_one({"name": "nobody"}, {"$set": {"rank": 1}})
    assert Note.count() == 0


@pytest.mark.parametrize(
    ("update", "field"),
    [
        ({"$set": {"rank": "5"}}, "rank"),
        ({"$set": {"rank": 2.0}}, "rank"),
        ({"$set": {"rank": True}}, "rank"),
        ({"$set": {"rank": None}}, "rank"),
        ({"$set": {"weight": float("nan")}}, "weight"),
        ({"$set": {"weight": float("inf")}}, "weight"),
        ({"$set": {"nmae": "typo"}}, "nmae"),
        ({"$set": {"stats.scroe": 1}}, "stats.scroe"),
        ({"$set": {"stats.score": "x"}}, "stats.score"),
        ({"$set": {"stats": {"score": "x"}}}, "stats"),
        ({"$set": {"mood": "angry"}}, "mood"),
        ({"$set": {"level": 7}}, "level"),
        ({"$set": {"tags": "a"}}, "tags"),
        ({"$set": {"_id": 5}}, "_id"),
        ({"$set": {"id": 5}}, "id"),
        ({"$set": {"extra.$": 5}}, "extra.$"),
        ({"$unset": {"extra.a.$[]": ""}}, "extra.a.$[]"),
        ({"$set": {"extra": {"$x": 5}}}, "extra"),
        ({"$push": {"tags": 5}}, "tags"),
        ({"$push": {"rank": 5}}, "rank"),
        ({"$addToSet": {"numbers": "x"}}, "numbers"),
        ({"$pull": {"name": "x"}}, "name"),
        ({"$inc": {"name": 1}}, "name"),
        ({"$inc": {"rank": 0.5}}, "rank"),
        ({"$inc": {"rank": True}}, "rank"),
        ({"$inc": {"weight": float("inf")}}, "weight"),
        ({"$min": {"at": "yesterday"}}, "at"),
        ({"$set": {"name": "fine"}, "$max": {"rank": "x"}}, "rank"),
    ],
    ids=str,
)
def test_a_value_that_the_model_does_not_allow_is_refused_before_anything_is_sent(
    database: Database, update: dict[str, Any], field: str
) -> None:
    note = Note(rank=1).insert()
    with database.count_queries() as counts:
        for operation in (Note.update_one, Note.update_many, Note.find_one_and_update):
            with pytest.raises(InvalidDocument) as raised:
                operation({"_id": note.id}, update)
            assert list(raised.value.fields) == [field]
        with pytest.raises(InvalidDocument):
            Note.bulk_upsert([({"_id": note.id}, {"$set": {"rank": 2}}), ({"_id": note.id}, update)])
    assert (counts.reads, counts.writes) == (0, 0)
    assert Note.get(note.id) == note


@pytest.mark.parametrize("field", ["rank", "stats", "stats.score", "tags"])
def test_a_field_that_cannot_be_none_cannot_be_removed(field: str) -> None:
    note = Note(rank=1).insert()
    with pytest.raises(InvalidDocument, match="value is required"):
        Note.update_one({"_id": note.id}, {"$unset": {field: ""}})
    with pytest.raises(InvalidDocument, match="value is required"):
        Note.update_one({"_id": note.id}, {"$set": {field: None}})


@pytest.mark.deviates("nx", "takes validators and enforces none")
@pytest.mark.parametrize(
    "update",
    [{"$inc": {"value": 1}}, {"$inc": {"value": -2000}}, {"$push": {"seen": 4}}],
    ids=["above the most", "below the least", "too many elements"],
)
def test_an_update_cannot_lead_a_field_out_of_its_limits(update: dict[str, Any]) -> None:
    counter = Counter(id="c", value=1000, seen=[1, 2, 3]).insert()
    with pytest.raises(InvalidDocument):
        Counter.update_one({"_id": "c"}, update)
    assert Counter.get("c") == counter


@pytest.mark.deviates("nx", "overflows into another type")
@pytest.mark.deviates("mongomock", "overflows into what BSON cannot hold")
def test_an_increment_beyond_64_bits_is_refused() -> None:
    note = Note(rank=2**63 - 1).insert()
    with pytest.raises(InvalidDocument):
        Note.update_one({"_id": note.id}, {"$inc": {"rank": 1}})
    assert Note.get(note.id) == note


@pytest.mark.parametrize(
    "update",
    [
        {"$inc": {"extra.n": 1}},
        {"$push": {"extra.n": 1}},
        pytest.param({"$set": {"extra.n.m": 1}}, marks=pytest.mark.deviates("mongomock", "ignores a path through a plain value")),
    ],
    ids=str,
)
@pytest.mark.deviates("nx", "ignores an operator that does not fit the stored value, or replaces the value")
def test_an_operator_that_does_not_fit_the_stored_value_is_an_invalid_document(update: dict[str, Any]) -> None:
    note = Note(extra={"n": "text"}).insert()
    with pytest.raises(InvalidDocument):
        Note.update_one({"_id": note.id}, update)
    assert Note.get(note.id) == note


@pytest.mark.parametrize(
    ("update", "named"),
    [
        ({"$rename": {"a": "b"}}, "$rename"),
        ({"$mul": {"rank": 2}}, "$mul"),
        ({"rank": 5}, "rank"),
        ({}, "operator"),
        ({"$push": {"tags": {"$each": ["a"]}}}, "$each"),
        ({"$addToSet": {"tags": {"$each": ["a"]}}}, "$each"),
        ({"$pull": {"tags": {"$size": 3}}}, "$size"),
        ({"$pull": {"tags": {"$exists": True}}}, "$exists"),
        ({"$set": {"parts.name": "x"}}, "parts.name"),
        ({"$set": {"rank": 1}, "$inc": {"rank": 1}}, "rank"),
        ({"$set": {"stats": {"score": 1}, "stats.label": "x"}}, "stats.label"),
        ({"$set": 5}, "$set"),
        ([{"$set": {"rank": 1}}], ""),
    ],
    ids=str,
)
def test_an_update_outside_the_subset_is_refused_by_name_before_anything_is_sent(
    database: Database, update: Any, named: str
) -> None:
    with database.count_queries() as counts, pytest.raises(UnsupportedQuery) as raised:
        Note.update_one({"rank": 1}, update, upsert=True)
    assert named in str(raised.value)
    assert (counts.reads, counts.writes) == (0, 0)
