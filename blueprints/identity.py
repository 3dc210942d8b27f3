"""Who is asking: the session's user, or a device by its token."""

from typing import Any, cast

from bson import ObjectId
from flask import Flask, current_app, g, request, session
from flask_limiter.util import get_remote_address

from models.accounts import User
from services.people import accounts
from services.telemetry import devices
from utils.clock import now_ms
from utils.errors import AuthenticationRequired, Forbidden
from utils.ids import parse_id


def sign_in(user: User) -> None:
    """Start a session of `user` under a new id, so that an id somebody planted before is worth nothing."""
    session.clear()
    session["user_id"] = str(user.id)
    session["epoch"] = user.session_epoch
    session["signed_in_at"] = now_ms()
    session.permanent = True
    cast(Any, current_app.session_interface).regenerate(session)


def signed_in_seconds() -> float:
    """How long ago this session's user showed their password."""
    signed_in_at: int = session.get("signed_in_at", 0)
    return (now_ms() - signed_in_at) / 1000


def session_key() -> str:
    """What names this session among a user's connections without giving the session id away."""
    return accounts.session_key(cast(Any, session).sid)


def caller() -> str:
    """Whom a rate limit counts: the signed-in account, else the address."""
    return session.get("user_id") or get_remote_address()


def claim(app: Flask, environ: dict[str, Any]) -> tuple[ObjectId, int, str]:
    """The user id and the epoch that the session cookie of a request stands for, unchecked, and the session's key.

    environ: the request as WSGI has it. A request context, with its routes, would cost more than all else here. Raises
    AuthenticationRequired where there is no session, and RedisError where it cannot be read.
    """
    opened = app.session_interface.open_session(app, app.request_class(environ))
    user_id = parse_id(opened.get("user_id", "")) if opened is not None else None
    if user_id is None:
        raise AuthenticationRequired()
    return user_id, cast(Any, opened).get("epoch", -1), accounts.session_key(cast(Any, opened).sid)


def session_user() -> User | None:
    """The user whom the session cookie signs in, or None (no cookie, ended, deleted, banned, signed out everywhere)."""
    user_id = parse_id(session.get("user_id", ""))
    return None if user_id is None else accounts.session_user(user_id, session.get("epoch", -1))


def require_user() -> User:
    """The signed-in user. Raises AuthenticationRequired."""
    user = session_user()
    if user is None:
        raise AuthenticationRequired()
    g.user = user
    return user


def require_admin() -> User:
    """The signed-in admin. Raises AuthenticationRequired or Forbidden."""
    user = require_user()
    if user.role != "admin":
        raise Forbidden("Only an administrator may do this.")
    return user


def current_user() -> User:
    """The user that the view's guard found."""
    return cast(User, g.user)


def current_user_id() -> ObjectId:
    return current_user().id


def require_device() -> Any:
    """The device whose token came as `Authorization: Bearer <token>`. Raises AuthenticationRequired."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    device = devices.authenticate(token.strip()) if scheme.lower() == "bearer" else None
    if device is None:
        raise AuthenticationRequired("Send the device's token as Authorization: Bearer <token>.")
    g.device = device
    return device


def require_reader() -> Any:
    """The session's user, or the device whose token came in one of those ways. Raises AuthenticationRequired."""
    g.reader = session_user() or require_writer()
    return g.reader


def current_reader() -> Any:
    """The user or the device that the view's guard found."""
    return g.reader


def require_writer() -> Any:
    """The device whose token came in one of the ways in which InfluxDB's clients send theirs. Raises AuthenticationRequired.

    `Authorization: Token <token>` or `Bearer <token>`, the password of basic authentication, or the parameter `p`.
    """
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    token = request.args.get("p", "")
    if scheme.lower() in ("token", "bearer"):
        token = rest.strip()
    elif request.authorization is not None and request.authorization.type == "basic":
        token = request.authorization.password or ""
    # Version 1.8 takes user:password as a token of version 2.
    device = devices.authenticate(token) or devices.authenticate(token.rpartition(":")[2]) if token else None
    if device is None:
        raise AuthenticationRequired("Send the device's token as Authorization: Token <token>, or as the password.")
    devices.heard_from(device)
    g.device = device
    return device
