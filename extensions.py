"""The Flask extensions, created unbound; create_app binds them."""

from flask import current_app, session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_session import Session
from flask_socketio import SocketIO

from utils.rate_limits import RateLimits


def _caller() -> str:
    """Whom a rate limit counts: the signed-in account, else the address."""
    return session.get("user_id") or get_remote_address()


def rate_limits() -> RateLimits:
    """What HTTP counts together with Socket.IO, or by more than who asks; the application says where."""
    limits: RateLimits = current_app.extensions["fieldroom-limits"]
    return limits


socketio = SocketIO()
server_session = Session()
limiter = Limiter(_caller, default_limits=["1200/minute"])
