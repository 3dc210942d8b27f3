"""Connections that cannot hold up or outgrow the server: ours in the place of python-engineio's, beneath Socket.IO.

The library keeps an unbounded queue for each connection, a task that writes and one that pings, and lets one connection's events
run without a pause; and it logs a traceback for packets that only a broken or hostile client sends. `install` gives a server:

- a bounded outgoing queue: a connection that passes the bound is cut off at once, logged and counted, and costs the others nothing;
- fairness between connections: who sends without pause gives way every few milliseconds;
- sending that is shared by all connections (realtime/flushing.py), over one WebSocket for every server (realtime/websocket.py);
- reading (realtime/readiness.py) and heartbeats that are shared too: what does nothing has no task, no stack and no buffers;
- packets read strictly: what is none ends its connection, quietly.

What this relies on of the library's inside is few and named in `ASSUMPTIONS`; a test compares them with what is installed.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import engineio.server
import engineio.socket
import socketio
from engineio import exceptions, packet

from realtime.flushing import Flusher, Pinger
from realtime.handshakes import Handshakes
from realtime.outgoing import Bounds, LockedQueue, OutgoingQueue
from realtime.readiness import Readiness
from realtime.websocket import WebSocket, accepts, answer, hand_back, take_over
from utils import concurrency
from utils.logs import get_logger

log = get_logger(__name__)

TOO_SLOW = "reads too slowly"
# How long one connection may keep the loop busy before the others get their turn.
FAIR_SECONDS = 0.002
_MAX_POLLED_PACKETS = 64

ASSUMPTIONS = {
    "engineio.socket.Socket": (
        "poll", "send", "handle_get_request", "handle_post_request", "close", "schedule_ping", "_upgrade_websocket",
    ),
    "engineio.server.Server": ("create_queue", "send_packet", "_handle_connect", "_trigger_event", "_bad_request"),
    "socketio.server.Server": ("_send_eio_packet", "_handle_eio_message"),
    "socketio.redis_manager.RedisManager": ("_publish", "_redis_connect", "_redis_listen_with_retries"),  # realtime/redis_queue.py
    "socketio.kombu_manager.KombuManager": ("_publish", "_listen", "_connection", "_exchange", "_queue"),  # realtime/amqp_queue.py
}  # fmt: skip


class InvalidPayload(exceptions.EngineIOError):  # type: ignore[misc]
    """What was posted is no Engine.IO payload: answered with 400, and the connection ends."""


class Connection(engineio.socket.Socket):  # type: ignore[misc]  # python-engineio has no types
    """An Engine.IO connection, over long polling at first or over a WebSocket."""

    queue: OutgoingQueue
    sid: str
    last_ping: float | None
    upgrading: bool

    def __init__(self, server: Any, sid: str) -> None:
        super().__init__(server, sid)
        self._flusher: Flusher = server.flusher
        # What is read from; written to as well once it has taken the place of long polling.
        self._incoming: WebSocket | None = None
        self._websocket: WebSocket | None = None
        self._probed = False
        self._marked = False
        self._rest: memoryview | None = None
        self._cut = False

    # -- out ------------------------------------------------------------------------------------------------------------------

    def send(self, pkt: packet.Packet) -> None:
        """Queue a packet; never waits and never raises. The library's also looks for a ping timeout, as does our Pinger."""
        if self.closed or self._cut:
            return
        if not self.queue.offer(pkt):
            self._cut_off()
        elif not self._marked:
            self._marked = True
            self._flusher.add(self)

    def flush(self) -> None:
        """Give the kernel what waits, as far as it takes it. A poll takes its packets by itself. Never yields."""
        self._marked = False
        websocket = self._websocket
        if websocket is None or self._rest is not None:
            return
        data = self.queue.take()
        if data:
            try:
                sent = websocket.write_now(data)
                if sent < len(data):
                    self._rest = memoryview(data)[sent:]
                    self.queue.hold(len(self._rest))
                    self.server.draining.watch(_Drain(self, websocket))
                    return
            except OSError:
                websocket.cut()
                return
        if self.queue.ended:
            self._say_goodbye(websocket)

    def drain(self, websocket: WebSocket) -> bool:
        """Go on with a write that the kernel has room for again; False where there is more. Raises OSError."""
        rest = self._rest or memoryview(b"")
        self._rest = rest = rest[websocket.write_now(rest) :]
        self.queue.hold(len(rest))
        return not rest

    def resume(self) -> None:
        """Send in the usual way again, what came meanwhile first."""
        self._rest = None
        self._mark()

    def fail(self) -> None:
        """End at once: writing failed in a way that nobody knows of."""
        if self._websocket is not None:
            self._websocket.cut()

    def _mark(self) -> None:
        if not self._marked:
            self._marked = True
            self._flusher.add(self)

    def _send_control(self, frame: bytes) -> None:
        control = packet.Packet(packet.NOOP)
        control.frame = frame
        self.send(control)

    def _cut_off(self) -> None:
        """End a connection that does not read. Called amid somebody else's message: what takes time is left to a task."""
        self._cut = True
        log.warning(
            "connection cut off", reason=TOO_SLOW, sid=self.sid, packets=len(self.queue), bytes=self.queue.size,
            transport="polling" if self._websocket is None else "websocket",
        )  # fmt: skip
        self.server.count_cut_off()
        self.queue.clear()
        if self._websocket is not None:
            self._websocket.cut()
        concurrency.spawn(self._finish, TOO_SLOW, name="cut off")

    def _finish(self, reason: str) -> None:
        self.close(wait=False, abort=True, reason=reason)

    def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        """End the connection: the handler of disconnects runs, what waits is sent if the other end reads."""
        super().close(wait=wait, abort=abort, reason=reason)
        self.server.sockets.pop(self.sid, None)
        if reason == self.server.reason.PING_TIMEOUT and self._websocket is not None:
            self._websocket.cut()
        else:
            self._mark()

    def _say_goodbye(self, websocket: WebSocket) -> None:
        """Close the WebSocket in its own way; the other end has a while to do the same."""
        websocket.end()
        self.server.pinger.expect(self, _AN_END)

    def schedule_ping(self) -> None:
        """Ping again an interval after the last one was answered."""
        if self.last_ping:
            self.last_ping = None
            self.server.pinger.add(self)

    def ping(self) -> float | None:
        """Send a ping, unless the connection has ended; returns when."""
        if self.closing or self.closed:
            return None
        self.last_ping = time.time()
        self.send(PING)
        return self.last_ping

    def overdue(self, since: float) -> None:
        """End where the ping sent at `since` has no answer, or where a WebSocket should have taken over or ended by now."""
        if since == _AN_END:
            if self._incoming is not None and (self.closed or self._websocket is None):
                self._incoming.cut()
        elif self.last_ping == since and not self.closed:
            # A task of its own: the handler of disconnects may wait, and the heartbeats of all others come after this.
            concurrency.spawn(self.close, False, False, self.server.reason.PING_TIMEOUT, name="ping timeout")

    # -- in -------------------------------------------------------------------------------------------------------------------

    def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Take the packets of a POST in long polling. Raises an EngineIOError for what is none."""
        try:
            length = int(environ.get("CONTENT_LENGTH") or 0)
        except ValueError:
            raise InvalidPayload from None
        if length > self.server.max_http_buffer_size:
            raise exceptions.ContentTooLongError
        try:
            data = environ["wsgi.input"].read(max(length, 0))
            texts = data.decode().split("\x1e")
        except (UnicodeDecodeError, OSError):
            raise InvalidPayload from None
        if len(data) < length or len(texts) > _MAX_POLLED_PACKETS:
            raise InvalidPayload
        turn = time.monotonic()
        for text in texts:
            # Binary comes as base64 here. No event of ours takes any: what it is does not matter, only that it is binary.
            if not self._receive(b"" if text.startswith("b") else text):
                raise InvalidPayload
            turn = self._give_way(turn)

    def _upgrade_websocket(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Carry on over a WebSocket: from the start, or in the place of long polling. Returns at once; see `ready`."""
        if self.upgrading or self.upgraded or not accepts(environ):
            if not self.connected:
                self.close(wait=False, abort=True)
            return self.server._bad_request("Not a WebSocket handshake")
        try:
            self._switch(environ)
        except OSError:
            self._over(self.server.reason.TRANSPORT_ERROR)
        return hand_back()

    def _switch(self, environ: dict[str, Any]) -> None:
        """Take the request's connection over."""
        polled = self.connected
        self.upgrading = polled
        # From the start: what waits, the Engine.IO handshake, leaves in one call with the answer to that of the WebSocket.
        first = answer(environ) if polled else answer(environ) + self.queue.take()
        self._incoming = websocket = WebSocket(take_over(environ), self.server.max_http_buffer_size, self._send_control)
        if websocket.write_now(first) < len(first):
            raise BlockingIOError
        if polled:
            self.server.pinger.expect(self, _AN_END)
        else:
            self._carry_on(websocket)
        self.server.reading.watch(self)

    def _carry_on(self, websocket: WebSocket) -> None:
        """From now on all is sent over the WebSocket."""
        self.connected = self.upgraded = True
        self.upgrading = False
        self._websocket = websocket
        if len(self.queue) or self.queue.ended:
            self._mark()

    def fileno(self) -> int:
        """The descriptor of what is read from."""
        return -1 if self._incoming is None else self._incoming.fileno()

    def ready(self) -> None:
        """Take what has come over the WebSocket. Called for one piece at a time, so that the packets keep their order."""
        incoming = self._incoming
        if incoming is None:
            return
        reason = self.server.reason.TRANSPORT_ERROR
        try:
            if self._take(incoming):
                reason = self.server.reason.TRANSPORT_CLOSE
            if not incoming.ended:
                self.server.reading.watch(self)
                return
        except OSError as error:
            log.debug("connection ended", reason=str(error), sid=self.sid)
        except Exception:
            log.exception("connection not read", sid=self.sid)
        self._over(reason)

    def _take(self, incoming: WebSocket) -> bool:
        """Handle what there is; False where it is not what a client sends, and the WebSocket was ended for it."""
        if self.closed:
            incoming.skip()  # until the other end has heard of it
            return True
        turn = time.monotonic()
        for message in incoming.messages():
            if not (self._probe(incoming, message) if self._websocket is None else self._receive(message)):
                incoming.end()
                return False
            if self.closed or incoming.ended:
                break
            turn = self._give_way(turn)
        return True

    def _probe(self, incoming: WebSocket, message: str | bytes) -> bool:
        """The handshake by which long polling becomes a WebSocket; False where the client does not follow it."""
        if message == "2probe" and not self._probed:
            self._probed = True
            incoming.write_now(_PROBE_ANSWER)
            self.queue.put(packet.Packet(packet.NOOP))  # ends a poll that waits
            return True
        if message == "5" and self._probed and not self.closed:
            self._carry_on(incoming)
            return True
        return False

    def _over(self, reason: str) -> None:
        """Let go of a WebSocket that has ended, and end with it, but for a connection that is still polled."""
        incoming, self._incoming = self._incoming, None
        if incoming is not None:
            self.server.reading.forget(incoming.fileno())
            self.server.draining.forget(incoming.fileno())
            incoming.end()
            incoming.close()
        if self.upgrading:
            self.upgrading = self._probed = False
            return
        try:
            self._finish(reason)
        finally:
            self._websocket = None
            self._rest = None
            self.queue.clear()

    def _give_way(self, turn: float) -> float:
        """Let others run where this connection's turn, which began at `turn`, has lasted; returns when the turn began."""
        self._flusher.flush_if_late()
        now = time.monotonic()
        if now - turn < FAIR_SECONDS:
            return turn
        concurrency.sleep()
        return time.monotonic()

    def _receive(self, message: str | bytes) -> bool:
        """Take one Engine.IO packet; False where it is none and the connection has to end."""
        if isinstance(message, bytes):
            return self._hand_up(message)
        kind = message[:1]
        if kind == "4":
            return self._hand_up(message[1:])
        if kind == "3":
            self.schedule_ping()
        elif kind == "1":
            self.close(wait=False, abort=True, reason=self.server.reason.CLIENT_DISCONNECT)
        else:
            return kind != "" and kind in "0256"
        return True

    def _hand_up(self, data: str | bytes) -> bool:
        if not data:
            # The library takes it for a packet without content. An attachment may be empty; what is in one nobody reads.
            if isinstance(data, str):
                return False
            data = b"\0"
        try:
            self.server.handlers["message"](self.sid, data)
        except ValueError as error:
            log.debug("connection ended", reason=str(error), sid=self.sid)
            return False
        except Exception:
            log.exception("packet not handled", sid=self.sid)
            return False
        return True


