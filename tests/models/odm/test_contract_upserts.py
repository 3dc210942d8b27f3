"""An upsert makes the document that the model would have made, once."""

import pytest

from models.odm import BulkResult, Database, DuplicateKey, InvalidDocument, new_id
from tests.models.conftest import Connect
from tests.models.odm.documents import NOON, Counter, Level, Member, Note, Rollup, Sample, Seat
from tests.support.threads import context_thread

ROOM, USER = new_id(), new_id()


@pytest.fixture(autouse=True)
def database(open_database: Connect) -> Database:
    return open_database([Note, Member, Counter, Seat, Sample, Rollup])


def test_an_upsert_stores_the_filter_the_update_and_the_defaults() -> None:
    assert Note.update_one({"name": "n", "kind": {"$eq": "k"}, "rank": 3}, {"$set": {"done": True}}, upsert=True)
    (note,) = Note.find()
    assert note == Note(id=note.id, name="n", kind="k", rank=3, done=True)
    # The defaults are stored, so queries find them.
    assert Note.find({"level": Level.LOW, "weight": 0, "at": NOON, "stats.score": 0}) == [note]


@pytest.mark.deviates("mongomock", "takes nothing out of an $and in an upsert's filter")
def test_an_upsert_takes_what_an_and_says() -> None:
    assert Note.update_one({"$and": [{"name": "n"}, {"rank": {"$eq": 3}}]}, {"$set": {"done": True}}, upsert=True)
    assert [(note.name, note.rank) for note in Note.find()] == [("n", 3)]


def test_an_upsert_that_finds_a_match_only_updates() -> None:
    note = Note(name="n", rank=1, weight=5.0).insert()
    assert Note.update_one({"name": "n"}, {"$inc": {"rank": 1}, "$setOnInsert": {"kind": "new"}}, upsert=True)
    assert Note.get(note.id) == Note(id=note.id, name="n", rank=2, weight=5.0)


@pytest.mark.deviates("nx", "drops $addToSet and $min on an upsert")
def test_every_operator_works_on_a_document_that_an_upsert_makes() -> None:
    note = Note.find_one_and_update(
        {"name": "n"},
        {
            "$set": {"done": True}, "$inc": {"rank": 2}, "$max": {"weight": 1.5}, "$push": {"tags": "a"},
            "$addToSet": {"numbers": 1}, "$pull": {"parts": {"name": "x"}}, "$setOnInsert": {"kind": "new"},
            "$unset": {"slug": ""},
        },
        upsert=True,
    )  # fmt: skip
    assert note == Note(
        id=note.id if note else new_id(), name="n", done=True, rank=2, weight=1.5, tags=["a"], numbers=[1], kind="new"
    )


def test_the_document_before_an_upsert_is_none() -> None:
    assert Counter.find_one_and_update({"_id": "c"}, {"$inc": {"value": 1}}, upsert=True, return_new=False) is None
    before = Counter.find_one_and_update({"_id": "c"}, {"$inc": {"value": 1}}, upsert=True, return_new=False)
    assert before == Counter(id="c", value=1)
    assert Counter.get("c") == Counter(id="c", value=2)


def test_a_counter_counts_from_nothing() -> None:
    for expected in (1, 2, 3):
        counter = Counter.find_one_and_update({"_id": "visits"}, {"$inc": {"value": 1}}, upsert=True)
        assert counter is not None
        assert counter.value == expected


@pytest.mark.deviates("nx", "an upsert stores an ObjectId of the filter as text")
def test_an_upsert_takes_ids_from_the_filter() -> None:
    assert Member.update_one({"room_id": ROOM, "user_id": USER}, {"$set": {"role": "owner"}}, upsert=True)
    assert Member.update_one({"room_id": ROOM, "user_id": USER}, {"$inc": {"seen": 1}}, upsert=True)
    (member,) = Member.find()
    assert member == Member(id=member.id, room_id=ROOM, user_id=USER, role="owner", seen=1)


def test_an_upsert_that_would_make_an_invalid_document_is_refused() -> None:
    with pytest.raises(InvalidDocument) as raised:
        Sample.update_one({"sensor": "s"}, {"$set": {"value": 1.0}}, upsert=True)
    assert "ts" in str(raised.value)
    with pytest.raises(InvalidDocument, match="_id"):
        Counter.update_one({"value": 1}, {"$inc": {"value": 1}}, upsert=True)
    with pytest.raises(InvalidDocument):
        Counter.update_one({"_id": "c"}, {"$inc": {"value": 5000}}, upsert=True)
    with pytest.raises(InvalidDocument):
        Note.update_one({"tags": "a"}, {"$set": {"rank": 1}}, upsert=True)
    assert Sample.count() + Counter.count() + Note.count() == 0


