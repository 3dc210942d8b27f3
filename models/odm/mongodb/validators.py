"""A collection's $jsonSchema from its model: what the server itself refuses to store.

Source: MongoDB Manual, "$jsonSchema". It holds types, required fields, literals and limits of size. Fields that the model
does not declare are let through, so that an older program may start beside a newer one; patterns stay with pydantic, whose
regular expressions are not MongoDB's.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Any, Final, get_args, get_origin

import annotated_types
from bson import ObjectId
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from models.odm.annotations import (
    accepts_none,
    alternatives,
    element,
    is_array,
    is_enum,
    is_literal,
    is_mapping,
    is_model,
)
from models.odm.codec import to_bson

Schema = dict[str, Any]

_BSON_TYPES: Final[dict[Any, str | list[str]]] = {
    str: "string",
    int: ["int", "long"],
    float: ["double", "int", "long"],
    bool: "bool",
    bytes: "binData",
    datetime: "date",
    ObjectId: "objectId",
}


def validator(model: type[BaseModel]) -> Schema:
    """The validator of the collection that holds documents of `model`."""
    return {"$jsonSchema": _document(model, {"id": "_id"})}


def _document(model: type[BaseModel], stored_names: dict[str, str]) -> Schema:
    fields = {stored_names.get(name, name): info for name, info in model.model_fields.items()}
    schema: Schema = {"bsonType": "object", "properties": {name: _field(info) for name, info in fields.items()}}
    required = [name for name, info in fields.items() if name == "_id" or _is_always_stored(info)]
    if required:
        schema["required"] = sorted(required)
    return schema


def _is_always_stored(info: FieldInfo) -> bool:
    return info.is_required() and not accepts_none(info.annotation)


def _field(info: FieldInfo) -> Schema:
    return _limited(_value(info.annotation), info.metadata)


def _value(annotation: Any) -> Schema:
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        return _limited(_value(inner), metadata)
    choices = [_member(member) for member in alternatives(annotation)]
    if accepts_none(annotation):
        choices.append({"bsonType": "null"})
    return {"anyOf": choices} if len(choices) > 1 and all(choices) else choices[0] if len(choices) == 1 else {}


def _member(member: Any) -> Schema:
    if member in _BSON_TYPES:
        return {"bsonType": _BSON_TYPES[member]}
    if is_enum(member):
        return {"enum": [to_bson(item.value) for item in member]}
    if is_literal(member):
        return {"enum": [to_bson(item) for item in get_args(member)]}
    if is_model(member):
        return _document(member, {})
    if is_array(member):
        items = _value(element(member))
        return {"bsonType": "array", "items": items} if items else {"bsonType": "array"}
    if is_mapping(member):
        values = _value(element(member))
        return {"bsonType": "object", "additionalProperties": values} if values else {"bsonType": "object"}
    return {}


def _limited(schema: Schema, metadata: Iterable[Any]) -> Schema:
    """`schema` with what annotated_types says; a keyword of one type says nothing of values of another."""
    is_list = any(choice.get("bsonType") == "array" for choice in schema.get("anyOf", [schema]))
    limits: Schema = {}
    for item in _flat(metadata):
        if isinstance(item, annotated_types.Ge):
            limits["minimum"] = item.ge
        elif isinstance(item, annotated_types.Gt):
            limits |= {"minimum": item.gt, "exclusiveMinimum": True}
        elif isinstance(item, annotated_types.Le):
            limits["maximum"] = item.le
        elif isinstance(item, annotated_types.Lt):
            limits |= {"maximum": item.lt, "exclusiveMaximum": True}
        elif isinstance(item, annotated_types.MinLen):
            limits["minItems" if is_list else "minLength"] = item.min_length
        elif isinstance(item, annotated_types.MaxLen):
            limits["maxItems" if is_list else "maxLength"] = item.max_length
    # The server compares limits with numbers only; those on times stay with pydantic.
    numeric = {name: limit for name, limit in limits.items() if isinstance(limit, int | float)}
    return {**schema, **numeric} if len(numeric) == len(limits) else schema


def _flat(metadata: Iterable[Any]) -> Iterator[Any]:
    for item in metadata:
        if isinstance(item, annotated_types.GroupedMetadata):
            yield from item
        else:
            yield item


def widened(present: Schema, wanted: Schema) -> Schema:
    """A validator that accepts what either of two accepts, field by field: versions that differ use the collection at once."""
    ours = "$jsonSchema"
    if set(present) != {ours} or set(wanted) != {ours}:
        return wanted
    return {ours: _either(present[ours], wanted[ours])}


def _either(one: Schema, other: Schema) -> Schema:
    if one == other or not one:
        return one
    if not other:
        return other
    if _is_document(one) and _is_document(other):
        mine, theirs = one["properties"], other["properties"]
        both = {name: _either(mine.get(name, schema), schema) for name, schema in theirs.items()}
        merged: Schema = {"bsonType": "object", "properties": {**mine, **both}}
        required = sorted(set(one.get("required", [])) & set(other.get("required", [])))
        return {**merged, "required": required} if required else merged
    choices = _choices(one)
    choices += [choice for choice in _choices(other) if choice not in choices]
    return {"anyOf": choices} if len(choices) > 1 else choices[0]


def _is_document(schema: Schema) -> bool:
    return schema.keys() <= {"bsonType", "properties", "required"} and "properties" in schema


def _choices(schema: Schema) -> list[Schema]:
    return list(schema["anyOf"]) if schema.keys() == {"anyOf"} else [schema]
