"""The ways in which a request can fail, each an exception of its own.

Services raise these; one handler per transport turns them into the contract's error. `code` is what a program reads,
`message` what a person reads: it says what to do next.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class FieldroomError(Exception):
    """A failure that the caller is told about: a contract code, its HTTP status and a sentence."""

    code: ClassVar[str] = "invalid_request"
    status: ClassVar[int] = 400
    default_message: ClassVar[str] = "The request could not be understood."

    def __init__(self, message: str | None = None) -> None:
        self.message = message or self.default_message
        super().__init__(self.message)

    def payload(self) -> dict[str, Any]:
        """The contract's error object: {"code", "message"} and, where there are some, {"fields"}."""
        return {"code": self.code, "message": self.message}


class InvalidRequest(FieldroomError):
    """The bytes are not a request: no JSON, no such event, too many arguments."""


class AuthenticationRequired(FieldroomError):
    code = "authentication_required"
    status = 401
    default_message = "Sign in first."


class InvalidCredentials(FieldroomError):
    """Deliberately one message for an unknown name and for a wrong password."""

    code = "invalid_credentials"
    status = 401
    default_message = "The user name or the password is wrong."


class Forbidden(FieldroomError):
    code = "forbidden"
    status = 403
    default_message = "You may not do this."


class CrossOrigin(FieldroomError):
    code = "cross_origin"
    status = 403
    default_message = "This request came from another site. Add its origin to ALLOWED_ORIGINS if that is intended."


class NotFound(FieldroomError):
    code = "not_found"
    status = 404
    default_message = "There is no such thing, or you may not see it."


class MethodNotAllowed(FieldroomError):
    code = "invalid_request"
    status = 405
    default_message = "This path does not take that method."


class Conflict(FieldroomError):
    code = "conflict"
    status = 409
    default_message = "This is taken already."


class RoomFull(Conflict):
    code = "room_full"
    default_message = "The room has as many members as it takes."


class TooLarge(FieldroomError):
    code = "too_large"
    status = 413
    default_message = "The request is larger than the server takes."


class UnsupportedMediaType(FieldroomError):
    code = "unsupported_media_type"
    status = 415
    default_message = "Send JSON with Content-Type: application/json."


class ValidationFailed(FieldroomError):
    """The request was understood, but some of its fields are wrong: `fields` maps each to a message."""

    code = "validation_failed"
    status = 422
    default_message = "Some fields are not right."

    def __init__(self, fields: Mapping[str, str], message: str | None = None) -> None:
        super().__init__(message)
        self.fields = dict(fields)

    def payload(self) -> dict[str, Any]:
        return {**super().payload(), "fields": self.fields}


class RateLimited(FieldroomError):
    """Too many requests; `retry_after` is in whole seconds."""

    code = "rate_limited"
    status = 429

    def __init__(self, retry_after: int, message: str | None = None) -> None:
        super().__init__(message or f"Too many requests. Try again in {retry_after} s.")
        self.retry_after = retry_after


class Unavailable(FieldroomError):
    code = "unavailable"
    status = 503
    default_message = "The server cannot do this right now. Try again in a moment."


ALL_ERRORS: tuple[type[FieldroomError], ...] = (
    InvalidRequest, AuthenticationRequired, InvalidCredentials, Forbidden, CrossOrigin, NotFound, MethodNotAllowed, Conflict,
    RoomFull, TooLarge, UnsupportedMediaType, ValidationFailed, RateLimited, Unavailable,
)  # fmt: skip
