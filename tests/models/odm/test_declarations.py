"""What a class may declare; a wrong declaration is refused when the class is made, with the reason."""

import decimal
import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from models.odm import DESC, Document, Id, Index, UtcDatetime, connect, new_id
from tests.models.odm.documents import NOON, Note


def test_an_id_is_an_object_id_in_python_and_hexadecimal_in_json() -> None:
    class Reference(BaseModel):
        id: Id

    identity = new_id()
    assert Reference(id=identity).id is identity
    assert Reference.model_validate_json(f'{{"id": "{identity}"}}').id == identity
    assert Reference(id=identity).model_dump() == {"id": identity}
    assert Reference(id=identity).model_dump(mode="json") == {"id": str(identity)}
    assert Reference(id=identity).model_dump_json() == f'{{"id":"{identity}"}}'
    schema = TypeAdapter(Id).json_schema()
    assert schema == {"type": "string", "pattern": "^[0-9a-f]{24}$"}
    with pytest.raises(ValidationError):
        Reference.model_validate({"id": str(identity)})
    for wrong in ("", "x" * 24, str(identity).upper() if any(c.isalpha() for c in str(identity)) else "g" * 24, str(identity)[1:]):
        with pytest.raises(ValidationError):
            Reference.model_validate_json(f'{{"id": "{wrong}"}}')


def test_a_document_serialises_to_json() -> None:
    note = Note(owner=new_id(), at=NOON)
    assert note.model_dump(mode="json", include={"id", "owner", "at"}) == {
        "id": str(note.id), "owner": str(note.owner), "at": "2026-11-20T12:00:00Z",
    }  # fmt: skip


def test_ids_are_new_for_each_document() -> None:
    assert Note().id != Note().id
    assert isinstance(Note().id, ObjectId)


@pytest.mark.parametrize(
    "type_", [decimal.Decimal, uuid.UUID, date, timedelta, complex, dict[int, str], list[date], Path, Callable]
)
def test_a_type_that_bson_does_not_hold_is_refused(type_: Any) -> None:
    with pytest.raises(TypeError, match=r"BSON|keys|schema"):
        type("Bad", (Document,), {"__annotations__": {"field": type_}, "__module__": __name__})


def test_a_plain_time_in_a_sub_document_is_refused_and_a_utc_one_taken() -> None:
    class Bad(BaseModel):
        at: datetime

    class Good(BaseModel):
        at: UtcDatetime

    with pytest.raises(TypeError, match="UtcDatetime"):
        type("WithBad", (Document,), {"__annotations__": {"sub": Bad}, "__module__": __name__})

    class WithGood(Document):
        sub: Good

    precise = NOON.replace(microsecond=123_456)
    assert WithGood(sub=Good(at=precise)).sub.at == NOON.replace(microsecond=123_000)


def test_times_within_lists_and_unions_are_cut_too() -> None:
    class Times(Document):
        many: list[datetime]
        maybe: datetime | None = None
        by_name: dict[str, datetime] = {}

    precise, cut = NOON.replace(microsecond=999_999), NOON.replace(microsecond=999_000)
    times = Times(many=[precise], maybe=precise, by_name={"a": precise})
    assert (times.many, times.maybe, times.by_name) == ([cut], cut, {"a": cut})

    class More(Times):
        another: datetime

    assert More(many=[precise], another=precise).another == cut


@pytest.mark.parametrize(
    "make",
    [
        lambda: Index(),
        lambda: Index(("a", 2)),
        lambda: Index("a", "a"),
        lambda: Index("a", "b", ttl_seconds=5),
        lambda: Index("a", ttl_seconds=-1),
        lambda: Index("a", partial={"a": {"$ne": 1}}),
        lambda: Index("a", partial={"a": {"$exists": False}}),
        lambda: Index("a", partial={"a": {"$in": [1]}}),
    ],
)
def test_an_index_that_cannot_be_is_refused(make: Callable[[], Index]) -> None:
    with pytest.raises(TypeError):
        make()


@pytest.mark.parametrize(
    ("indexes", "message"),
    [
        ([Index("nmae")], "nmae"),
        ([Index("stats")], "sub-documents"),
        ([Index("parts")], "sub-documents"),
        ([Index("tags", "numbers")], "more than one list"),
        ([Index("name", partial={"nope": 1})], "nope"),
        ([Index("id")], "_id"),
        ([Index("tags", ttl_seconds=5)], "time"),
        ([Index("name", ttl_seconds=5)], "time"),
        ([Index("name", partial={"tags": "a"})], "plain"),
        ([Index("name"), Index("name")], "twice"),
    ],
)
def test_an_index_that_does_not_fit_the_model_is_refused(indexes: list[Index], message: str) -> None:
    def declare(wanted: list[Index]) -> None:
        class Bad(Note):
            class Settings:
                collection = "bad"
                indexes = wanted

    with pytest.raises(TypeError, match=message):
        declare(indexes)


@pytest.mark.parametrize("collection", ["", "_private", "system.users", 5, "with|bar", "with:colon", "sqlite_x"])
def test_a_collection_needs_a_name(collection: Any) -> None:
    def declare(wanted: Any) -> None:
        class Bad(Document):
            class Settings:
                collection = wanted

    with pytest.raises(TypeError, match="collection"):
        declare(collection)


@pytest.mark.parametrize("name", ["insert", "replace", "schema_of"])
def test_a_field_cannot_hide_what_every_document_does(name: str) -> None:
    with pytest.raises(TypeError, match=name):
        type("Bad", (Document,), {"__annotations__": {name: int}, "__module__": __name__})


def test_an_alias_is_refused() -> None:
    with pytest.raises(TypeError, match="alias"):

        class Bad(Document):
            name: str = Field(alias="Name")


def test_an_index_may_run_downwards_and_over_the_id(tmp_path: Path) -> None:
    class Event(Document):
        class Settings:
            collection = "events"
            indexes = [Index("kind", ("_id", DESC))]

        kind: str

    database = connect(f"sqlite:///{tmp_path / 'a.db'}", [Event])
    events = [Event(kind="ab"[n % 2]) for n in range(10)]
    Event.insert_many(events)
    found = Event.find({"kind": "a", "_id": {"$lt": events[8].id}}, sort=[("_id", DESC)], limit=2)
    assert found == [events[6], events[4]]
    (step,) = database.explain(Event, {"kind": "a", "_id": {"$lt": events[8].id}}, sort=[("_id", DESC)], limit=2)
    assert "(kind=? AND _id>? AND _id<?)" in step
    database.close()
