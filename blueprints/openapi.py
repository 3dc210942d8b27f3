"""The OpenAPI 3.1 document, made of the declarations of the views. `python -m blueprints.openapi` prints it."""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import PydanticUndefined, to_json

from blueprints.api import Api, Operation
from schemas.base import HEX_ID, ErrorAnswer
from utils.errors import FieldroomError, NotFound

TITLE = "Fieldroom"
_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
_REF = "#/components/schemas/{model}"
JsonObject = dict[str, Any]


def build(apis: Iterable[Api], version: str = "0.1.0") -> JsonObject:
    """The document of all operations of `apis`."""
    operations = [operation for api in apis for operation in api.operations]
    schemas, definitions = _schemas(operations)
    paths: dict[str, JsonObject] = defaultdict(dict)
    for operation in operations:
        paths[templated(operation.rule)][operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": version,
            "description": "People and their sensors in the same rooms. Errors, ids, times and lists follow one form throughout.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": dict(paths),
        "components": {
            "schemas": definitions,
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "fieldroom_session"},
                "device": {"type": "http", "scheme": "bearer", "description": "A device's token."},
            },
        },
    }


def templated(rule: str) -> str:
    """A Flask rule as an OpenAPI path: /rooms/<id:room_id> is /rooms/{room_id}."""
    return _PARAMETER.sub(lambda match: f"{{{match[2]}}}", rule)


def _schemas(operations: list[Operation]) -> tuple[dict[tuple[str, Any], JsonObject], JsonObject]:
    """The JSON Schema of every body and answer, keyed by (direction, type), and the definitions that they refer to."""
    wanted: dict[tuple[str, Any], TypeAdapter[Any]] = {("out", ErrorAnswer): TypeAdapter(ErrorAnswer)}
    for operation in operations:
        if operation.body is not None:
            wanted["in", operation.body] = TypeAdapter(operation.body)
        if operation.answer is not None:
            wanted["out", operation.answer] = TypeAdapter(operation.answer)
    names: dict[str, tuple[str, Any]] = {}
    inputs: list[tuple[str, Any, TypeAdapter[Any]]] = []
    for number, (key, adapter) in enumerate(wanted.items()):
        names[str(number)] = key
        inputs.append((str(number), "validation" if key[0] == "in" else "serialization", adapter))
    made, root = TypeAdapter.json_schemas(inputs, ref_template=_REF)
    return {names[str(number)]: schema for (number, _mode), schema in made.items()}, root.get("$defs", {})


def _operation(operation: Operation, schemas: dict[tuple[str, Any], JsonObject]) -> JsonObject:
    described: JsonObject = {
        "operationId": f"{operation.tag.replace('-', '_')}_{operation.name}",
        "tags": [operation.tag],
        "summary": operation.summary,
        "responses": _responses(operation, schemas),
        "security": {"public": [], "device": [{"device": []}], "reader": [{"session": []}, {"device": []}]}.get(
            operation.auth, [{"session": []}]
        ),
    }
    if operation.description:
        described["description"] = operation.description
    if parameters := [*_path_parameters(operation), *_query_parameters(operation)]:
        described["parameters"] = parameters
    if operation.body is not None:
        required = any(field.is_required() for field in operation.body.model_fields.values())
        content = {"application/json": {"schema": schemas["in", operation.body]}}
        described["requestBody"] = {"required": required, "content": content}
    return described


def _path_parameters(operation: Operation) -> list[JsonObject]:
    kinds: dict[str, JsonObject] = {"id": {"type": "string", "pattern": HEX_ID}, "int": {"type": "integer", "minimum": 0}}
    return [
        {"name": name, "in": "path", "required": True, "schema": kinds.get(kind, {"type": "string", "minLength": 1})}
        for kind, name in _PARAMETER.findall(operation.rule)
    ]


def _query_parameters(operation: Operation) -> list[JsonObject]:
    if operation.query is None:
        return []
    schema = operation.query.model_json_schema(ref_template=_REF)
    parameters = []
    for name, field in operation.query.model_fields.items():
        shape = {key: value for key, value in schema["properties"][field.alias or name].items() if key != "title"}
        # A URL cannot say null: what is optional is left out.
        if "anyOf" in shape:
            kept = [option for option in shape.pop("anyOf") if option.get("type") != "null"]
            shape |= kept[0] if len(kept) == 1 else {"anyOf": kept}
        if field.default in (None, PydanticUndefined):
            shape.pop("default", None)
        parameters.append({"name": field.alias or name, "in": "query", "required": field.is_required(), "schema": shape})
    return parameters


def _responses(operation: Operation, schemas: dict[tuple[str, Any], JsonObject]) -> JsonObject:
    answer: JsonObject = {"description": "Done."}
    if operation.answer is not None or operation.media_types != ("application/json",):
        content = {} if operation.answer is None else {"schema": schemas["out", operation.answer]}
        answer = {"description": "The answer.", "content": dict.fromkeys(operation.media_types, content)}
    status = operation.status if operation.status != 200 or "content" in answer else 204
    responses: JsonObject = {str(status): answer}
    for other, meaning in operation.other_statuses.items():
        responses[str(other)] = {**answer, "description": meaning}
        if other == 304:
            responses["304"].pop("content", None)
    codes: dict[int, set[str]] = defaultdict(set)
    implied: list[type[FieldroomError]] = [NotFound] if "<" in operation.rule else []
    for error in (*operation.errors, *implied):
        codes[error.status].add(error.code)
    for status, names in sorted(codes.items()):
        responses[str(status)] = {
            "description": " or ".join(sorted(names)),
            "content": {"application/json": {"schema": schemas["out", ErrorAnswer]}},
        }
        if status == 429:
            responses["429"]["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}
    return responses


@cache
def document() -> JsonObject:
    """The document of this platform."""
    from blueprints import APIS

    return build(APIS)


if __name__ == "__main__":
    print(to_json(document(), indent=2).decode())
