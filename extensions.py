"""The Flask extensions of an application, created unbound; create_app binds them."""

from flask import session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_session import Session
from flask_socketio import SocketIO


def caller() -> str:
    """Whom a rate limit counts: the signed-in account, else the address."""
    return session.get("user_id") or get_remote_address()


class Extensions:
    """Those of one application: two in one process share none."""

    def __init__(self) -> None:
        self.socketio = SocketIO()
        self.server_session = Session()
        # What every path is limited to; more than that a view declares itself.
        self.limiter = Limiter(caller, default_limits=["1200/minute"])
