"""The one place where failures become the contract's HTTP errors."""

import time
from typing import Any

from flask import Flask, Response, jsonify, request
from flask_limiter import Limiter, RateLimitExceeded
from redis.exceptions import RedisError
from werkzeug.exceptions import ClientDisconnected, HTTPException, InternalServerError

from models.odm import DatabaseUnavailable
from utils.errors import (
    FieldroomError,
    InvalidRequest,
    MethodNotAllowed,
    NotFound,
    RateLimited,
    TooLarge,
    Unavailable,
    UnsupportedMediaType,
)
from utils.logs import get_logger

log = get_logger(__name__)
_BY_STATUS: dict[int, type[FieldroomError]] = {
    404: NotFound, 405: MethodNotAllowed, 413: TooLarge, 415: UnsupportedMediaType, 503: Unavailable,
}  # fmt: skip


def answer(error: FieldroomError) -> Response:
    """The HTTP response of a domain error."""
    response = jsonify({"error": error.payload()})
    response.status_code = error.status
    if isinstance(error, RateLimited):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def register(app: Flask, limiter: Limiter) -> None:
    """Attach the handlers."""
    app.register_error_handler(FieldroomError, answer)

    @app.errorhandler(RateLimitExceeded)
    def rate_limited(_error: RateLimitExceeded) -> Response:
        reset_at = limiter.current_limit.reset_at if limiter.current_limit else time.time() + 1
        return answer(RateLimited(max(1, int(reset_at - time.time()) + 1)))

    @app.errorhandler(DatabaseUnavailable)
    def database_unavailable(error: DatabaseUnavailable) -> Response:
        log.error("database unavailable", reason=str(error))
        return answer(Unavailable())

    @app.errorhandler(RedisError)
    def redis_unavailable(error: RedisError) -> Response:
        log.error("redis unavailable", reason=str(error))
        return answer(Unavailable())

    @app.errorhandler(InternalServerError)
    def outside_a_view(error: InternalServerError) -> Response:
        """What was raised before or after the handlers above are asked: while a session is stored, say."""
        original = error.original_exception
        if isinstance(original, DatabaseUnavailable):
            return database_unavailable(original)
        if isinstance(original, RedisError):
            return redis_unavailable(original)
        return unexpected(original or error)

    @app.errorhandler(HTTPException)
    def http_exception(error: HTTPException) -> Any:
        if error.code is None or error.code < 400:
            return error
        if isinstance(error, ClientDisconnected):
            return answer(InvalidRequest("The body was cut off."))
        if error.code == 404 and request.path.startswith("/api/"):
            return answer(NotFound("There is no such path in the API. See /api/docs."))
        known = _BY_STATUS.get(error.code, InvalidRequest)
        response = answer(known())
        if known is InvalidRequest:
            response.status_code = 400
        if error.code == 405 and getattr(error, "valid_methods", None):
            response.headers["Allow"] = ", ".join(error.valid_methods)  # type: ignore[attr-defined]
        return response

    @app.errorhandler(Exception)
    def unexpected(_error: BaseException) -> Response:
        log.exception("request failed")
        response = jsonify({"error": {"code": "internal_error", "message": "Something broke here; it has been logged."}})
        response.status_code = 500
        return response
