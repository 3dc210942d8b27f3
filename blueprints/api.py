"""How a view is declared, so that it can be read like a line of the contract.

    api = Api("rooms", "/api/chat-rooms")

    @api.post("", body=CreateRoom, answer=RoomAnswer, status=201, auth="user", errors=(Conflict,))
    def create(body: CreateRoom) -> RoomAnswer:
        "Open a room."
        return {"room": rooms.view(rooms.create(current_user().id, body.name))}

The body is read straight from its bytes into the model, strictly; the query likewise; the same declaration is what the OpenAPI
document is made of. (Flask extensions that do this were tried on the contract's bad inputs: they coerce types, accept any
content type, or answer with shapes of their own.)
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Literal

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from blueprints.identity import caller, current_user_id, require_admin, require_device, require_reader, require_user
from schemas.base import Payload, QueryParameters
from schemas.validation import as_domain_error, parse_json
from services.limits import limits
from utils.errors import (
    AuthenticationRequired,
    CrossOrigin,
    FieldroomError,
    Forbidden,
    InvalidRequest,
    RateLimited,
    TooLarge,
    Unavailable,
    UnsupportedMediaType,
    ValidationFailed,
)
from utils.rate_limits import Bucket

Auth = Literal["public", "user", "admin", "device", "reader"]
View = Callable[..., Any]
_GUARDS: dict[Auth, Callable[[], object]] = {
    "public": lambda: None,
    "user": require_user,
    "admin": require_admin,
    "device": require_device,
    "reader": require_reader,
}
DEFAULT_BODY_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path, as the OpenAPI document describes it."""

    tag: str
    method: str
    rule: str
    name: str
    summary: str
    description: str
    body: type[Payload] | None
    query: type[QueryParameters] | None
    answer: Any
    status: int
    auth: Auth
    errors: tuple[type[FieldroomError], ...]
    media_types: tuple[str, ...] = ("application/json",)
    other_statuses: dict[int, str] = field(default_factory=dict)


class Api:
    """The operations below one path, and the Flask blueprint that serves them."""

    def __init__(self, tag: str, prefix: str) -> None:
        self.tag = tag
        self.prefix = prefix
        self.blueprint = Blueprint(tag, __name__, url_prefix=prefix)
        self.operations: list[Operation] = []

    def route(
        self,
        method: str,
        rule: str,
        *,
        body: type[Payload] | None = None,
        query: type[QueryParameters] | None = None,
        answer: Any = None,
        status: int = 200,
        auth: Auth = "user",
        errors: tuple[type[FieldroomError], ...] = (),
        media_types: tuple[str, ...] = ("application/json",),
        other_statuses: dict[int, str] | None = None,
        body_limit: int = DEFAULT_BODY_LIMIT,
        limit: str | Bucket | None = None,
    ) -> Callable[[View], View]:
        """Declare a view.

        body, query: what comes in; the view gets them as `body` and `query`. answer: the TypedDict of what goes out, None for
        no content. status: of a success. auth: who may call it. errors: what it may refuse with, beyond what the declaration
        implies. media_types: of the answer, where it is not JSON. other_statuses: further successes, with what they mean.
        body_limit: in bytes. limit: how often one caller may call it ("10/minute;60/hour"), or what calls of a signed-in person
        are counted in with other things.
        A view returns the answer, or (answer, status), or a Response.
        """

        def decorate(view: View) -> View:
            guard = _GUARDS[auth]

            @wraps(view)
            def wrapped(**path: Any) -> Response | tuple[Response, int] | tuple[str, int]:
                guard()
                if isinstance(limit, Bucket):
                    limits().check(limit.limit, limit.name, str(current_user_id()))
                elif limit is not None:
                    for each in limit.split(";"):
                        limits().check(each, self.tag, view.__name__, caller())
                if query is not None:
                    path["query"] = _read_query(query)
                if body is not None:
                    path["body"] = _read_body(body, body_limit)
                return _answer(view(**path), status)

            self.blueprint.add_url_rule(rule, endpoint=view.__name__, view_func=wrapped, methods=[method])
            summary, _, description = (view.__doc__ or view.__name__).strip().partition("\n")
            self.operations.append(
                Operation(
                    tag=self.tag,
                    method=method,
                    rule=self.prefix + rule,
                    name=view.__name__,
                    summary=summary,
                    description=description.strip(),
                    body=body,
                    query=query,
                    answer=answer,
                    status=status,
                    auth=auth,
                    errors=errors + _implied_errors(body, query, auth),
                    media_types=media_types,
                    other_statuses=other_statuses or {},
                )
            )
            return view

        return decorate

    def get(self, rule: str, **declaration: Any) -> Callable[[View], View]:
        return self.route("GET", rule, **declaration)

    def post(self, rule: str, **declaration: Any) -> Callable[[View], View]:
        return self.route("POST", rule, **declaration)

    def put(self, rule: str, **declaration: Any) -> Callable[[View], View]:
        return self.route("PUT", rule, **declaration)

    def patch(self, rule: str, **declaration: Any) -> Callable[[View], View]:
        return self.route("PATCH", rule, **declaration)

    def delete(self, rule: str, **declaration: Any) -> Callable[[View], View]:
        return self.route("DELETE", rule, **declaration)


def _implied_errors(
    body: type[Payload] | None, query: type[QueryParameters] | None, auth: Auth
) -> tuple[type[FieldroomError], ...]:
    errors: list[type[FieldroomError]] = [RateLimited, Unavailable]
    if auth != "public":
        errors.append(AuthenticationRequired)
    if auth == "admin":
        errors.append(Forbidden)
    if body is not None:
        errors += [InvalidRequest, TooLarge, UnsupportedMediaType, ValidationFailed]
    if query is not None:
        errors.append(ValidationFailed)
    return (*errors, CrossOrigin)


def _read_body(model: type[Payload], limit: int) -> Payload:
    if not request.content_length and not request.mimetype and "Transfer-Encoding" not in request.headers:
        return parse_json(model, b"{}")  # nothing was sent: fine where every field has a default
    if request.mimetype != "application/json":
        raise UnsupportedMediaType()
    return parse_json(model, read_body(limit))


def read_body(limit: int) -> bytes:
    """The body of this request. Raises TooLarge where it has more than `limit` bytes."""
    too_large = TooLarge(f"The body is larger than {limit} bytes.")
    request.max_content_length = limit + 1  # of a body in chunks, Werkzeug gives as much as it may and says nothing of the rest
    try:
        data = request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise too_large from None
    if len(data) > limit:
        raise too_large
    return data


def _read_query(model: type[QueryParameters]) -> QueryParameters:
    values = request.args.to_dict()
    repeated = [name for name in values if len(request.args.getlist(name)) > 1]
    if repeated:
        raise ValidationFailed({name[:80]: "Give this once." for name in repeated})
    try:
        return model.model_validate(values)
    except ValueError as error:
        raise as_domain_error(error) from None  # type: ignore[arg-type]  # pydantic's ValidationError is its only ValueError


def _answer(result: Any, status: int) -> Response | tuple[Response, int] | tuple[str, int]:
    if isinstance(result, Response):
        return result
    if isinstance(result, tuple):
        result, status = result
    if result is None:
        return "", status if status != 200 else 204
    return jsonify(result), status
