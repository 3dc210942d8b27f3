"""Turning what a client sent into a payload model, or into the contract's error."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from utils.errors import FieldroomError, InvalidRequest, ValidationFailed

M = TypeVar("M", bound=BaseModel)

# More than this many wrong fields help nobody, and the answer should stay smaller than the request.
MAX_FIELDS = 20


def parse(model: type[M], data: Any) -> M:
    """`data` (already parsed) as a `model`. Raises InvalidRequest where it is no object, else ValidationFailed."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise as_domain_error(error) from None


def parse_json(model: type[M], body: bytes) -> M:
    """`body` (JSON text in UTF-8) as a `model`. Raises InvalidRequest where it is no JSON object, else ValidationFailed."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise as_domain_error(error) from None


def as_domain_error(error: ValidationError) -> FieldroomError:
    """The contract's error for what pydantic found wrong: a message for each field, by its dotted path."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    if problems[0]["type"] == "json_invalid":
        return InvalidRequest("The body is not valid JSON.")
    if not problems[0]["loc"] and problems[0]["type"] in ("model_type", "model_attributes_type", "dict_type"):
        return InvalidRequest("Send one JSON object.")
    fields: dict[str, str] = {}
    for problem in problems[:MAX_FIELDS]:
        path = ".".join(str(part)[:80] for part in problem["loc"]) or "body"
        fields.setdefault(path, problem["msg"].removeprefix("Value error, "))
    return ValidationFailed(fields)
