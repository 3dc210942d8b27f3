"""The Flask extensions of an application, created unbound; create_app binds them."""

from flask_limiter import Limiter
from flask_session import Session
from flask_socketio import SocketIO

from blueprints.identity import caller


class Extensions:
    """Those of one application: two in one process share none."""

    def __init__(self) -> None:
        self.socketio = SocketIO()
        self.server_session = Session()
        # What every path is limited to; more than that a view declares itself.
        self.limiter = Limiter(caller, default_limits=["1200/minute"])
