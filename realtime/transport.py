"""Connections that cannot hold up or outgrow the server: ours in the place of python-engineio's, beneath Socket.IO.

The library keeps an unbounded queue for each connection, a task that writes and one that pings, and lets one connection's events
run without a pause; and it logs a traceback for packets that only a broken or hostile client sends. `install` gives a server:

- a bounded outgoing queue: a connection that passes the bound is cut off at once, logged and counted, and costs the others nothing;
- fairness between connections: who sends without pause gives way every few milliseconds;
- sending that is shared by all connections (realtime/flushing.py), over one WebSocket for every server (realtime/websocket.py);
- packets read strictly: what is none ends its connection, quietly.

What this relies on of the library's inside is few and named in `ASSUMPTIONS`; a test compares them with what is installed.
"""

import time
from typing import Any

import engineio.server
import engineio.socket
import socketio
from engineio import exceptions, packet
from prometheus_client import Counter

from realtime.flushing import Flusher, Pinger
from realtime.outgoing import Bounds, LockedQueue, OutgoingQueue
from realtime.websocket import WebSocket, accepts, hand_back, shake_hands
from utils import concurrency
from utils.logs import get_logger

log = get_logger(__name__)

CUT_OFF = Counter("fieldroom_connections_cut_off", "Connections ended because they did not read what was sent to them.")
TOO_SLOW = "reads too slowly"
# How long one connection may keep the loop busy before the others get their turn.
FAIR_SECONDS = 0.002
# A read that took this long waited, and others ran meanwhile.
_WAITED_SECONDS = 0.000_5
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
        self._websocket: WebSocket | None = None
        self._marked = False
        self._draining = False
        self._cut = False

    # -- out ------------------------------------------------------------------------------------------------------------------

    def send(self, pkt: packet.Packet) -> None:
        """Queue a packet; never waits and never raises. The library's also looks for a ping timeout, as does its service task."""
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
        if websocket is None or self._draining:
            return
        data = self.queue.take()
        if data:
            try:
                sent = websocket.write_now(data)
            except OSError:
                websocket.cut()
                return
            if sent < len(data):
                self._draining = True
                self.queue.hold(len(data) - sent)
                concurrency.spawn(self._drain, websocket, memoryview(data)[sent:], name="drain")
                return
        if self.queue.ended:
            websocket.end()

    def _drain(self, websocket: WebSocket, left: memoryview) -> None:
        """Write to a connection whose buffers are full, waiting for its reader; the only place that does."""
        try:
            while left:
                left = left[websocket.write(left) :]
                self.queue.hold(len(left))
        except (OSError, ValueError):
            websocket.cut()
            return
        self._draining = False
        self._mark()  # for what came meanwhile

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
        CUT_OFF.inc()
        self.queue.clear()
        if self._websocket is not None:
            self._websocket.cut()
        concurrency.spawn(self._finish, TOO_SLOW, name="cut off")

    def _finish(self, reason: str) -> None:
        self.close(wait=False, abort=True, reason=reason)
        self.queue.put(None)
        self.server.sockets.pop(self.sid, None)

    def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        """End the connection: the handler of disconnects runs, what waits is sent if the other end reads."""
        super().close(wait=wait, abort=abort, reason=reason)
        if reason == self.server.reason.PING_TIMEOUT and self._websocket is not None:
            self._websocket.cut()
        else:
            self._mark()

    def schedule_ping(self) -> None:
        """Ping again an interval after the last one was answered."""
        if self.last_ping:
            self.last_ping = None
            self.server.pinger.add(self)

    def ping(self) -> None:
        """Send a ping, unless the connection has ended."""
        if not self.closing and not self.closed:
            self.last_ping = time.time()
            self.send(PING)

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
        """Carry on over a WebSocket: from the start, or in the place of long polling."""
        if self.upgrading or self.upgraded or not accepts(environ):
            if not self.connected:
                self.close(wait=False, abort=True)
            return self.server._bad_request("Not a WebSocket handshake")
        polled = self.connected
        self.upgrading = polled
        try:
            websocket = WebSocket(
                shake_hands(environ), self.server.max_http_buffer_size, self.server.ping_interval + self.server.ping_timeout,
                self._send_control,
            )  # fmt: skip
        except OSError:
            self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_ERROR)
            return hand_back()
        try:
            if not polled or self._probed(websocket):
                self._serve(websocket)
            self.upgrading = False
        finally:
            websocket.close()
        return hand_back()

    def _probed(self, websocket: WebSocket) -> bool:
        """The handshake by which long polling becomes a WebSocket; False where the client does not follow it."""
        if websocket.receive() != "2probe":
            websocket.end()
            return False
        websocket.write(memoryview(_PROBE_ANSWER))
        self.queue.put(packet.Packet(packet.NOOP))  # ends a poll that waits
        if websocket.receive() != "5":
            websocket.end()
            return False
        return not self.closed

    def _serve(self, websocket: WebSocket) -> None:
        """Read until either side ends it."""
        self.connected = self.upgraded = True
        self.upgrading = False
        self._websocket = websocket
        self._mark()
        reason = self.server.reason.TRANSPORT_CLOSE
        try:
            turn = time.monotonic()
            while not self.closed:
                asked = time.monotonic()
                message = websocket.receive()
                if message is None:
                    break
                came = time.monotonic()
                if came - asked > _WAITED_SECONDS:
                    turn = came
                if not self._receive(message):
                    reason = self.server.reason.TRANSPORT_ERROR
                    break
                turn = self._give_way(turn)
        finally:
            websocket.end()
            self._finish(reason)

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


PING = packet.Packet(packet.PING)
_PROBE_ANSWER = b"\x81\x06" + b"3probe"


def install(server: socketio.Server, bounds: Bounds) -> None:
    """Give every connection of a Socket.IO server the above."""
    engine = server.eio
    engine.flusher = Flusher()
    engine.pinger = Pinger(engine.ping_interval)
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
