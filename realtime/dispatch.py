"""From a Socket.IO event to one function call and back to one acknowledgement.

A handler is declared with the shape of its payload and is given only what fits it. Whatever goes wrong becomes the contract's
`{"ok": false, "error": …}`; the connection lives. python-socketio's server is used directly, beneath Flask-SocketIO's decorators,
because those push a Flask request context, and with it a session read from disk or Redis, for every single event.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from models.odm import DatabaseUnavailable
from realtime.packet import MALFORMED
from schemas.base import Payload
from schemas.validation import parse
from services.limits import limits
from utils.errors import AuthenticationRequired, FieldroomError, InvalidRequest, Unavailable
from utils.logs import get_logger
from utils.rate_limits import Bucket

log = get_logger(__name__)

C = TypeVar("C")
P = TypeVar("P", bound=Payload)
Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One event that clients may send: its name, payload, what it is acknowledged with, and how often it may come."""

    name: str
    payload: type[Payload]
    handler: Callable[[Any, Any], Result | None]
    answer: Any
    limit: Bucket | None
    summary: str


class Events(Generic[C]):
    """The events that clients of one namespace may send; `C` is what the namespace knows of a connection."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.events: dict[str, Event] = {}

    def on(
        self, name: str, payload: type[P], *, answer: Any = None, limit: str | Bucket | None = None
    ) -> Callable[[Callable[[C, P], Result | None]], Callable[[C, P], Result | None]]:
        """Declare the handler of event `name`.

        payload: the model of its one argument. answer: a TypedDict of the acknowledgement beside "ok" (None: nothing more).
        limit: how often one connection's owner may send it, as in "30/10 seconds", or what it is counted in with other things.
        """

        def register(handler: Callable[[C, P], Result | None]) -> Callable[[C, P], Result | None]:
            summary = (handler.__doc__ or name).strip().splitlines()[0]
            counted = Bucket(name, limit) if isinstance(limit, str) else limit
            self.events[name] = Event(name, payload, handler, answer, counted, summary)
            return handler

        return register

    def dispatch(self, event_name: str, connection: C | None, who: str, args: tuple[Any, ...]) -> Result:
        """Run one event for `connection` and return its acknowledgement. Never raises."""
        try:
            event = self._event(event_name, args)
            if connection is None:
                raise AuthenticationRequired("This connection has ended. Connect again.")
            if event.limit is not None:
                limits().check(event.limit.limit, event.limit.name, who)
            result = event.handler(connection, parse(event.payload, args[0] if args else {}))
        except FieldroomError as error:
            return refusal(error)
        except DatabaseUnavailable as error:
            log.error("database unavailable", socket_event=event_name, reason=str(error))
            return refusal(Unavailable())
        except Exception:
            log.exception("event failed", socket_event=event_name)
            return {"ok": False, "error": {"code": "internal_error", "message": "Something broke here; it has been logged."}}
        return {"ok": True, **(result or {})}

    def _event(self, name: str, args: tuple[Any, ...]) -> Event:
        if name == MALFORMED:
            raise InvalidRequest(args[0] if args and isinstance(args[0], str) else None)
        event = self.events.get(name)
        if event is None:
            raise InvalidRequest(f"There is no event named {name[:80]!r}.")
        if len(args) > 1:
            raise InvalidRequest(f"{name} takes one argument, an object; {len(args)} came.")
        return event


def refusal(error: FieldroomError) -> Result:
    """The acknowledgement that says what went wrong."""
    payload = error.payload()
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        payload["retry_after"] = retry_after
    return {"ok": False, "error": payload}
