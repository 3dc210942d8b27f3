"""Random documents, filters, orders and updates: SQLite gives what a plain reading of MongoDB's manual gives."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.odm import DESC, Database, Document, Id, Index, InvalidDocument, connect
from tests.models.odm import reference
from tests.support.examples import examples


class Indexed(Document):
    """Each field indexed: alone, in a compound index, or with the elements of a list."""

    class Settings:
        collection = "indexed"
        indexes = [
            Index("number"),
            Index("mixed"),
            Index("text", ("number", DESC)),
            Index("ref", ("when", DESC)),
            Index("flag", partial={"flag": True}),
            Index("texts"),
            Index("flag", "numbers", ("number", DESC)),
            Index("any"),
            Index("sub.a"),
            Index("data"),
        ]

    number: int | None = None
    mixed: int | float | str | bool | Id | datetime | bytes | None = None
    real: float | None = None
    text: str | None = None
    flag: bool | None = None
    ref: Id | None = None
    when: datetime | None = None
    data: bytes | None = None
    texts: list[str] | None = None
    numbers: list[int | None] | None = None
    any: Any = None
    sub: dict[str, Any] | None = None


class Plain(Indexed):
    """The same without an index."""

    class Settings:
        collection = "plain"


# Small domains, so that values meet; each with its border cases.
INTEGERS = st.sampled_from([-(2**63), -1, 0, 1, 5, 2**63 - 1])
REALS = st.sampled_from([-1.5, 0.0, 1.0, 5.0, 1e300])
TEXTS = st.sampled_from(["", "a", "A", "ab", "é", "a\0b", "\uffff", "5"])
REFS = st.sampled_from([ObjectId(bytes([n] * 12)) for n in (0, 127, 255)])
TIMES = st.sampled_from([datetime(1969, 12, 31, tzinfo=UTC) + timedelta(milliseconds=ms) for ms in (0, 1, 10**12)])
DATA = st.sampled_from([b"", b"\x00", b"\xff", b"\x00\x01"])
SCALARS = st.one_of(INTEGERS, TEXTS, REALS, st.booleans(), REFS, TIMES, DATA)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(st.one_of(inner, st.none()), max_size=3),
        st.dictionaries(st.sampled_from(["a", "b"]), st.one_of(inner, st.none()), max_size=2),
    ),
    max_leaves=4,
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "number": INTEGERS, "mixed": SCALARS, "real": REALS, "text": TEXTS, "flag": st.booleans(), "ref": REFS, "when": TIMES,
    "data": DATA, "texts": st.lists(TEXTS, max_size=3), "numbers": st.lists(st.one_of(INTEGERS, st.none()), max_size=3),
    "any": ANYTHING, "sub": st.fixed_dictionaries({}, optional={"a": ANYTHING, "b": SCALARS}),
}  # fmt: skip
DOCUMENTS = st.lists(st.fixed_dictionaries({}, optional=FIELDS), min_size=4, max_size=10)
PATHS = [*FIELDS, "any.a", "any.b", "sub.a", "sub.b"]
PATTERNS = st.sampled_from(["a", "^a", "^ab", "b$", "^[aA]", "a|b", ""])


def conditions(path: str) -> st.SearchStrategy[Any]:
    near = FIELDS.get(path, SCALARS)
    operand = st.one_of(near, SCALARS)
    comparable = st.one_of(SCALARS, near).filter(lambda value: not isinstance(value, list | dict))
    literal = operand.filter(lambda value: not isinstance(value, dict) or not any(key.startswith("$") for key in value))
    operators: dict[str, st.SearchStrategy[Any]] = {
        "$eq": st.one_of(literal, st.none()),
        "$ne": st.one_of(literal, st.none()),
        **dict.fromkeys(("$gt", "$gte", "$lt", "$lte"), st.one_of(comparable, st.none())),
        **dict.fromkeys(("$in", "$nin"), st.lists(st.one_of(literal, st.none()), max_size=5)),
        "$exists": st.booleans(),
        "$regex": PATTERNS,
    }
    return st.one_of(
        literal,
        st.none(),
        st.sets(st.sampled_from(sorted(operators)), min_size=1, max_size=3).flatmap(
            lambda names: st.fixed_dictionaries({name: operators[name] for name in sorted(names)})
        ),
    )


CONDITIONS = st.sampled_from(PATHS).flatmap(lambda path: conditions(path).map(lambda condition: {path: condition}))
TOGETHER = st.lists(CONDITIONS, min_size=2, max_size=3).map(lambda all: {k: v for one in all for k, v in one.items()})
FILTERS = st.recursive(
    st.one_of(st.just({}), CONDITIONS, TOGETHER),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda branches: {"$or": branches}),
        st.lists(inner, min_size=1, max_size=3).map(lambda branches: {"$and": branches}),
        st.tuples(CONDITIONS, st.lists(inner, min_size=1, max_size=2)).map(lambda pair: {**pair[0], "$or": pair[1]}),
    ),
    max_leaves=4,
)
SORTS = st.lists(st.tuples(st.sampled_from(PATHS), st.sampled_from([1, -1])), max_size=2, unique_by=lambda pair: pair[0])
EVERY_SCALAR: list[Any] = [
    -(2**63), -1, 0, 5, 2**63 - 1, -1.5, 0.0, 5.0, 1e300, "", "a", "ab", "é", "a\0b", "\uffff", "5", False, True,
    ObjectId(bytes(12)), ObjectId(b"\xff" * 12), datetime(1969, 12, 31, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), b"", b"\xff",
    b"\x00\x01",
]  # fmt: skip
EVERY_OTHER: list[Any] = [
    [], [5], ["a", 5], [None], [[5]], [True, "b"], {}, {"a": 5}, {"a": None}, {"a": [5, "a"]}, {"b": 1}, [{"a": 5}, {}],
]  # fmt: skip
EVERY_LIST: list[list[Any]] = [
    [], [None], [5, [5], {"a": 5}],
    *([value] for value in EVERY_SCALAR[::3]),
    *([value, None, "zz"] for value in EVERY_SCALAR[::2]),
]  # fmt: skip
WINDOWS = st.tuples(st.integers(0, 3), st.integers(0, 3))
RELAXED = settings(
    max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = connect(f"sqlite:///{tmp_path_factory.mktemp('reference') / 'a.db'}", [Indexed, Plain])
    yield database
    database.close()


def stored(model: type[Indexed], documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Puts the documents in place of what is there; gives them as they are stored, with `_id` 0, 1, …"""
    model.delete_many({})
    made = [model(**fields) for fields in documents]
    model.insert_many(made)
    return model.find_raw()


