"""/api/auth: registering, signing in and out, one's own account."""

from typing import Any

from flask import session
from flask_limiter.util import get_remote_address

from blueprints.api import Api
from blueprints.identity import current_user, require_user, session_key, session_user, sign_in
from blueprints.languages import asked_language
from schemas.accounts import (
    ChangePassword,
    ForgotPassword,
    Login,
    OwnUserAnswer,
    Register,
    ResetPassword,
    VerifyEmail,
    own_user_view,
)
from services.limits import limits
from services.people import accounts, addresses, recovery, users
from utils.errors import AuthenticationRequired, Conflict, InvalidCredentials, ValidationFailed
from utils.validators import fold

api = Api("auth", "/api/auth")

# What one address may do, which may be that of a whole school; and how often it may be wrong about one name (docs/people.md).
REGISTERING = ("100/minute", "400/hour")
SIGNING_IN = ("200/minute", "2000/hour")
GUESSING = "10 per 10 minutes"


def _count(most: tuple[str, ...], what: str) -> None:
    for limit in most:
        limits().check(limit, what, get_remote_address())


@api.post("/register", body=Register, answer=OwnUserAnswer, status=201, auth="public", errors=(Conflict,))
def register(body: Register) -> Any:
    """Create an account and sign in with it. The first account of an installation becomes its administrator."""
    _count(REGISTERING, "register")
    user = accounts.register(body.username, body.password, email=body.email, nickname=body.nickname, language=asked_language())
    sign_in(user)
    return {"user": own_user_view(user, online=False)}


@api.post("/login", body=Login, answer=OwnUserAnswer, auth="public", errors=(InvalidCredentials,))
def login(body: Login) -> Any:
    """Sign in with a user name or an e-mail address."""
    if (body.username is None) == (body.email is None):
        raise ValidationFailed({"username": "Give your user name or your e-mail address."})
    name = body.username or body.email or ""
    guesses = (GUESSING, "guess", get_remote_address(), fold(name))
    _count(SIGNING_IN, "login")
    limits().check(*guesses)
    user = accounts.authenticate(name, body.password)
    limits().forget(*guesses)
    sign_in(user)
    return {"user": users.own_view(user)}


@api.post("/logout", auth="public", status=204)
def logout() -> None:
    """Sign out: the session ends, and with it its live connections. Signing out twice is fine."""
    if session.get("user_id"):
        accounts.end_session_connections(session_key())
    session.clear()


@api.get("/me", answer=OwnUserAnswer)
def me() -> Any:
    """The signed-in account."""
    user = current_user()
    return {"user": users.own_view(user)}


@api.post("/change-password", body=ChangePassword, status=204, limit="10/minute")
def change_password(body: ChangePassword) -> None:
    """Replace the password. Every other session of the account ends; this one goes on under a new id."""
    sign_in(accounts.change_password(current_user(), body.current_password, body.new_password))


@api.post(
    "/verify-email", body=VerifyEmail, status=204, auth="public", errors=(AuthenticationRequired, Conflict), limit="120/minute"
)
def verify_email(body: VerifyEmail) -> None:
    """Mail the signed-in account a link, or verify the address that one was mailed to.

    With a `token` no session is needed, and doing it again is fine while the link lasts (a day) and the address stays.
    """
    if body.token is None:
        addresses.send_confirmation(require_user(), language=asked_language())
    else:
        addresses.confirm(body.token)


@api.post("/forgot-password", body=ForgotPassword, status=204, auth="public", limit="30/minute;200/hour")
def forgot_password(body: ForgotPassword) -> None:
    """Mail the account, if there is one and it has an address, a link that sets its password. The answer is always the same."""
    recovery.ask(body.username or body.email or "", language=asked_language())


@api.post("/reset-password", body=ResetPassword, status=204, auth="public", limit="60/minute")
def reset_password(body: ResetPassword) -> None:
    """Set the password of the account that a mailed link (good once, for an hour) is of.

    Every session of the account ends; only one that sent this goes on, under a new id.
    """
    before = session_user()
    user = recovery.reset(body.token, body.password)
    if before is not None and before.id == user.id:
        sign_in(user)
