"""Adds to the database what the models ask for and it lacks: collections, validators, indexes. Nothing is dropped here.

Another version of the program may use the same collections. Its indexes stay, and a validator accepts what either asks for
until an operator has it narrowed.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from typing import Any, Final

from pymongo import errors
from pymongo.database import Database

from models.odm.codec import Raw, to_bson
from models.odm.errors import DuplicateKey, NotUnique
from models.odm.indexes import Index
from models.odm.mongodb.errors import is_unsupported, translated
from models.odm.mongodb.validators import validator, widened
from models.odm.schema import Schema

PREFIX: Final = "odm_"
"""How the names of our indexes begin; those of others are left alone."""

_NAMESPACE_EXISTS: Final = 48
_CONFLICTS: Final = frozenset({85, 86})

logger = logging.getLogger(__name__)


def prepare_collections(database: Database[Raw], schemas: list[Schema]) -> None:
    """Creates the collections that lack, and has those that are there accept what the schemas do."""
    with translated():
        existing = {info["name"]: info.get("options", {}) for info in database.list_collections()}
    for schema in schemas:
        with translated(schema.collection):
            _prepare_collection(database, schema, existing.get(schema.collection))


def narrow(database: Database[Raw], schemas: list[Schema]) -> None:
    """Has the collections accept what the schemas do, and no more."""
    with translated():
        existing = {info["name"]: info.get("options", {}) for info in database.list_collections()}
    for schema in schemas:
        if not schema.time_series and existing.get(schema.collection, {}).get("validator") != validator(schema.model):
            with translated(schema.collection):
                _validate(database, schema.collection, validator(schema.model))


def _prepare_collection(database: Database[Raw], schema: Schema, existing: Mapping[str, Any] | None) -> None:
    # A time-series collection takes no validator.
    wanted = None if schema.time_series else validator(schema.model)
    if existing is None:
        options: dict[str, Any] = {} if wanted is None else _checks(wanted)
        if schema.time_series:
            options["timeseries"] = dict(schema.time_series)
        elif schema.clustered:
            options["clusteredIndex"] = {"key": {"_id": 1}, "unique": True}
        try:
            _create(database, schema.collection, options)
        except errors.OperationFailure as error:
            if error.code != _NAMESPACE_EXISTS:
                raise
        else:
            return
    if wanted is not None:
        present = (existing or {}).get("validator")
        both = widened(present, wanted) if present else wanted
        if both != present:
            _validate(database, schema.collection, both)


def _checks(wanted: Raw) -> dict[str, Any]:
    return {"validator": wanted, "validationLevel": "strict"}


def _validate(database: Database[Raw], collection: str, wanted: Raw) -> None:
    try:
        database.command("collMod", collection, **_checks(wanted))
    except errors.OperationFailure as error:
        if not is_unsupported(error):
            raise
        logger.warning("the server cannot validate the documents of %s: %s", collection, error)


def _create(database: Database[Raw], name: str, options: dict[str, Any]) -> None:
    try:
        database.command("create", name, **options)
    except errors.OperationFailure as error:
        if not options or not is_unsupported(error):
            raise
        logger.warning("the server makes %s without %s: %s", name, ", ".join(options), error)
        database.command("create", name)


def prepare_indexes(database: Database[Raw], schema: Schema) -> None:
    """Creates the indexes that lack.

    Raises:
        NotUnique: a new unique index does not hold for the documents that are there.
    """
    with translated(schema.collection):
        existing = database[schema.collection].index_information()
        for index in schema.indexes:
            if not any(_is_same(info, index) for info in existing.values()):
                _create_index(database, schema.collection, index, existing)


def _create_index(database: Database[Raw], collection: str, index: Index, existing: Mapping[str, Any]) -> None:
    name = index_name(index)
    if name in existing:
        # Another version has one of that name that is not the same.
        if _is_longer_lived(database, collection, name, existing[name], index):
            return
        name += "|unique" if index.unique else "|plain"
    try:
        database[collection].create_index(list(index.keys), name=name, **_options(index))
    except errors.OperationFailure as error:
        if isinstance(meant := _meaning(error, collection), DuplicateKey):
            raise NotUnique(index.fields, collection, _twins(database, collection, index)) from meant
        if error.code not in _CONFLICTS or index.unique:
            raise
        # A server from before MongoDB 5 has one index only over the same fields: the stricter one serves as well.
        logger.info("%s has the index %s already, in another form: %s", collection, name, error)


def _meaning(error: errors.OperationFailure, collection: str) -> Exception:
    try:
        with translated(collection):
            raise error
    except Exception as meant:  # noqa: BLE001 - whatever it means
        return meant


def _is_longer_lived(database: Database[Raw], collection: str, name: str, info: Mapping[str, Any], index: Index) -> bool:
    """Whether only the time to live differs: the longer one counts, as long as both versions are there."""
    ttl = info.get("expireAfterSeconds")
    if ttl is None or index.ttl_seconds is None or not _is_same({**info, "expireAfterSeconds": index.ttl_seconds}, index):
        return False
    if index.ttl_seconds > ttl:
        _set_ttl(database, collection, name, index.ttl_seconds)
    return True


def _set_ttl(database: Database[Raw], collection: str, name: str, seconds: int) -> None:
    try:
        database.command("collMod", collection, index={"name": name, "expireAfterSeconds": seconds})
    except errors.OperationFailure as error:
        if not is_unsupported(error):
            raise
        logger.warning("the server cannot change the time to live of %s in %s: %s", name, collection, error)


def _twins(database: Database[Raw], collection: str, index: Index) -> list[Any]:
    """The ids of two documents that keep an index from being unique, where the server tells."""
    key = {f"k{at}": f"${name}" for at, name in enumerate(index.fields)}
    found = {"_id": key, "first": {"$min": "$_id"}, "last": {"$max": "$_id"}, "count": {"$sum": 1}}
    stages: list[Raw] = [
        {"$match": to_filter(index.partial or {})},
        {"$group": found},
        {"$match": {"count": {"$gt": 1}}},
        {"$limit": 1},
    ]
    try:
        return [twin for group in database[collection].aggregate(stages) for twin in (group["first"], group["last"])]
    except errors.PyMongoError:
        return []


def undeclared(database: Database[Raw], schema: Schema) -> list[str]:
    """The names of our indexes that the schema does not declare."""
    with translated(schema.collection):
        existing = database[schema.collection].index_information()
    return [
        name
        for name, info in existing.items()
        if name.startswith(PREFIX) and not any(_is_same(info, index) for index in schema.indexes)
    ]


def matching(database: Database[Raw], collection: str, index: Index) -> list[str]:
    """The names of our indexes that are that one."""
    existing = database[collection].index_information()
    return [name for name, info in existing.items() if name.startswith(PREFIX) and _is_same(info, index)]


def index_name(index: Index) -> str:
    """Our name for an index: its fields and directions and, where it is partial, a digest of the filter."""
    if not index.partial:
        return PREFIX + index.name
    digest = hashlib.sha256(json.dumps(index.partial, sort_keys=True, default=str).encode()).hexdigest()[:8]
    return f"{PREFIX}{index.name}|{digest}"


def _options(index: Index) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if index.unique:
        options["unique"] = True
    if index.partial:
        options["partialFilterExpression"] = to_filter(index.partial)
    if index.ttl_seconds is not None:
        options["expireAfterSeconds"] = index.ttl_seconds
    return options


def to_filter(partial: Mapping[str, Any]) -> Raw:
    """A partial filter with its operands in BSON's types."""
    return {
        name: {operator: to_bson(operand) for operator, operand in value.items()} if isinstance(value, Mapping) else to_bson(value)
        for name, value in partial.items()
    }


def _is_same(info: Mapping[str, Any], index: Index) -> bool:
    names = ("unique", "partialFilterExpression", "expireAfterSeconds")
    present = {name: info[name] for name in names if info.get(name) not in (None, False)}
    return [tuple(pair) for pair in info["key"]] == list(index.keys) and present == _options(index)