def every_condition() -> Iterator[dict[str, Any]]:
    """Each operator with each value."""
    for value in [*EVERY_SCALAR, None]:
        for operator in ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte"):
            yield {operator: value}
    for value in EVERY_OTHER:
        yield from ({"$eq": value}, {"$ne": value})
    for values in EVERY_LIST:
        yield from ({"$in": values}, {"$nin": values})
    yield from ({"$exists": True}, {"$exists": False}, {"$regex": "a"}, {"$regex": "^a"}, {"$regex": "^A", "$options": "i"})
    yield from ({"$gt": 0, "$lt": "b"}, {"$gte": 0, "$lte": 5}, {"$gt": "", "$lt": "b"}, {"$lt": 5, "$ne": -1})


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("model", [Indexed, Plain])
def test_every_operator_with_every_value_on_every_kind_of_field(model: type[Indexed]) -> None:
    documents: list[dict[str, Any]] = [
        {}, {"number": 5}, {"number": -1}, {"flag": True}, {"sub": {}}, {"text": "a"},
        {"texts": ["a", "b"]}, {"texts": []}, {"texts": ["5"]}, {"numbers": [None, 5]}, {"numbers": [0, -1]},
        *({"mixed": value, "any": value, "sub": {"a": value}} for value in EVERY_SCALAR),
        *({"any": value, "sub": {"a": value}} for value in EVERY_OTHER),
    ]  # fmt: skip
    everything = stored(model, documents)
    for condition in every_condition():
        for path in ("mixed", "any", "any.a", "sub.a", "number", "text", "texts", "numbers", "flag"):
            filter = {path: condition}
            expected = [raw["_id"] for raw in everything if reference.matches(raw, filter)]
            assert sorted(raw["_id"] for raw in model.find_raw(filter, projection=["_id"])) == sorted(expected), filter


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize("model", [Indexed, Plain])
def test_every_value_has_its_place_in_the_order(model: type[Indexed], direction: int) -> None:
    documents: list[dict[str, Any]] = [{}, {"mixed": 7}, {}]
    documents += [{"mixed": value, "any": value} for value in EVERY_SCALAR] + [{"any": value} for value in EVERY_OTHER]
    everything = stored(model, documents)
    for path in ("mixed", "any"):
        sort = [(path, direction)]
        expected = sort_values(reference.in_order(everything, sort), sort)
        assert sort_values(model.find_raw(sort=sort), sort) == expected
        by_id = {raw["_id"]: raw for raw in everything}
        for size in (1, 2, 3, 7, 100):
            streamed = [found.id for found in model.stream(sort=sort, batch_size=size)]
            assert len(set(streamed)) == len(streamed) == len(everything)
            assert sort_values([by_id[id] for id in streamed], sort) == expected


