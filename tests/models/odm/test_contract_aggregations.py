"""Counts by value, distinct values and buckets of time, on each engine."""

from datetime import UTC, datetime, timedelta

import pytest

from models.odm import Database, UnsupportedQuery, new_id
from tests.models.conftest import Connect
from tests.models.odm.documents import NOON, Level, Member, Note, Part, Sample

MINUTE = 60_000
START = 1_795_176_000_000  # a whole hour


@pytest.fixture(autouse=True)
def database(open_database: Connect) -> Database:
    return open_database([Note, Member, Sample])


def test_count_by_counts_the_documents_of_each_value() -> None:
    for kind, rank, slug in [("a", 1, "s"), ("a", 2, None), ("b", 1, None)]:
        Note(kind=kind, rank=rank, slug=slug, level=Level.HIGH).insert()
    assert Note.count_by("kind") == {"a": 2, "b": 1}
    assert Note.count_by("rank", {"kind": "a"}) == {1: 1, 2: 1}
    assert Note.count_by("slug") == {"s": 1, None: 2}
    assert Note.count_by("level") == {2: 3}
    assert Note.count_by("weight", {"rank": 1, "done": False}) == {0.0: 2}
    assert Note.count_by("kind", {"rank": 7}) == {}


@pytest.mark.deviates("nx", "$project of a dotted path gives nothing")
def test_count_by_counts_the_elements_of_a_list() -> None:
    Note(tags=["a", "b", "a"], parts=[Part(name="p"), Part(name="q")]).insert()
    Note(tags=["a"], parts=[Part(name="p")]).insert()
    Note(tags=[]).insert()
    assert Note.count_by("tags") == {"a": 3, "b": 1}
    assert Note.count_by("parts.name") == {"p": 2, "q": 1}


@pytest.mark.deviates("nx", "finds an ObjectId only in _id")
def test_count_by_counts_references() -> None:
    ann, bob = new_id(), new_id()
    Member.insert_many([Member(room_id=new_id(), user_id=user) for user in (ann, ann, bob)])
    assert Member.count_by("user_id") == {ann: 2, bob: 1}
    assert Member.count_by("role", {"user_id": ann}) == {"member": 2}


def test_distinct_gives_each_value_once_in_order() -> None:
    for rank, slug, tags in [(3, "x", ["b", "a"]), (1, None, ["a", "c"]), (3, "w", [])]:
        Note(rank=rank, slug=slug, tags=tags, kind="odd").insert()
    Note(rank=2, kind="even").insert()
    assert Note.distinct("rank") == [1, 2, 3]
    assert Note.distinct("rank", {"kind": "odd"}) == [1, 3]
    assert Note.distinct("slug") == ["w", "x"]
    assert Note.distinct("weight") == [0.0]
    assert Note.distinct("tags") == ["a", "b", "c"]


def test_buckets_begin_at_multiples_of_their_width() -> None:
    values = [(START + 1, 2.0), (START + 59_999, -1.5), (START + MINUTE, 7.0), (START + 30_000, 4.0), (START + 10 * MINUTE, 0.5)]
    Sample.insert_many([Sample(sensor="s", ts=ts, value=value) for ts, value in values])
    Sample(sensor="other", ts=START + 2, value=100.0).insert()
    buckets = Sample.bucket_by_time({"sensor": "s"}, time_field="ts", value_field="value", width_ms=MINUTE)
    assert buckets == [
        {"ts": START, "count": 3, "sum": 4.5, "min": -1.5, "max": 4.0, "first": 2.0, "last": -1.5},
        {"ts": START + MINUTE, "count": 1, "sum": 7.0, "min": 7.0, "max": 7.0, "first": 7.0, "last": 7.0},
        {"ts": START + 10 * MINUTE, "count": 1, "sum": 0.5, "min": 0.5, "max": 0.5, "first": 0.5, "last": 0.5},
    ]
    assert all(type(bucket["ts"]) is int for bucket in buckets)
    assert Sample.bucket_by_time({"sensor": "?"}, time_field="ts", value_field="value", width_ms=MINUTE) == []


@pytest.mark.deviates("nx", "cannot compute with times")
def test_buckets_of_datetimes_are_in_ms_too() -> None:
    for second, value in [(0, 1.0), (59, 3.0), (60, 5.0)]:
        Sample(sensor="s", ts=second, at=NOON + timedelta(seconds=second), value=value).insert()
    buckets = Sample.bucket_by_time({"sensor": "s"}, time_field="at", value_field="value", width_ms=MINUTE)
    noon = int(NOON.timestamp() * 1000)
    assert [(bucket["ts"], bucket["count"], bucket["sum"]) for bucket in buckets] == [(noon, 2, 4.0), (noon + MINUTE, 1, 5.0)]


@pytest.mark.deviates("nx", "cannot compute with times")
def test_buckets_before_1970_begin_before_their_values() -> None:
    Sample(sensor="s", ts=-1, at=datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), value=1.0).insert()
    Sample(sensor="s", ts=-MINUTE, at=datetime(1969, 12, 31, 23, 59, tzinfo=UTC), value=2.0).insert()
    Sample(sensor="s", ts=0, at=datetime(1970, 1, 1, tzinfo=UTC), value=3.0).insert()
    for field in ("ts", "at"):
        buckets = Sample.bucket_by_time({}, time_field=field, value_field="value", width_ms=MINUTE)
        assert [(bucket["ts"], bucket["first"], bucket["last"]) for bucket in buckets] == [(-MINUTE, 2.0, 1.0), (0, 3.0, 3.0)]


def test_documents_without_a_number_are_in_no_bucket() -> None:
    Sample(sensor="s", ts=1, value=None).insert()
    assert Sample.bucket_by_time({}, time_field="ts", value_field="value", width_ms=MINUTE) == []
    Sample(sensor="s", ts=2, value=4.0).insert()
    (bucket,) = Sample.bucket_by_time({}, time_field="ts", value_field="value", width_ms=MINUTE)
    assert (bucket["count"], bucket["sum"]) == (1, 4.0)


def test_an_unknown_field_or_an_empty_width_is_refused() -> None:
    with pytest.raises(UnsupportedQuery):
        Note.count_by("nope")
    with pytest.raises(UnsupportedQuery):
        Note.distinct("nope")
    with pytest.raises(UnsupportedQuery):
        Sample.bucket_by_time({}, time_field="nope", value_field="value", width_ms=1)
    with pytest.raises(UnsupportedQuery):
        Sample.bucket_by_time({}, time_field="ts", value_field="value", width_ms=0)
