"""Who gets a session, and what becomes of a request whose session is in a Redis that is away.

Flask opens the session before anything else, and what is raised there passes by every error handler. So a session that cannot be
read is given to the request as one that says so to whoever looks into it: what needs to know who is asking is refused as any
other request that meets an unreachable server (blueprints/errors.py), and what does not is answered.
"""

from typing import Any, NoReturn, cast

from flask import Flask, Request, Response
from flask.sessions import NullSession, SessionInterface, SessionMixin
from redis.exceptions import RedisError

# The page, its files and the probes of whoever watches the process ask nobody who they are.
_SIGNED_IN_BELOW = ("/api/", "/socket.io/")


class LostSession(NullSession):
    """The session of a request whose store did not answer: reading or changing it raises the reason. It is never stored."""

    def __init__(self, reason: RedisError) -> None:
        super().__init__()
        self._reason = reason

    def _lost(self, *_arguments: Any, **_options: Any) -> NoReturn:
        raise self._reason

    __getitem__ = __contains__ = get = _lost
    __setitem__ = __delitem__ = clear = pop = popitem = update = setdefault = _lost


class Sessions(SessionInterface):
    """The sessions that `stored` keeps, for the requests that may need one."""

    def __init__(self, stored: SessionInterface) -> None:
        self._stored = stored

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:
        """The request's session; None, which Flask takes for an empty one, where it cannot need any."""
        if not request.path.startswith(_SIGNED_IN_BELOW):
            return None
        try:
            return self._stored.open_session(app, request)
        except RedisError as error:
            return LostSession(error)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        self._stored.save_session(app, session, response)

    def regenerate(self, session: SessionMixin) -> None:
        """Give a session a new id; the old one is worth nothing any more."""
        cast(Any, self._stored).regenerate(session)
