"""What is MongoDB's alone: validators, indexes, connections."""

import time
from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Len
from pydantic import BaseModel, Field
from pymongo import MongoClient, errors

from models.odm import DESC, DatabaseUnavailable, Document, DuplicateKey, Id, Index, InvalidDocument, OdmError, connect, new_id
from models.odm.mongodb.errors import is_unsupported, meaning
from models.odm.mongodb.preparation import index_name
from models.odm.mongodb.validators import validator
from tests.models.conftest import SERVERS, drop, expect_deviations, new_url
from tests.models.odm.documents import Counter, Note
from tests.support.nx import free_port, mongomock_server, nx_27017


@pytest.fixture(params=SERVERS)
def server_url(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[str]:
    expect_deviations(request, request.param)
    url = new_url(request.param, request, tmp_path)
    yield url
    drop(url)


@pytest.fixture
def raw(server_url: str) -> Iterator[Any]:
    """The database as pymongo sees it."""
    client: MongoClient[dict[str, Any]]
    with MongoClient(server_url, tz_aware=True) as client:
        yield client.get_default_database()


class Kind(Enum):
    A = "a"
    B = 2


class Part(BaseModel):
    name: str = Field(min_length=1)
    size: int | None = None


class Everything(Document):
    class Settings:
        collection = "everything"
        indexes = [Index(("ref", DESC)), Index("text", unique=True, partial={"text": {"$exists": True}})]
        clustered = True

    number: int = Field(ge=0, lt=10)
    real: float | None = Field(default=None, gt=0)
    text: str | None = Field(default=None, max_length=5)
    flag: bool = False
    when: datetime
    ref: Id | None = None
    data: bytes = b""
    kind: Kind = Kind.A
    mood: Literal["good", 5, None] = "good"
    parts: Annotated[list[Part], Len(0, 2)] = []
    pairs: dict[str, list[int]] = {}
    either: str | int = 0
    anything: Any = None


def test_the_validator_says_what_the_model_says() -> None:
    schema = validator(Everything)["$jsonSchema"]
    assert schema["required"] == ["_id", "number", "when"]
    null = {"bsonType": "null"}
    assert schema["properties"] == {
        "_id": {"bsonType": "objectId"},
        "number": {"bsonType": ["int", "long"], "minimum": 0, "maximum": 10, "exclusiveMaximum": True},
        "real": {"anyOf": [{"bsonType": ["double", "int", "long"]}, null], "minimum": 0, "exclusiveMinimum": True},
        "text": {"anyOf": [{"bsonType": "string"}, null], "maxLength": 5},
        "flag": {"bsonType": "bool"},
        "when": {"bsonType": "date"},
        "ref": {"anyOf": [{"bsonType": "objectId"}, null]},
        "data": {"bsonType": "binData"},
        "kind": {"enum": ["a", 2]},
        "mood": {"enum": ["good", 5, None]},
        "parts": {
            "bsonType": "array",
            "items": {
                "bsonType": "object",
                "properties": {
                    "name": {"bsonType": "string", "minLength": 1},
                    "size": {"anyOf": [{"bsonType": ["int", "long"]}, null]},
                },
                "required": ["name"],
            },
            "maxItems": 2,
        },
        "pairs": {"bsonType": "object", "additionalProperties": {"bsonType": "array", "items": {"bsonType": ["int", "long"]}}},
        "either": {"anyOf": [{"bsonType": "string"}, {"bsonType": ["int", "long"]}]},
        "anything": {},
    }


def everything(**fields: Any) -> Everything:
    return Everything(**{"number": 1, "when": datetime.fromisoformat("2026-01-01T00:00:00Z"), **fields})


@pytest.mark.deviates("nx", "takes validators and enforces none")
def test_the_server_refuses_what_the_model_would_refuse(server_url: str, raw: Any) -> None:
    database = connect(server_url, [Everything])
    full = everything(
        real=1.5, text="text", ref=new_id(), data=b"x", kind=Kind.B, mood=5, parts=[Part(name="p", size=1)],
        pairs={"a": [1]}, either="x", anything={"a": [None]},
    ).insert()  # fmt: skip
    assert Everything.get(full.id) == full
    wrong: list[dict[str, Any]] = [
        {"number": "x"}, {"number": 10}, {"number": 1.5}, {"real": 0}, {"text": "too long"}, {"kind": "c"}, {"parts": [{}]},
        {"parts": [{"name": "a"}] * 3}, {"pairs": {"a": ["x"]}}, {"either": 1.5}, {"when": "today"}, {"ref": "text"},
    ]  # fmt: skip
    for fields in wrong:
        document = {"number": 1, "when": full.when, **fields}
        with pytest.raises(errors.WriteError) as raised:
            raw.everything.insert_one(document)
        assert raised.value.code == 121
    with pytest.raises(errors.WriteError):
        raw.everything.insert_one({"number": 1})
    # A field of a newer program is let through.
    raw.everything.insert_one({"number": 1, "when": full.when, "newer": 1})
    database.close()


@pytest.mark.deviates("nx", "takes validators and enforces none")
def test_a_validator_takes_what_either_version_stores_until_it_is_narrowed(server_url: str, raw: Any) -> None:
    class Before(Document):
        class Settings:
            collection = "changing"

        value: int = 0
        mood: Literal["good"] = "good"
        part: Part | None = None
        only_old: int

    class Sized(BaseModel):
        name: str = ""
        size: str = ""

    class After(Document):
        class Settings:
            collection = "changing"

        value: str = ""
        mood: Literal["good", "bad"] = "good"
        part: Sized | None = None
        only_new: str = ""

    connect(server_url, [Before]).close()
    with pytest.raises(errors.WriteError):
        raw.changing.insert_one({"value": "text", "only_old": 1})
    connect(server_url, [After]).close()
    connect(server_url, [Before]).close()
    old = {"value": 1, "mood": "good", "part": {"name": "n", "size": 1}, "only_old": 1}
    new = {"value": "text", "mood": "bad", "part": {"name": "", "size": "s"}, "only_new": "x"}
    raw.changing.insert_many([old, new])
    for wrong in ({"value": 1.5}, {"mood": "worse"}, {"only_old": "x"}, {"only_new": 1}, {"part": {"size": 1.5}}):
        with pytest.raises(errors.WriteError):
            raw.changing.insert_one(wrong)
    database = connect(server_url, [After])
    database.upgrade.contract()
    database.close()
    raw.changing.insert_one({**new, "_id": new_id()})
    with pytest.raises(errors.WriteError):
        raw.changing.insert_one({**old, "_id": new_id()})


@pytest.mark.deviates("nx", "gives indexes names and directions of its own")
def test_indexes_are_added_beside_those_of_another_version_and_of_others(server_url: str, raw: Any) -> None:
    class Before(Document):
        class Settings:
            collection = "changing"
            indexes = [Index("a"), Index(("b", DESC), unique=True), Index("c", ttl_seconds=60)]

        a: int = 0
        b: int = 0
        c: datetime | None = None

    class After(Document):
        class Settings:
            collection = "changing"
            indexes = [Index(("b", DESC)), Index("a", "b"), Index("c", ttl_seconds=120), Index("a", partial={"a": {"$gt": 1}})]

        a: int = 0
        b: int = 0
        c: datetime | None = None

    connect(server_url, [Before]).close()
    raw.changing.create_index("b", name="somebody_else_s")
    connect(server_url, [After]).close()
    connect(server_url, [After]).close()
    connect(server_url, [Before]).close()
    found = raw.changing.index_information()
    assert {"odm_a_1", "odm_b_-1", "somebody_else_s"} <= found.keys()
    assert found["odm_b_-1"]["unique"]
    assert found["odm_b_-1|plain"]["key"] == [("b", -1)]
    assert not found["odm_b_-1|plain"].get("unique")
    # The longer time to live: what either version still needs is not deleted.
    assert found["odm_c_1"]["expireAfterSeconds"] == 120
    assert next(info for name, info in found.items() if name.startswith("odm_a_1|"))["partialFilterExpression"] == {"a": {"$gt": 1}}

    database = connect(server_url, [After])
    assert sorted(database.upgrade.contract(leftovers=True)) == ["changing.odm_a_1", "changing.odm_b_-1"]
    database.close()
    left = raw.changing.index_information().keys() - {"_id_"}
    assert left == {*map(index_name, After.schema_of.indexes), "somebody_else_s"} - {"odm_b_-1"} | {"odm_b_-1|plain"}


@pytest.mark.deviates("nx", "forgets the options of a collection")
def test_a_clustered_collection_is_asked_for(server_url: str, raw: Any) -> None:
    connect(server_url, [Everything, Note]).close()
    options = {info["name"]: info["options"] for info in raw.list_collections()}
    assert "clusteredIndex" in options["everything"]
    assert "clusteredIndex" not in options["notes"]


@pytest.mark.deviates("nx", "forgets the options of a collection")
def test_a_time_series_is_asked_for(server_url: str, raw: Any) -> None:
    class Weather(Document):
        class Settings:
            collection = "weather"
            time_series = {"timeField": "at", "metaField": "station"}

        at: datetime
        station: str = ""

    connect(server_url, [Weather]).close()
    connect(server_url, [Weather]).close()
    (info,) = [info for info in raw.list_collections() if info["name"] == "weather"]
    assert info["options"]["timeseries"]["timeField"] == "at"
    assert "validator" not in info["options"]


@pytest.mark.deviates("nx", "does not say why it cannot make a unique index")
def test_a_unique_index_that_does_not_hold_is_reported_at_start(server_url: str) -> None:
    class Loose(Document):
        class Settings:
            collection = "changing"

        a: int = 0

    class Tight(Document):
        class Settings:
            collection = "changing"
            indexes = [Index("a", unique=True)]

        a: int = 0

    database = connect(server_url, [Loose])
    Loose.insert_many([Loose(a=1), Loose(a=1)])
    database.close()
    with pytest.raises(DuplicateKey):
        connect(server_url, [Tight])


def test_a_server_that_is_not_there_is_unavailable() -> None:
    began = time.monotonic()
    with pytest.raises(DatabaseUnavailable):
        connect(f"mongodb://127.0.0.1:{free_port()}/x", [Note], serverSelectionTimeoutMS=200)
    assert time.monotonic() - began < 5


def test_a_url_s_own_options_count_more_than_the_defaults() -> None:
    with pytest.raises(DatabaseUnavailable) as raised:
        connect(f"mongodb://127.0.0.1:{free_port()}/x?serverSelectionTimeoutMS=150", [Note])
    assert "0.15s" in raised.value.reason


def test_the_connection_comes_back_after_the_server_was_killed() -> None:
    with nx_27017() as server:
        database = connect(f"{server.url}test", [Counter], serverSelectionTimeoutMS=300)
        Counter(id="a", value=1).insert()
        server.kill()
        for operation in (
            lambda: Counter.get("a"),
            lambda: Counter.find({"value": 1}),
            lambda: list(Counter.stream()),
            Counter(id="b").insert,
            lambda: Counter.insert_many([Counter(id="b")]),
            lambda: Counter.update_one({"_id": "a"}, {"$inc": {"value": 1}}),
            lambda: Counter.bulk_upsert([({"_id": "a"}, {"$inc": {"value": 1}})]),
            lambda: Counter.count_by("value"),
            database.ping,
            database.stats,
        ):
            with pytest.raises(DatabaseUnavailable):
                operation()
        server.start()
        assert Counter.get("a") == Counter(id="a", value=1)
        Counter(id="b", value=2).insert()
        assert Counter.count() == 2
        database.ping()
        database.close()


def test_a_closed_client_says_so(server_url: str) -> None:
    database = connect(server_url, [Counter])
    database.close()
    database.close()
    with pytest.raises(OdmError):
        Counter.count()


def test_ping_and_stats_tell_the_state(server_url: str) -> None:
    database = connect(server_url, [Note, Counter])
    database.ping()
    Note.insert_many([Note() for _ in range(3)])
    stats = database.stats()
    assert stats["collections"] == {"notes": 3, "counters": 0}
    assert stats["bytes"] > 0
    assert database.url_scheme == "mongodb"
    assert database.sweep_expired() == 0
    database.close()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (errors.DuplicateKeyError("E11000", 11000, {"keyPattern": {"a": 1, "b": -1}}), DuplicateKey),
        (errors.WriteError("failed validation", 121), InvalidDocument),
        (errors.OperationFailure("cannot increment", 14), InvalidDocument),
        (errors.ServerSelectionTimeoutError("none"), DatabaseUnavailable),
        (errors.NetworkTimeout("slow"), DatabaseUnavailable),
        (errors.AutoReconnect("gone"), DatabaseUnavailable),
        (errors.NotPrimaryError("not primary"), DatabaseUnavailable),
        (errors.WTimeoutError("replication", 64), DatabaseUnavailable),
        (errors.ExecutionTimeout("slow", 50), DatabaseUnavailable),
        (errors.OperationFailure("auth", 18), DatabaseUnavailable),
        (errors.OperationFailure("out of disk", 14031), DatabaseUnavailable),
        (errors.WaitQueueTimeoutError("full"), DatabaseUnavailable),
        (errors.OperationFailure("something else", 9999), OdmError),
        (errors.InvalidOperation("closed"), OdmError),
        (errors.BulkWriteError({"writeErrors": [{"index": 0, "code": 121, "errmsg": "no"}]}), InvalidDocument),
        (errors.BulkWriteError({"writeErrors": [], "writeConcernErrors": [{"code": 64}]}), DatabaseUnavailable),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_each_error_of_the_driver_has_its_meaning(error: errors.PyMongoError, expected: type[OdmError]) -> None:
    assert type(meaning(error)) is expected


@pytest.mark.parametrize(
    ("details", "fields"),
    [
        ({"keyPattern": {"room_id": 1, "seq": 1}}, ("room_id", "seq")),
        ({"errmsg": "E11000 duplicate key error collection: x.y index: odm_room_id_1_seq_-1 dup key: { : 1 }"}, ("room_id", "seq")),
        ({"errmsg": "E11000 duplicate key error collection: x.y index: _id_ dup key: { _id: 1 }"}, ("_id",)),
        ({"errmsg": "no hint"}, None),
    ],
)
def test_a_duplicate_key_names_its_fields(details: dict[str, Any], fields: tuple[str, ...] | None) -> None:
    error = meaning(errors.DuplicateKeyError(details.get("errmsg", ""), 11000, details))
    assert isinstance(error, DuplicateKey)
    assert error.index_fields == fields


def test_only_a_server_that_says_so_is_taken_to_lack_a_feature() -> None:
    assert is_unsupported(errors.OperationFailure("no such command: 'collMod'", 59))
    assert is_unsupported(errors.OperationFailure("`validator` is not implemented yet", 238))
    assert is_unsupported(errors.OperationFailure("unknown option clusteredIndex", 72))
    assert not is_unsupported(errors.OperationFailure("not authorized on x to execute command", 13))
    assert not is_unsupported(errors.OperationFailure("Unknown $jsonSchema keyword: nonsense", 9))


def test_a_server_without_validators_is_used_without_them_and_a_warning_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with mongomock_server("plain") as server:
        for _ in range(2):
            database = connect(f"{server.url}test", [Counter, Everything])
            Counter.update_one({"_id": "c"}, {"$inc": {"value": 1}}, upsert=True)
            database.close()
        warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert [message for message in warnings if "counters" in message and "validator" in message]
    assert [message for message in warnings if "everything" in message and "clusteredIndex" in message]


def test_a_server_with_validators_gives_no_reason_for_a_warning(server_url: str, caplog: pytest.LogCaptureFixture) -> None:
    connect(server_url, [Counter]).close()
    assert not [record for record in caplog.records if record.levelname == "WARNING"]
