"""Makes collections, their validators and their indexes what the models say."""

import hashlib
import json
import logging
from collections.abc import Mapping
from typing import Any, Final

from pymongo import errors
from pymongo.database import Database

from models.odm.codec import Raw, to_bson
from models.odm.indexes import Index
from models.odm.mongodb.errors import is_unsupported, translated
from models.odm.mongodb.validators import validator
from models.odm.schema import Schema

PREFIX: Final = "odm_"
"""How the names of our indexes begin; those of others are left alone."""

_NAMESPACE_EXISTS: Final = 48
_INDEX_NOT_FOUND: Final = 27
_SAME_INDEX_OTHER_NAME: Final = 85

logger = logging.getLogger(__name__)


def prepare(database: Database[Raw], schemas: list[Schema]) -> None:
    """Creates what lacks and changes what differs; several processes may do so at once.

    Raises:
        DuplicateKey: a new unique index does not hold for the documents that are there.
    """
    with translated():
        existing = {info["name"]: info.get("options", {}) for info in database.list_collections()}
    for schema in schemas:
        with translated(schema.collection):
            _prepare_collection(database, schema, existing.get(schema.collection))
            _prepare_indexes(database, schema)


def _prepare_collection(database: Database[Raw], schema: Schema, existing: Mapping[str, Any] | None) -> None:
    # A time-series collection takes no validator.
    checks: dict[str, Any] = {} if schema.time_series else {"validator": validator(schema.model), "validationLevel": "strict"}
    if existing is None:
        options = dict(checks)
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
    if checks and (existing or {}).get("validator") != checks["validator"]:
        try:
            database.command("collMod", schema.collection, **checks)
        except errors.OperationFailure as error:
            if not is_unsupported(error):
                raise
            logger.warning("the server cannot validate the documents of %s: %s", schema.collection, error)


def _create(database: Database[Raw], name: str, options: dict[str, Any]) -> None:
    try:
        database.command("create", name, **options)
    except errors.OperationFailure as error:
        if not options or not is_unsupported(error):
            raise
        logger.warning("the server makes %s without %s: %s", name, ", ".join(options), error)
        database.command("create", name)


def _prepare_indexes(database: Database[Raw], schema: Schema) -> None:
    collection = database[schema.collection]
    wanted = {index_name(index): index for index in schema.indexes}
    existing = collection.index_information()
    for name, info in existing.items():
        if name.startswith(PREFIX) and (name not in wanted or not _is_same(info, wanted[name])):
            _drop(database, schema.collection, name)
    for name, index in wanted.items():
        if name in existing and _is_same(existing[name], index):
            continue
        try:
            collection.create_index(list(index.keys), name=name, **_options(index))
        except errors.OperationFailure as error:
            if error.code != _SAME_INDEX_OTHER_NAME or "different name" not in str(error):
                raise
            logger.info("%s has the index %s already, under another name", schema.collection, name)


def _drop(database: Database[Raw], collection: str, name: str) -> None:
    try:
        database[collection].drop_index(name)
    except errors.OperationFailure as error:
        if error.code != _INDEX_NOT_FOUND:
            raise


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
