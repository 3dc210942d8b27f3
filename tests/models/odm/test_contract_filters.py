"""Each filter finds what MongoDB's manual says, on each engine, whether an index serves it or not."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId

from models.odm import Document, Id, Index, connect
from tests.models.conftest import ENGINES, drop, expect_deviations, new_url
from tests.models.odm.documents import NOON, Level, Part, Stats

ALICE, BOB = ObjectId("650000000000000000000001"), ObjectId("650000000000000000000002")


class Thing(Document):
    """One field of each kind: here with an index on each…"""

    class Settings:
        collection = "indexed_things"
        indexes = [
            *map(Index, ["name", "rank", "weight", "done", "owner", "at", "level", "blob", "tags", "numbers"]),
            *map(Index, ["stats.score", "stats.label", "parts.name", "anything", "extra.x"]),
        ]

    name: str
    rank: int | None = None
    weight: float | None = None
    done: bool | None = None
    owner: Id | None = None
    at: Any = None
    level: Level | None = None
    blob: bytes | None = None
    tags: list[str] | None = None
    numbers: list[int | None] | None = None
    stats: Stats | None = None
    parts: list[Part] | None = None
    extra: dict[str, Any] | None = None
    anything: Any = None


class PlainThing(Thing):
    """…and here with none."""

    class Settings:
        collection = "plain_things"


THINGS: list[dict[str, Any]] = [
    {"name": "none"},
    {"name": "low", "rank": -3, "weight": -0.5, "done": False, "owner": ALICE, "at": NOON, "level": Level.LOW},
    {"name": "mid", "rank": 0, "weight": 2.0, "done": True, "owner": BOB, "at": NOON + timedelta(hours=1), "level": Level.HIGH},
    {"name": "top", "rank": 2**40, "weight": float(2**40), "blob": b"\x01\x02", "extra": {"x": 1, "y": {"z": "deep"}}},
    {"name": "Tagged", "tags": ["red", "green"], "numbers": [1, 5], "parts": [Part(name="a", size=1), Part(name="b", size=9)]},
    {"name": "empty", "tags": [], "numbers": [], "parts": [], "extra": {}},
    {"name": "nulls", "numbers": [None, 7], "extra": {"x": None}},
    {"name": "sub", "stats": Stats(score=4, label="good"), "extra": {"x": [1, 2]}},
    {"name": "any-int", "anything": 5},
    {"name": "any-float", "anything": 5.0},
    {"name": "any-str", "anything": "5"},
    {"name": "any-bool", "anything": True},
    {"name": "any-list", "anything": [5, "x", [6]]},
    {"name": "any-dict", "anything": {"a": 1, "b": 2}},
]
NAMES = {thing["name"] for thing in THINGS}


DEVIATIONS = {
    "ids": "finds an ObjectId only in _id, and takes its hexadecimal text for the same",
    "binary": "does not find binary values",
    "types": "takes values of different types for the same",
    "null": "does not treat null and a missing field as one",
    "arrays": "does not look for the elements of a list with this operator",
    "anything": "does not compare what is in a field of no declared type",
    "order": "takes sub-documents for the same whatever the order of their fields",
}
"""What servers that only resemble MongoDB do instead."""

ROWS: list[tuple[Any, ...]] = [
    # Equality, of every type.
    ({}, NAMES),
    ({"name": "low"}, {"low"}),
    ({"name": {"$eq": "Low"}}, set()),
    ({"rank": 0}, {"mid"}),
    ({"rank": 0.0}, {"mid"}),
    ({"rank": "0"}, set()),
    ({"rank": 2**40}, {"top"}),
    ({"weight": 2}, {"mid"}),
    ({"weight": -0.5}, {"low"}),
    ({"done": True}, {"mid"}),
    ({"done": 1}, set(), "nx: types", "mongomock: types"),
    ({"rank": False}, set(), "nx: types", "mongomock: types"),
    ({"owner": ALICE}, {"low"}, "nx: ids"),
    ({"owner": str(ALICE)}, set(), "nx: ids"),
    ({"at": NOON}, {"low"}),
    ({"level": Level.HIGH}, {"mid"}),
    ({"blob": b"\x01\x02"}, {"top"}, "nx: binary"),
    ({"blob": b"\x01"}, set()),
    ({"stats.score": 4}, {"sub"}),
    ({"stats.label": "good"}, {"sub"}),
    ({"extra.y.z": "deep"}, {"top"}),
    ({"anything": 5}, {"any-int", "any-float", "any-list"}, "nx indexed: anything"),
    ({"anything": "5"}, {"any-str"}),
    ({"anything": True}, {"any-bool"}),
    # Null and missing.
    ({"rank": None}, NAMES - {"low", "mid", "top"}),
    ({"stats.label": None}, NAMES - {"sub"}),
    ({"rank": {"$ne": None}}, {"low", "mid", "top"}, "nx: null"),
    ({"extra.x": None}, NAMES - {"top", "sub"}, "nx: null"),
    ({"numbers": None}, NAMES - {"Tagged", "empty"}, "nx: null"),
    ({"rank": {"$exists": True}}, {"low", "mid", "top"}),
    ({"rank": {"$exists": False}}, NAMES - {"low", "mid", "top"}),
    ({"extra.x": {"$exists": True}}, {"top", "nulls", "sub"}, "nx: null"),
    ({"tags": {"$exists": True}}, {"Tagged", "empty"}),
    ({"parts.name": {"$exists": True}}, {"Tagged"}, "nx: null"),
    ({"parts.name": None}, NAMES - {"Tagged", "empty"}, "nx: null"),
    # Ranges stay within the type of their operand.
    ({"rank": {"$gt": -3}}, {"mid", "top"}),
    ({"rank": {"$gte": -3, "$lt": 2**40}}, {"low", "mid"}),
    ({"rank": {"$lt": 0.5}}, {"low", "mid"}),
    ({"rank": {"$lte": -3}}, {"low"}),
    ({"rank": {"$gt": "0"}}, set()),
    ({"rank": {"$lt": "0"}}, set(), "nx: types"),
    ({"weight": {"$gt": 0}}, {"mid", "top"}),
    ({"name": {"$gte": "s"}}, {"sub", "top"}),
    ({"name": {"$lt": "any-d"}}, {"Tagged", "any-bool"}),
    ({"name": {"$gte": 0}}, set(), "nx: types"),
    ({"owner": {"$gt": ALICE}}, {"mid"}, "nx: ids"),
    ({"owner": {"$lte": ALICE}}, {"low"}, "nx: ids"),
    ({"at": {"$gte": NOON, "$lt": NOON + timedelta(hours=1)}}, {"low"}),
    ({"at": {"$gt": NOON}}, {"mid"}),
    ({"done": {"$gte": False}}, {"low", "mid"}),
    ({"done": {"$lt": True}}, {"low"}),
    ({"blob": {"$gte": b"\x00"}}, {"top"}, "nx: binary"),
    ({"anything": {"$gte": 5}}, {"any-int", "any-float", "any-list"}, "nx: anything"),
    ({"anything": {"$gte": ""}}, {"any-str", "any-list"}, "nx: anything"),
    ({"anything": {"$lt": True}}, set()),
    ({"rank": {"$gte": None}}, NAMES - {"low", "mid", "top"}, "nx: null", "mongomock: null"),
    ({"rank": {"$gt": None}}, set()),
    # Sets and negations.
    ({"name": {"$in": ["low", "top", "?"]}}, {"low", "top"}),
    ({"name": {"$in": []}}, set()),
    ({"rank": {"$in": [0, None]}}, NAMES - {"low", "top"}),
    ({"rank": {"$in": [None]}}, NAMES - {"low", "mid", "top"}),
    ({"rank": {"$nin": [0, -3]}}, NAMES - {"low", "mid"}),
    ({"rank": {"$nin": [0, None]}}, {"low", "top"}),
    ({"rank": {"$nin": []}}, NAMES),
    ({"rank": {"$ne": 0}}, NAMES - {"mid"}),
    ({"owner": {"$in": [ALICE, BOB]}}, {"low", "mid"}, "nx: ids"),
    ({"owner": {"$ne": ALICE}}, NAMES - {"low"}, "nx: ids"),
    ({"anything": {"$in": [5, "x"]}}, {"any-int", "any-float", "any-list"}),
    ({"anything": {"$ne": 5}}, NAMES - {"any-int", "any-float", "any-list"}, "nx: anything"),
    # Arrays: some element, or the array itself.
    ({"tags": "red"}, {"Tagged"}, "nx indexed: arrays"),
    ({"tags": ["red", "green"]}, {"Tagged"}, "nx: arrays"),
    ({"tags": ["green", "red"]}, set(), "nx: arrays"),
    ({"tags": []}, {"empty"}, "nx: arrays"),
    ({"tags": {"$ne": "red"}}, NAMES - {"Tagged"}, "nx: arrays"),
    ({"tags": {"$in": ["green", "blue"]}}, {"Tagged"}),
    ({"tags": {"$nin": ["red"]}}, NAMES - {"Tagged"}),
    ({"tags": {"$gt": "m"}}, {"Tagged"}, "nx: arrays"),
    # (One element may fulfil the one and another the other.)
    ({"numbers": {"$gt": 2, "$lt": 5}}, {"Tagged"}, "nx: arrays"),
    ({"numbers": {"$gt": 5, "$lt": 7}}, set()),
    ({"numbers": 7}, {"nulls"}, "nx indexed: arrays"),
    ({"numbers": {"$in": [None, 5]}}, NAMES - {"empty"}),
    ({"extra.x": 1}, {"top", "sub"}, "nx indexed: arrays"),
    ({"parts.name": "b"}, {"Tagged"}, "nx indexed: arrays"),
    ({"parts.size": {"$gte": 9}}, {"Tagged"}, "nx: arrays"),
    ({"parts.name": {"$ne": "b"}}, NAMES - {"Tagged"}, "nx: arrays"),
    ({"anything": [6]}, {"any-list"}, "nx: anything"),
    ({"anything": 6}, set(), "nx: anything"),
    # Sub-documents are equal with the same fields in the same order.
    ({"anything": {"a": 1, "b": 2}}, {"any-dict"}, "nx: anything"),
    ({"anything": {"b": 2, "a": 1}}, set(), "nx: anything", "mongomock: order"),
    ({"anything": {"a": 1}}, set(), "nx: anything"),
    ({"anything.a": 1}, {"any-dict"}, "nx: anything"),
    # Logic.
    ({"$or": [{"name": "low"}, {"rank": 0}]}, {"low", "mid"}),
    ({"$or": [{"tags": "red"}, {"extra.y.z": "deep"}]}, {"Tagged", "top"}),
    ({"$and": [{"rank": {"$gte": -3}}, {"rank": {"$lte": 0}}]}, {"low", "mid"}),
    ({"$and": [{"tags": "red"}, {"tags": "green"}]}, {"Tagged"}),
    ({"name": "low", "$or": [{"rank": 0}, {"rank": -3}]}, {"low"}),
    ({"$or": [{"$and": [{"rank": 0}, {"done": True}]}, {"name": {"$in": ["sub"]}}]}, {"mid", "sub"}),
    ({"$or": [{}, {"rank": 0}]}, NAMES),
    # Patterns.
    ({"name": {"$regex": "^any-"}}, {name for name in NAMES if name.startswith("any-")}),
    ({"name": {"$regex": "^ANY-[bd]", "$options": "i"}}, {"any-bool", "any-dict"}),
    ({"name": {"$regex": "o"}}, {"none", "low", "top", "any-float", "any-bool"}),
    ({"name": {"$regex": "^(low|mid)$"}}, {"low", "mid"}),
    ({"name": {"$regex": r"^any\-s"}}, {"any-str"}),
    ({"tags": {"$regex": "^gr"}}, {"Tagged"}, "nx: arrays"),
    ({"rank": {"$regex": "0"}}, set(), "nx: types"),
    ({"name": {"$regex": "^any-", "$ne": "any-int"}}, {n for n in NAMES if n.startswith("any-")} - {"any-int"}),
]


def _cases() -> Iterator[Any]:
    for model in (Thing, PlainThing):
        variant = "indexed" if model is Thing else "plain"
        for filter, expected, *deviations in ROWS:
            marks = []
            for deviation in deviations:
                who, _, what = deviation.partition(": ")
                server, _, only = who.partition(" ")
                if only in ("", variant):
                    marks.append(pytest.mark.deviates(server, DEVIATIONS[what]))
            yield pytest.param(model, filter, expected, marks=marks, id=f"{variant} {filter}")


@pytest.fixture(scope="module", params=ENGINES)
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Both collections with all THINGS in them; gives the name of the engine."""
    url = new_url(request.param, request, Path(tmp_path_factory.mktemp("filters")))
    with_index, without = (Thing, PlainThing)
    database = connect(url, [with_index, without])
    for model in (with_index, without):
        assert model.insert_many([model(**thing) for thing in THINGS]).inserted == len(THINGS)
    yield request.param
    database.close()
    drop(url)


@pytest.fixture
def engine(loaded: str, request: pytest.FixtureRequest) -> str:
    expect_deviations(request, loaded)
    return loaded


@pytest.mark.parametrize(("model", "filter", "expected"), list(_cases()))
def test_a_filter_finds_what_the_manual_says(engine: str, model: type[Thing], filter: dict[str, Any], expected: set[str]) -> None:
    assert {found.name for found in model.find(filter)} == expected
    assert model.count(filter) == len(expected)
    assert model.exists(filter) is bool(expected)
    assert {found.name for found in model.stream(filter, batch_size=3)} == expected
