"""The Flask extensions, created unbound; create_app binds them."""

from flask import session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_session import Session
from flask_socketio import SocketIO


def _caller() -> str:
    """Whom a rate limit counts: the signed-in account, else the address."""
    return session.get("user_id") or get_remote_address()


socketio = SocketIO()
server_session = Session()
limiter = Limiter(_caller, default_limits=["1200/minute"])