@pytest.mark.deviates("nx", "names an index by a name of its own in the error")
@pytest.mark.deviates("mongomock", "does not name the index of an update's duplicate key")
def test_an_upsert_that_meets_a_unique_index_names_it() -> None:
    Seat(row="A", number=1, holder="ann", labels=["x"]).insert()
    with pytest.raises(DuplicateKey) as raised:
        Seat.update_one({"row": "B", "number": 2}, {"$set": {"holder": "ann"}}, upsert=True)
    assert raised.value.index_fields == ("holder",)
    assert Seat.count() == 1


def test_bulk_upsert_counts_what_matched_what_changed_and_what_was_made() -> None:
    Sample(sensor="s", ts=1, value=1.0).insert()
    Sample(sensor="s", ts=2, value=2.0).insert()
    result = Sample.bulk_upsert(
        [({"sensor": "s", "ts": ts}, {"$set": {"value": float(value)}}) for ts, value in [(1, 1), (2, 5), (3, 3), (4, 4), (3, 9)]]
    )
    assert result == BulkResult(matched=3, modified=2, upserted=2)
    assert {sample.ts: sample.value for sample in Sample.find()} == {1: 1.0, 2: 5.0, 3: 9.0, 4: 4.0}
    assert Sample.bulk_upsert([]) == BulkResult()


def test_bulk_upsert_is_one_round_trip(database: Database) -> None:
    with database.count_queries() as counts:
        Sample.bulk_upsert([({"sensor": "s", "ts": ts}, {"$set": {"value": 1.0}}) for ts in range(50)])
    assert (counts.reads, counts.writes) == (0, 1)


def test_bulk_update_makes_nothing_where_none_matches(database: Database) -> None:
    Sample(sensor="s", ts=1, value=1.0).insert()
    Sample(sensor="s", ts=2, value=2.0).insert()
    with database.count_queries() as counts:
        result = Sample.bulk_update([({"sensor": "s", "ts": ts}, {"$set": {"value": 2.0}}) for ts in (1, 2, 3)])
    assert (counts.reads, counts.writes) == (0, 1)
    assert result == BulkResult(matched=2, modified=1)
    assert {sample.ts: sample.value for sample in Sample.find()} == {1: 2.0, 2: 2.0}
    assert Sample.bulk_update([]) == BulkResult()


def test_a_duplicate_in_a_bulk_update_does_not_keep_its_neighbours_back() -> None:
    Seat(row="A", number=1, holder="ann", labels=["a"]).insert()
    Seat(row="A", number=2, holder="bob", labels=["b"]).insert()
    Seat(row="A", number=3, holder="cat", labels=["c"]).insert()
    with pytest.raises(DuplicateKey):
        Seat.bulk_update(
            [({"row": "A", "number": number}, {"$set": {"holder": holder}}) for number, holder in [(2, "ann"), (3, "dan")]]
        )
    assert sorted(str(seat.holder) for seat in Seat.find()) == ["ann", "bob", "dan"]


def test_a_duplicate_in_a_bulk_upsert_does_not_keep_its_neighbours_out() -> None:
    Seat(row="A", number=1, holder="ann", labels=["a"]).insert()
    with pytest.raises(DuplicateKey):
        Seat.bulk_upsert(
            [
                ({"row": "B", "number": 1}, {"$set": {"holder": "bob", "labels": ["b"]}}),
                ({"row": "B", "number": 2}, {"$set": {"holder": "ann", "labels": ["c"]}}),
                ({"row": "B", "number": 3}, {"$set": {"holder": "cat", "labels": ["d"]}}),
            ]
        )
    assert sorted(str(seat.holder) for seat in Seat.find()) == ["ann", "bob", "cat"]


def test_concurrent_upserts_of_one_key_make_one_document_and_lose_nothing() -> None:
    def work() -> None:
        for _ in range(20):
            Counter.update_one({"_id": "c"}, {"$inc": {"value": 1}}, upsert=True)

    threads = [context_thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter.find() == [Counter(id="c", value=80)]
