"""A query that has an index uses it: read from SQLite's own plan."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId

from models.odm import ASC, DESC, Database, Document, Id, Index, connect, new_id
from tests.models.odm.documents import NOON


class Post(Document):
    """An index of each shape."""

    class Settings:
        collection = "posts"
        indexes = [
            Index(("room_id", ASC), ("seq", ASC), unique=True),
            Index("author_id", "client_id", unique=True, partial={"client_id": {"$exists": True}}),
            Index("expires_at", ttl_seconds=0),
            Index("tags"),
            Index("room_id", "terms", ("seq", DESC)),
            Index("state", "due_at", partial={"state": "queued"}),
            Index("score", partial={"score": {"$gt": 100}}),
            Index("place.city"),
            Index(("kind", ASC), ("hot", DESC)),
            Index("name"),
        ]

    room_id: Id
    seq: int
    author_id: Id | None = None
    client_id: str | None = None
    expires_at: datetime | None = None
    due_at: int = 0
    tags: list[str] = []
    terms: list[str] = []
    state: str = "done"
    score: int = 0
    place: dict[str, str] = {}
    kind: str = "text"
    hot: float = 0.0
    name: str = ""
    note: str = ""


class Reading(Document):
    class Settings:
        collection = "readings"

    id: int  # type: ignore[assignment]
    value: float = 0.0


# Fixed, since tests are named after them.
ROOM, AUTHOR, OTHER = (ObjectId(f"65000000000000000000000{number}") for number in (1, 2, 3))


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = connect(f"sqlite:///{Path(tmp_path_factory.mktemp('plans')) / 'plans.db'}", [Post, Reading])
    Post.insert_many(
        [
            Post(
                room_id=ROOM, seq=seq, author_id=AUTHOR, client_id=str(seq) if seq % 2 else None, tags=[f"t{seq % 7}"],
                terms=["all", f"w{seq % 50}"], state="queued" if seq % 9 == 0 else "done", score=seq, hot=float(seq % 13),
                name=f"n{seq}", place={"city": f"c{seq % 5}"}, due_at=seq,
            )
            for seq in range(1000)
        ]
    )  # fmt: skip
    Reading.insert_many([Reading(id=number) for number in range(1000)])
    yield database
    database.close()


@pytest.mark.parametrize(
    ("filter", "sort", "limit"),
    [
        ({"_id": OTHER}, None, 0),
        ({"_id": {"$in": [AUTHOR, OTHER]}}, None, 0),
        ({"_id": {"$gt": OTHER}}, [("_id", 1)], 10),
        ({"room_id": ROOM}, [("seq", 1)], 50),
        ({"room_id": ROOM}, [("seq", -1)], 50),
        ({"room_id": ROOM, "seq": 7}, None, 0),
        ({"room_id": ROOM, "seq": {"$gt": 7}}, [("seq", 1)], 50),
        ({"room_id": ROOM, "seq": {"$gt": 7, "$lte": 70}}, [("seq", -1)], 50),
        ({"room_id": ROOM, "seq": {"$in": [1, 2, 3]}}, None, 0),
        ({"room_id": {"$in": [ROOM, OTHER]}, "seq": 5}, None, 0),
        ({"$and": [{"room_id": ROOM}, {"seq": {"$gte": 5}}]}, [("seq", 1)], 5),
        ({"$or": [{"room_id": ROOM, "seq": 1}, {"name": "n5"}]}, None, 0),
        ({"author_id": AUTHOR, "client_id": "5"}, None, 0),
        ({"author_id": AUTHOR, "client_id": {"$exists": True}}, None, 0),
        ({"expires_at": {"$lt": NOON}}, None, 0),
        ({"expires_at": None, "name": "n4"}, None, 0),
        ({"tags": "t3"}, None, 0),
        ({"tags": {"$in": ["t3", "t4"]}}, None, 0),
        ({"tags": "t3"}, [("name", 1)], 10),
        ({"$and": [{"tags": "t3"}, {"tags": "t4"}]}, None, 0),
        ({"room_id": ROOM, "terms": "w7"}, [("seq", -1)], 20),
        ({"room_id": ROOM, "$and": [{"terms": "all"}, {"terms": "w7"}]}, [("seq", -1)], 20),
        ({"state": "queued"}, [("due_at", 1)], 1),
        ({"state": "queued", "due_at": {"$lte": 900}}, [("due_at", 1)], 1),
        ({"score": {"$gt": 100}}, [("score", -1)], 10),
        ({"place.city": "c3"}, None, 0),
        ({"kind": "text"}, [("hot", -1)], 30),
        ({"name": {"$regex": "^n12"}}, None, 0),
        ({"name": "n3", "note": "not indexed"}, None, 0),
        ({}, [("name", 1)], 10),
        ({}, [("name", -1)], 10),
    ],
    ids=str,
)
def test_a_query_with_an_index_uses_it(
    database: Database, filter: dict[str, Any], sort: list[tuple[str, int]] | None, limit: int
) -> None:
    steps = database.explain(Post, filter, sort=sort, limit=limit)
    used = [step for step in steps if " INDEX " in step or "INTEGER PRIMARY KEY" in step or "PRIMARY KEY (_rid" in step]
    assert used, steps
    # Reading an index from its beginning, in the order asked for and up to a limit, is a use of it.
    scans = [step for step in steps if step.startswith("SCAN") and not (limit and " USING INDEX " in step)]
    assert not scans, steps


@pytest.mark.parametrize(
    ("filter", "sort"),
    [
        ({"room_id": ROOM}, [("seq", 1)]),
        ({"room_id": ROOM}, [("seq", -1)]),
        ({"room_id": ROOM, "seq": {"$gt": 7}}, [("seq", -1)]),
        ({"room_id": ROOM, "terms": "w7"}, [("seq", -1)]),
        ({"room_id": ROOM, "terms": "w7", "seq": {"$lt": 500}}, [("seq", -1)]),
        ({"state": "queued"}, [("due_at", 1)]),
        ({"kind": "text"}, [("hot", -1)]),
        ({"_id": {"$gt": OTHER}}, [("_id", 1)]),
        ({}, [("name", -1)]),
    ],
    ids=str,
)
def test_an_order_that_an_index_gives_is_not_sorted_again(
    database: Database, filter: dict[str, Any], sort: list[tuple[str, int]]
) -> None:
    steps = database.explain(Post, filter, sort=sort, limit=20)
    assert not [step for step in steps if "TEMP B-TREE" in step], steps


@pytest.mark.parametrize(
    "filter",
    [{"_id": 5}, {"_id": {"$gte": 5, "$lt": 50}}, {"_id": {"$in": [1, 2, 3]}}],
    ids=str,
)
def test_integer_ids_are_the_rows_themselves(database: Database, filter: dict[str, Any]) -> None:
    (step,) = database.explain(Reading, filter, sort=[("_id", 1)])
    assert "USING INTEGER PRIMARY KEY" in step


def test_both_ends_of_a_range_enter_the_index(database: Database) -> None:
    (step,) = database.explain(Post, {"room_id": ROOM, "seq": {"$gt": 7, "$lte": 70}})
    assert "(room_id=? AND seq>? AND seq<?)" in step


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({"_id": "5"}, 0),
        ({"_id": 5.0}, 1),
        ({"_id": {"$in": ["5", 6, 7.5, None]}}, 1),
        ({"_id": {"$nin": ["5", 6]}}, 999),
        ({"_id": {"$gt": "5"}}, 0),
        ({"_id": {"$ne": "5"}}, 1000),
        ({"_id": None}, 0),
        ({"_id": {"$ne": None}}, 1000),
        ({"_id": {"$exists": True}}, 1000),
        ({"_id": {"$gte": 997.5}}, 2),
    ],
    ids=str,
)
def test_an_integer_id_is_not_the_text_of_one(database: Database, filter: dict[str, Any], expected: int) -> None:
    assert database.url_scheme == "sqlite"
    assert Reading.count(filter) == expected
    assert Reading.get("5") is None


@pytest.mark.usefixtures("database")
def test_the_compound_list_index_finds_what_the_filter_says() -> None:
    found = Post.find({"room_id": ROOM, "terms": "w7"}, sort=[("seq", -1)], limit=3)
    assert [post.seq for post in found] == [957, 907, 857]
    found = Post.find({"room_id": ROOM, "terms": "w7", "seq": {"$lt": 857}}, sort=[("seq", -1)], limit=2, skip=1)
    assert [post.seq for post in found] == [757, 707]
    assert Post.count({"room_id": ROOM, "$and": [{"terms": "all"}, {"terms": "w7"}]}) == 20
    assert Post.find({"room_id": new_id(), "terms": "w7"}) == []


@pytest.mark.parametrize(
    "filter",
    [
        {"room_id": ROOM, "terms": "w7"},
        {"room_id": ROOM, "terms": "w7", "seq": {"$lt": 500}},
        {"room_id": ROOM, "terms": "w7", "state": "done"},
        {"room_id": ROOM, "$and": [{"terms": "w7"}, {"terms": "all"}]},
        {"room_id": ROOM, "terms": "w7", "note": ""},
    ],
    ids=str,
)
def test_a_search_for_a_word_reads_its_newest_messages_first(database: Database, filter: dict[str, Any]) -> None:
    steps = database.explain(Post, filter, sort=[("seq", -1)], limit=20)
    assert steps[0].startswith("SEARCH posts:room_id_1_terms_1_seq_-1 USING COVERING INDEX"), steps
    assert "(_k0=? AND _k1=?" in steps[0]
    documents = [step for step in steps if "posts USING" in step]
    assert documents == [step for step in documents if step.startswith("SEARCH posts USING INTEGER PRIMARY KEY")] != []
    assert not [step for step in steps if "TEMP B-TREE" in step]
    found = [post.seq for post in Post.find(filter, sort=[("seq", -1)])]
    assert found == sorted((post.seq for post in Post.find(filter)), reverse=True)
    assert found
    assert [post.seq for post in Post.find(filter, sort=[("seq", 1)], limit=3)] == found[::-1][:3]


def test_a_repeated_query_is_planned_once(database: Database) -> None:
    assert database.url_scheme == "sqlite"
    shapes = Post.schema_of.filters
    first = shapes.compile({"room_id": ROOM, "seq": {"$gt": 1}})
    assert shapes.compile({"room_id": new_id(), "seq": {"$gt": 99}}).shape is first.shape
    assert shapes.compile({"room_id": new_id(), "seq": {"$gt": "x"}}).shape is not first.shape
    assert shapes.compile({"room_id": new_id(), "seq": {"$gte": 1}}).shape is not first.shape
    # Lists of like length share a shape.
    assert shapes.compile({"seq": {"$in": [1, 2, 3]}}).shape is shapes.compile({"seq": {"$in": [5, 6, 7, 8]}}).shape


@pytest.mark.usefixtures("database")
def test_two_frequent_words_are_found_without_gathering_all_that_hold_one(database: Database) -> None:
    filter = {"room_id": ROOM, "$and": [{"terms": "all"}, {"terms": "w7"}]}
    steps = database.explain(Post, filter, sort=[("seq", -1)], limit=20)
    assert [step for step in steps if "_beside" in step and "(_k0=? AND _k1=? AND _k2=? AND _of=?)" in step], steps
    assert not [step for step in steps if "LIST SUBQUERY" in step], steps
    assert [post.seq for post in Post.find(filter, sort=[("seq", -1)], limit=3)] == [957, 907, 857]
    absent = {"room_id": ROOM, "$and": [{"terms": "all"}, {"terms": "nowhere"}]}
    assert Post.find(absent, sort=[("seq", -1)], limit=3) == []