class _Drain:
    """A connection whose buffers are full, watched until its reader makes room."""

    __slots__ = ("_connection", "_websocket")

    def __init__(self, connection: Connection, websocket: WebSocket) -> None:
        self._connection = connection
        self._websocket = websocket

    def fileno(self) -> int:
        return self._websocket.fileno()

    def ready(self) -> None:
        """Write on."""
        connection, draining = self._connection, self._connection.server.draining
        try:
            if not connection.drain(self._websocket):
                draining.watch(self)
                return
        except OSError:
            self._websocket.cut()
        with suppress(OSError):  # closed meanwhile, and forgotten with that
            draining.forget(self.fileno())
        connection.resume()


PING = packet.Packet(packet.PING)
# What a Pinger is told where not a pong is waited for: a time that no ping was sent at.
_AN_END = 0.0
_PROBE_ANSWER = b"\x81\x06" + b"3probe"


def install(server: socketio.Server, bounds: Bounds, count_cut_off: Callable[[], None] = lambda: None) -> None:
    """Give every connection of a Socket.IO server the above. count_cut_off: is called for each that did not read."""
    engine = server.eio
    engine.count_cut_off = count_cut_off
    engine.flusher = Flusher()
    engine.reading = Readiness("reader")
    engine.draining = Readiness("drain", to_write=True)
    engine.pinger = Pinger(engine.ping_interval, engine.ping_timeout)
    engine.start_service_task = False  # it would look at each connection in turn for what the pinger is told
    server.environ = Handshakes()
    queue_class = LockedQueue if concurrency.mode() == "threading" else OutgoingQueue
    engine.create_queue = lambda: queue_class(bounds)
    # The module's name for the class of its connections. Only Engine.IO servers, all of them ours, are made of it.
    engineio.server.socket.Socket = Connection
    connections = engine.sockets

    def send(engine_sid: str, pkt: packet.Packet) -> None:
        # Once per receiver of a message: three calls and a warning less than the library's.
        connection = connections.get(engine_sid)
        if connection is not None:
            connection.send(pkt)

    server._send_eio_packet = send
