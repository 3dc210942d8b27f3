"""One connection to the server's ``/devices`` namespace, over python-socketio.

python-socketio's own reconnection is switched off. It cannot tell a refused token from a server that is down, retries
both alike, and gives up for good when the server ends the namespace (as it does for a revoked token); its ``call`` goes
on waiting after the connection is gone. So each attempt is a new client, and ``uplink`` decides when to make one.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

import socketio

from fieldroom_pi.errors import AckTimeout, ConnectionFailed, ConnectionLost, TokenRefused
from fieldroom_pi.protocol import NAMESPACE, NOT_SIGNED_IN, refusal_code

# At INFO these libraries log whole packets, and the first packet holds the token. Never more than warnings.
_library_log = logging.getLogger("fieldroom_pi.socketio")
_library_log.setLevel(logging.ERROR)

_CLOSE_WITHIN_S = 3.0
_LAST_FRAMES_S = 0.1


class DeviceConnection:
    """Connects on ``open``; then ``call`` sends an event and waits for its acknowledgement.

    server: the server's URL, with the path under which it is served if any; ca_file: certificates to trust instead of
    the system's; timeout_s: for connecting and for signing in; on_configure: answers the server's ``configure`` event;
    on_lost: called once when the connection ends.
    """

    def __init__(
        self,
        server: str,
        ca_file: str | None,
        timeout_s: float,
        on_configure: Callable[[object], dict[str, object]],
        on_lost: Callable[[], None],
    ) -> None:
        self._server = server
        self._timeout_s = timeout_s
        self._on_lost = on_lost
        self._signed_in = False
        self._refusal: object = None
        self._changed = threading.Condition()
        self._lost_because: str | None = None
        options = {"sslopt": {"ca_certs": ca_file}} if ca_file else {}
        self._client = socketio.Client(
            reconnection=False,
            handle_sigint=False,
            request_timeout=timeout_s,
            logger=_library_log,
            engineio_logger=_library_log,
            websocket_extra_options=options,
        )
        self._client.on("connect", self._note_signed_in, namespace=NAMESPACE)
        self._client.on("connect_error", self._keep_refusal, namespace=NAMESPACE)
        self._client.on("disconnect", self._lose, namespace=NAMESPACE)
        self._client.on("configure", lambda *payload: on_configure(payload[0] if payload else None), NAMESPACE)

    @property
    def lost(self) -> bool:
        """Whether the connection has ended."""
        return self._lost_because is not None

    def open(self, token: str) -> None:
        """Connect and sign in. Raises TokenRefused, or ConnectionFailed for every other reason."""
        try:
            # Not wait=True: its wait cannot be told a reason, and after a refusal it sits out a closing handshake.
            self._client.connect(
                self._server,
                auth={"token": token},
                transports=["websocket"],
                namespaces=[NAMESPACE],
                socketio_path=urlsplit(self._server).path.strip("/") + "/socket.io",
                wait=False,
            )
        except (socketio.exceptions.SocketIOError, OSError, ValueError) as error:
            self._lose("not connected")
            raise ConnectionFailed(_deepest(error)) from error
        with self._changed:
            self._changed.wait_for(lambda: self._signed_in or self._refusal is not None or self.lost, self._timeout_s)
            if self._signed_in:
                return
            refusal, lost_because = self._refusal, self._lost_because
        self._lose("not signed in")
        code = refusal_code(refusal)
        if code in NOT_SIGNED_IN:
            raise TokenRefused(code)
        raise ConnectionFailed(code or lost_because or f"no answer to the token within {self._timeout_s:g} s")

    def call(self, event: str, payload: object, timeout_s: float) -> object:
        """Send an event; gives the first argument of its acknowledgement.

        Raises AckTimeout after ``timeout_s``, and ConnectionLost as soon as the connection ends.
        """
        answers: list[object] = []

        def acknowledged(*args: object) -> None:
            with self._changed:
                answers.append(args[0] if args else None)
                self._changed.notify_all()

        try:
            self._client.emit(event, payload, namespace=NAMESPACE, callback=acknowledged)
        except socketio.exceptions.SocketIOError as error:
            raise ConnectionLost(self._lost_because or _deepest(error)) from error
        with self._changed:
            self._changed.wait_for(lambda: answers or self.lost, timeout_s)
            if answers:
                return answers[0]
            if self._lost_because is not None:
                raise ConnectionLost(self._lost_because)
        raise AckTimeout(f"no acknowledgement of {event} within {timeout_s:g} s")

    def close(self) -> None:
        """End the connection. The peer's part in the closing handshake is left to a thread of its own."""
        closer = threading.Thread(target=self._disconnect, name="disconnect", daemon=True)
        closer.start()
        with self._changed:
            self._changed.wait_for(lambda: self.lost, _CLOSE_WITHIN_S)
        # The frames that say goodbye leave now. websocket-client then waits 3 s for an answer which, if it comes, goes
        # to the reading thread instead.
        closer.join(_LAST_FRAMES_S)

    def _disconnect(self) -> None:
        try:
            self._client.disconnect()
        except (socketio.exceptions.SocketIOError, OSError) as error:
            _library_log.debug("disconnect: %s", error)
        finally:
            self._lose("closed")

    def _note_signed_in(self) -> None:
        with self._changed:
            self._signed_in = True
            self._changed.notify_all()

    def _keep_refusal(self, *data: object) -> None:
        with self._changed:
            self._refusal = data[0] if data else "refused without a reason"
            self._changed.notify_all()

    def _lose(self, *reason: object) -> None:
        with self._changed:
            if self._lost_because is not None:
                return
            self._lost_because = str(reason[0]) if reason else "connection ended"
            self._changed.notify_all()
        self._on_lost()


def _deepest(error: BaseException) -> str:
    """The text of the first cause: python-socketio itself says only "Connection error"."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    # websocket-client appends the whole answer, headers and page, after this mark.
    return (str(error) or type(error).__name__).split(" -+-+- ")[0]
