"""What is stored is what comes back, on each engine."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from models.odm import Database, Document, DuplicateKey, InvalidDocument, OdmError, new_id
from tests.models.conftest import Connect
from tests.models.odm.documents import LATER, NOON, Counter, Level, Note, Part, Rollup, Stats


class Year(Document):
    class Settings:
        collection = "years"

    id: int  # type: ignore[assignment]


@pytest.fixture(autouse=True)
def database(open_database: Connect) -> Database:
    return open_database([Note, Counter, Rollup, Year])


def test_every_type_survives_a_round_trip() -> None:
    note = Note(
        name="a \0 name, 名前", rank=-(2**63), weight=1.5, done=True, slug="s", tags=["x", "y"], numbers=[2**63 - 1, 0],
        stats=Stats(score=3, label="l"), parts=[Part(name="p", size=1), Part(name="q")], extra={"a": {"b": [1, None, 2.5]}},
        level=Level.HIGH, mood="bad", owner=new_id(), blob=b"\x00\xff", at=NOON, expires_at=LATER,
    )  # fmt: skip
    note.insert()
    found = Note.get(note.id)
    assert found == note
    assert found is not None
    assert isinstance(found.level, Level)
    assert isinstance(found.stats, Stats)
    assert isinstance(found.parts[0], Part)
    assert found.at.tzinfo is not None


@pytest.mark.deviates("nx", "an update stores a time as text")
def test_a_document_found_can_be_stored_again() -> None:
    note = Note(rank=2**40, numbers=[2**63 - 1], stats=Stats(score=2**50), parts=[Part(name="p", size=2**33)]).insert()
    found = Note.get(note.id)
    assert found is not None
    assert found.replace()
    assert Note.get(note.id) == note
    # Fields come in the order of the model, too.
    assert found.model_dump_json() == note.model_dump_json()


def test_a_time_is_cut_to_what_bson_holds_when_the_document_is_made() -> None:
    precise = datetime(2126, 1, 2, 3, 4, 5, 678_999, tzinfo=timezone(timedelta(hours=2)))
    note = Note(at=precise, expires_at=precise).insert()
    assert note.at == datetime(2126, 1, 2, 1, 4, 5, 678_000, tzinfo=UTC)
    assert note.expires_at == note.at
    assert Note.get(note.id) == note


def test_a_time_before_1970_survives() -> None:
    early = datetime(1901, 2, 3, 4, 5, 6, 789_000, tzinfo=UTC)
    note = Note(at=early).insert()
    assert Note.find({"at": {"$lt": datetime(1950, 1, 1, tzinfo=UTC)}}) == [note]


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="time zone"):
        Note(at=datetime(2026, 1, 1))


def test_none_is_not_stored() -> None:
    note = Note(name="n").insert()
    (raw,) = Note.find_raw({"_id": note.id})
    assert raw["_id"] == note.id
    assert {"slug", "mood", "owner", "expires_at"}.isdisjoint(raw)
    assert "label" not in raw["stats"]


def test_an_unknown_id_gives_none() -> None:
    assert Note.get(new_id()) is None
    assert Counter.get("nobody") is None


@pytest.mark.deviates("nx", "an _id that is a number is replaced by an ObjectId")
def test_an_id_may_be_of_another_type() -> None:
    Counter(id="visits", value=3).insert()
    assert Counter.get("visits") == Counter(id="visits", value=3)
    with pytest.raises(DuplicateKey) as raised:
        Counter(id="visits").insert()
    assert raised.value.index_fields == ("_id",)
    Year(id=2026).insert()
    assert Year.find_raw({"_id": 2026}) == [{"_id": 2026}]


def test_a_document_is_validated_strictly_before_it_is_stored() -> None:
    with pytest.raises(ValidationError):
        Note(rank="5")  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        Note(rank=True)
    with pytest.raises(ValidationError):
        Note(weight=float("nan"))
    with pytest.raises(ValidationError):
        Note(nmae="typo")  # type: ignore[call-arg]
    note = Note()
    with pytest.raises(ValidationError):
        note.rank = "5"  # type: ignore[assignment]


def test_a_list_changed_in_place_is_checked_when_it_is_stored() -> None:
    note = Note()
    note.tags.append(5)  # type: ignore[arg-type]
    with pytest.raises(InvalidDocument, match="tags"):
        note.insert()
    assert Note.count() == 0


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param({"n": 2**63}, id="an integer beyond 64 bits"),
        pytest.param({"a.b": 1}, id="a key with a dot"),
        pytest.param({"$set": 1}, id="a key with a dollar"),
        pytest.param({"a\0": 1}, id="a key with a NUL"),
        pytest.param({"s": {1, 2}, "o": object()}, id="an object of no BSON type"),
        pytest.param({"t": datetime(2026, 1, 1)}, id="a time without a zone"),
        pytest.param({"big": "x" * (17 << 20)}, id="more than 16 MiB"),
    ],
)
def test_what_bson_cannot_hold_is_refused(extra: dict[str, Any]) -> None:
    with pytest.raises(InvalidDocument):
        Note(extra=extra).insert()
    assert Note.count() == 0


def test_an_integer_beyond_64_bits_is_refused_in_a_plain_field() -> None:
    with pytest.raises(InvalidDocument):
        Note(rank=2**63).insert()


def test_an_older_program_reads_what_a_newer_one_wrote(database: Database) -> None:
    class NewerCounter(Document):
        class Settings:
            collection = "counters"

        id: str  # type: ignore[assignment]
        value: int = 0
        unit: str = "m"

    database.share(NewerCounter, Counter)
    NewerCounter(id="c", value=2).insert()
    assert Counter.get("c") == Counter(id="c", value=2)


def test_a_newer_program_reads_what_an_older_one_wrote(database: Database) -> None:
    class NewerCounter(Document):
        class Settings:
            collection = "counters"

        id: str  # type: ignore[assignment]
        value: int = 0
        unit: str = "m"
        history: list[int] = [0]

    database.share(NewerCounter, Counter)
    Counter(id="c", value=2).insert()
    found = NewerCounter.get("c")
    assert found == NewerCounter(id="c", value=2, unit="m", history=[0])
    assert found is not None
    found.history.append(1)
    again = NewerCounter.get("c")
    assert again is not None
    assert again.history == [0]


def test_a_stored_document_without_a_required_field_is_reported_by_name(database: Database) -> None:
    class Stricter(Document):
        class Settings:
            collection = "counters"

        id: str  # type: ignore[assignment]
        owner: str

    database.share(Stricter, Counter)
    Counter(id="c").insert()
    with pytest.raises(InvalidDocument, match="owner"):
        Stricter.get("c")


@pytest.mark.deviates("nx", "does not find the elements of a list that an index covers")
def test_replace_stores_the_whole_document() -> None:
    note = Note(name="old", slug="s", tags=["a"]).insert()
    note.name, note.slug, note.tags = "new", None, ["b"]
    assert note.replace()
    assert Note.get(note.id) == note
    assert Note.find({"tags": "b"}) == [note]
    assert Note.find({"tags": "a"}) == []
    assert not Note(name="never stored").replace()


def test_a_field_may_have_the_name_of_a_class_method() -> None:
    rollup = Rollup(sensor="s", count=3).insert()
    assert rollup.count == 3
    assert Rollup.count({"count": 3}) == 1  # type: ignore[operator]
    assert Rollup.exists({"sensor": "s"})  # type: ignore[operator]
    with pytest.raises(ValidationError):
        Rollup(sensor="s")  # type: ignore[call-arg]


def test_a_class_inherits_such_a_field_with_its_type_and_default() -> None:
    class Daily(Rollup):
        day: int

    assert Daily(sensor="s", count=3, day=1).count == 3
    assert Daily(sensor="s", count=3, day=1).exists is True
    with pytest.raises(ValidationError, match="count"):
        Daily(sensor="s", day=1)  # type: ignore[call-arg]


def test_an_unbound_class_says_what_to_do() -> None:
    class Lonely(Document):
        class Settings:
            collection = "lonely"

    with pytest.raises(OdmError, match=r"connect\(\)"):
        Lonely.count()


def test_a_document_found_can_be_changed_and_validated_like_a_new_one() -> None:
    Note(name="n", expires_at=LATER).insert()
    found = Note.find_one({"name": "n"})
    assert found is not None
    found.name = "m"
    with pytest.raises(ValidationError):
        found.rank = "x"  # type: ignore[assignment]
    assert found.model_dump()["name"] == "m"
    assert '"rank":0' in found.model_dump_json()
    assert found.model_copy() == found