def sort_values(documents: list[dict[str, Any]], sort: list[tuple[str, int]]) -> list[list[Any]]:
    """What each document is sorted by."""
    return [[reference.sort_value(raw, path, direction) for path, direction in sort] for raw in documents]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("model", [Indexed, Plain])
@RELAXED
@given(documents=DOCUMENTS, filters=st.lists(FILTERS, min_size=5, max_size=12), sort=SORTS, window=WINDOWS)
def test_filters_and_orders_of_any_kind(
    model: type[Indexed],
    documents: list[dict[str, Any]],
    filters: list[Any],
    sort: list[tuple[str, int]],
    window: tuple[int, int],
) -> None:
    everything = stored(model, documents)
    for filter in filters:
        expected = [raw for raw in everything if reference.matches(raw, filter)]
        ids = {raw["_id"] for raw in expected}
        assert {raw["_id"] for raw in model.find_raw(filter)} == ids
        assert model.count(filter) == len(ids)
        assert {found.id for found in model.stream(filter, batch_size=2)} == ids

        keys = sort_values(reference.in_order(expected, sort), sort)
        found = model.find_raw(filter, sort=sort)
        assert sort_values(found, sort) == keys
        limit, skip = window
        part = model.find_raw(filter, sort=sort, limit=limit, skip=skip)
        assert part == found[skip : skip + limit if limit else None]
        streamed = [raw.id for raw in model.stream(filter, sort=sort, batch_size=3)]
        assert set(streamed) == ids
        assert len(streamed) == len(ids)
        by_id = {raw["_id"]: raw for raw in found}
        assert sort_values([by_id[id] for id in streamed], sort) == keys


UPDATES = st.fixed_dictionaries(
    {},
    optional={
        "$set": st.fixed_dictionaries({}, optional={"text": TEXTS | st.none(), "texts": FIELDS["texts"], "any": ANYTHING}),
        "$inc": st.fixed_dictionaries({}, optional={"number": st.sampled_from([-1, 1, 2**40]), "real": st.sampled_from([0.5, 2])}),
        "$min": st.fixed_dictionaries({}, optional={"when": TIMES}),
        "$max": st.fixed_dictionaries({}, optional={"ref": REFS}),
        "$unset": st.fixed_dictionaries({}, optional={"data": st.just(""), "flag": st.just("")}),
        "$push": st.fixed_dictionaries({}, optional={"numbers": INTEGERS}),
    },
).filter(bool)


@pytest.mark.usefixtures("database")
@RELAXED
@given(documents=DOCUMENTS, filter=FILTERS, update=UPDATES)
def test_updates(documents: list[dict[str, Any]], filter: dict[str, Any], update: dict[str, Any]) -> None:
    before = stored(Indexed, documents)
    changed = {raw["_id"]: reference.apply(raw, update) for raw in before if reference.matches(raw, filter)}
    overflows = any(not -(2**63) <= raw.get("number", 0) < 2**63 for raw in changed.values())
    if overflows:
        with pytest.raises(InvalidDocument):
            Indexed.update_many(filter, update)
        assert Indexed.find_raw() == before
        return
    assert Indexed.update_many(filter, update) == len(changed)
    after = Indexed.find_raw()
    assert after == [changed.get(raw["_id"], raw) for raw in before]
    # The columns and side tables say what the documents say.
    for path in ("text", "number", "texts", "any", "ref", "when", "numbers"):
        for raw in after:
            value = raw.get(path)
            same = {other["_id"] for other in after if reference.matches(other, {path: value})}
            assert {other["_id"] for other in Indexed.find_raw({path: value})} == same


@pytest.mark.usefixtures("database")
@RELAXED
@given(documents=DOCUMENTS, field=st.sampled_from(["number", "text", "flag", "ref", "when", "data", "texts"]))
def test_distinct_and_counts(documents: list[dict[str, Any]], field: str) -> None:
    everything = stored(Indexed, documents)
    stored(Plain, documents)
    values = [raw.get(field) for raw in everything]
    elements = [item for value in values for item in (value if isinstance(value, list) else [value])]
    counted = [item for item in elements if field != "texts" or item is not None]
    for model in (Indexed, Plain):
        assert set(model.distinct(field)) == {item for item in elements if item is not None}
        assert model.count_by(field) == {item: counted.count(item) for item in counted}
