"""A person with a browser's two lines to the server: an HTTP session and the official Socket.IO client."""

import contextlib
import itertools
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

import socketio
import socketio.exceptions

from tests.support.server import Api, register

_numbers = itertools.count(1)
WAIT_SECONDS = 10.0


def unique(prefix: str = "user") -> str:
    """A name that no other test uses."""
    return f"{prefix}{next(_numbers)}x{time.time_ns() % 10_000_000}"


class Refused(Exception):
    """The server did not take the connection; the text is its reason."""


class Listener:
    """A Socket.IO connection that keeps every event it gets, in order. Raises Refused where the server does not want it."""

    def __init__(
        self,
        url: str,
        *,
        namespace: str = "/",
        headers: dict[str, str] | None = None,
        auth: Any = None,
        transport: str = "websocket",
    ) -> None:
        self.namespace = namespace
        self.events: list[tuple[str, Any]] = []
        self._arrived = threading.Condition()
        self.client = socketio.Client(reconnection=False)
        self.client.on("*", self._keep, namespace=namespace)
        reasons: list[str] = []
        self.client.on("connect_error", lambda why: reasons.append(str(why)), namespace=namespace)
        try:
            self.client.connect(url, headers=headers or {}, auth=auth, namespaces=[namespace], transports=[transport])
        except socketio.exceptions.ConnectionError as error:
            raise Refused("; ".join(reasons)) from error

    def _keep(self, event: str, *args: Any) -> None:
        with self._arrived:
            self.events.append((event, args[0] if args else None))
            self._arrived.notify_all()

    def call(self, event: str, payload: Any = None, timeout: float = WAIT_SECONDS) -> Any:
        """Send an event and return its acknowledgement."""
        answers: queue.Queue[Any] = queue.Queue()
        self.client.emit(event, payload, namespace=self.namespace, callback=lambda *args: answers.put(args[0] if args else None))
        return answers.get(timeout=timeout)

    def ok(self, event: str, payload: Any = None) -> Any:
        """As `call`, but the acknowledgement has to be a good one."""
        answer = self.call(event, payload)
        assert answer["ok"] is True, answer
        return answer

    def refused(self, event: str, payload: Any = None) -> str:
        """As `call`, but the acknowledgement has to be a refusal; returns its code."""
        answer = self.call(event, payload)
        assert answer["ok"] is False, answer
        code: str = answer["error"]["code"]
        return code

    def wait(self, event: str, matches: Callable[[Any], bool] = lambda payload: True, timeout: float = WAIT_SECONDS) -> Any:
        """The payload of the first `event` that matches, come already or still to come. Raises AssertionError after `timeout`."""
        ends = time.monotonic() + timeout
        with self._arrived:
            while True:
                for name, payload in self.events:
                    if name == event and matches(payload):
                        return payload
                left = ends - time.monotonic()
                assert left > 0, f"no {event} within {timeout} s; came: {[name for name, _ in self.events]}"
                self._arrived.wait(left)

    def payloads(self, event: str) -> list[Any]:
        """All payloads of `event` so far."""
        with self._arrived:
            return [payload for name, payload in self.events if name == event]

    def close(self) -> None:
        # Where the server hangs up at this moment, the library's list of namespaces changes while it goes through it.
        with contextlib.suppress(RuntimeError):
            self.client.disconnect()

    def close_soon(self) -> None:
        """Hang up without waiting: the client gives servers on plain threads three seconds to say goodbye."""
        threading.Thread(target=self.close, daemon=True).start()


class Person:
    """An account with one live connection."""

    def __init__(self, url: str, name: str | None = None, **profile: Any) -> None:
        self.api: Api = register(url, name or unique(), **profile)
        self.user: dict[str, Any] = self.api.get("/api/auth/me")["user"]
        self.live = self.connect()

    @property
    def id(self) -> str:
        user_id: str = self.user["id"]
        return user_id

    def connect(self) -> Listener:
        """One more connection of the same session: another tab."""
        return Listener(self.api.url, headers={"Cookie": self.api.cookie})

    def room(self, **options: Any) -> dict[str, Any]:
        """A new room of this person's."""
        room: dict[str, Any] = self.api.post("/api/chat-rooms", {"name": unique("Room "), **options}, expect=201).json()["room"]
        return room

    def join(self, room_id: str, **options: Any) -> Any:
        return self.live.ok("join_chat_room", {"room_id": room_id, **options})

    def say(self, room_id: str, body: str, client_id: str | None = None) -> dict[str, Any]:
        answer = self.live.ok("send_message", {"room_id": room_id, "body": body, "client_id": client_id or unique("c")})
        message: dict[str, Any] = answer["message"]
        return message

    def close(self) -> None:
        self.live.close_soon()
