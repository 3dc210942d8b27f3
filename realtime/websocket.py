"""The server's end of a WebSocket (RFC 6455) on a connection that a WSGI server has accepted, whatever the kind of concurrency.

eventlet's own unmasks byte by byte in Python, reads each part of a frame with a call of its own, and accepts permessage-deflate,
which browsers offer and which then compresses every message once per receiver; simple-websocket, for gevent and threads, keeps one
more thread per connection. Neither can send several messages, or one prepared for many receivers, in one call, nor be without a
task that waits for what comes. Here a connection is taken away from its server: what is idle is a socket and no more.
"""

import _socket
import base64
import codecs
import errno
import hashlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any

from utils import concurrency

_SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
_READ_SIZE = 16_384
_NO_LOCK = nullcontext()
NORMAL, PROTOCOL_ERROR, NOT_UTF8, TOO_BIG = 1000, 1002, 1007, 1009


class ProtocolViolation(Exception):
    """What came is no WebSocket; `code` is the close code that says why."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def text_frame(text: str) -> bytes:
    """A whole text frame as a server sends it. Without a mask it is the same for every receiver."""
    return build_frame(TEXT, text.encode())


def build_frame(opcode: int, payload: bytes) -> bytes:
    """A whole, unmasked frame."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, size)) + payload
    if size < 65_536:
        return struct.pack("!BBH", 0x80 | opcode, 126, size) + payload
    return struct.pack("!BBQ", 0x80 | opcode, 127, size) + payload


def unmask(payload: bytes, mask: bytes) -> bytes:
    """`payload` exclusive-or `mask` repeated, as one operation on two large integers."""
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(key, "little")).to_bytes(size, "little")


class FrameReader:
    """Bytes in, messages out: str for text, bytes for binary, and (opcode, payload) for control frames.

    max_message: the largest message in bytes, all fragments together. Raises ProtocolViolation from `messages`.
    """

    def __init__(self, max_message: int) -> None:
        self._max_message = max_message
        self._buffer = bytearray()
        self._fragments = bytearray()
        self._opcode = CONTINUATION

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def messages(self) -> Iterator[str | bytes | tuple[int, bytes]]:
        """The whole messages that the bytes so far hold."""
        while (frame := self._frame()) is not None:
            final, opcode, payload = frame
            if opcode >= CLOSE:
                yield opcode, payload
                continue
            if (opcode == CONTINUATION) != (self._opcode != CONTINUATION):
                raise ProtocolViolation(PROTOCOL_ERROR, "fragments out of order")
            if final and opcode != CONTINUATION:
                yield _message(opcode, payload)
                continue
            self._opcode = self._opcode or opcode
            self._fragments += payload
            if len(self._fragments) > self._max_message:
                raise ProtocolViolation(TOO_BIG, "message too big")
            if final:
                opcode, whole = self._opcode, bytes(self._fragments)
                self._opcode, self._fragments = CONTINUATION, bytearray()
                yield _message(opcode, whole)

    def _frame(self) -> tuple[bool, int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        first, second = buffer[0], buffer[1]
        opcode, size, start = first & 0x0F, second & 0x7F, 2
        if first & 0x70 or opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG):
            raise ProtocolViolation(PROTOCOL_ERROR, "unknown kind of frame")
        if not second & 0x80:
            raise ProtocolViolation(PROTOCOL_ERROR, "a client masks its frames")
        if opcode >= CLOSE and (size > 125 or not first & 0x80):
            raise ProtocolViolation(PROTOCOL_ERROR, "a control frame is short and whole")
        if size >= 126:
            start = 4 if size == 126 else 10
            if len(buffer) < start:
                return None
            size = int.from_bytes(buffer[2:start], "big")
        if size > self._max_message:
            raise ProtocolViolation(TOO_BIG, "message too big")
        end = start + 4 + size
        if len(buffer) < end:
            return None
        payload = unmask(bytes(buffer[start + 4 : end]), bytes(buffer[start : start + 4]))
        del buffer[:end]
        return bool(first & 0x80), opcode, payload


def _message(opcode: int, payload: bytes) -> str | bytes:
    if opcode == BINARY:
        return payload
    try:
        return codecs.decode(payload, "utf-8")
    except UnicodeDecodeError as error:
        raise ProtocolViolation(NOT_UTF8, "text that is not UTF-8") from error


class WebSocket:
    """A connection after its handshake, over a socket of its own. Nothing here waits, and nothing but `messages` wants one caller.

    control: called with the whole frame of each control frame to send, a pong or an echoed close.
    """

    __slots__ = ("_control", "_reader", "_socket", "_writing", "ended")

    def __init__(self, descriptor: int, max_message: int, control: Callable[[bytes], None]) -> None:
        # Neither the family nor the kind matters for what is done here; asking the kernel for them takes three calls.
        self._socket = _socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, descriptor)
        self._socket.setblocking(False)
        # Among threads one may be writing while another closes, and the number of a closed descriptor is soon somebody else's.
        self._writing: AbstractContextManager[Any] = threading.Lock() if concurrency.mode() == "threading" else _NO_LOCK
        self._reader = FrameReader(max_message)
        self._control = control
        self.ended = False

    def fileno(self) -> int:
        return self._socket.fileno()

    def messages(self) -> Iterator[str | bytes]:
        """The messages that are there to be read. Once the connection is over, for whatever reason, `ended` is set."""
        data = self._read()
        if not data or self.ended:
            return
        self._reader.feed(data)
        try:
            for message in self._reader.messages():
                if not isinstance(message, tuple):
                    yield message
                elif message[0] == PING:
                    self._control(build_frame(PONG, message[1]))
                elif message[0] == CLOSE:
                    self.end(NORMAL)
                    return
        except ProtocolViolation as violation:
            self.end(violation.code)

    def skip(self) -> None:
        """Read and drop what is there."""
        self._read()

    def _read(self) -> bytes:
        try:
            data = self._socket.recv(_READ_SIZE)
        except (BlockingIOError, InterruptedError):
            return b""
        except OSError:
            data = b""
        if not data:
            self.ended = True
        return data

    def write_now(self, data: bytes | memoryview) -> int:
        """Give the kernel what it takes of `data` at once; returns how many bytes. Raises OSError where the peer is gone."""
        try:
            with self._writing:
                return self._socket.send(data)
        except BlockingIOError:
            return 0

    def end(self, code: int = NORMAL) -> None:
        """Say goodbye if that can be said at once; nothing is sent afterwards."""
        if not self.ended:
            self.ended = True
            with suppress(OSError), self._writing:
                self._socket.send(build_frame(CLOSE, struct.pack("!H", code)))
                self._socket.shutdown(socket.SHUT_WR)

    def cut(self) -> None:
        """End it at once, both ways: whoever waits for what comes hears of it."""
        self.ended = True
        with suppress(OSError), self._writing:
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Free the descriptor, which by now nothing is waited for on."""
        self.ended = True
        with self._writing:
            self._socket.close()


def accepts(environ: dict[str, Any]) -> bool:
    """Whether a request is a WebSocket handshake that we can answer."""
    try:
        key = base64.b64decode(environ.get("HTTP_SEC_WEBSOCKET_KEY", ""), validate=True)
    except ValueError:
        return False
    return len(key) == 16 and environ.get("HTTP_SEC_WEBSOCKET_VERSION") == "13" and environ.get("REQUEST_METHOD") == "GET"


def answer(environ: dict[str, Any]) -> bytes:
    """The answer to a handshake that `accepts`."""
    key = base64.b64encode(hashlib.sha1(environ["HTTP_SEC_WEBSOCKET_KEY"].encode() + _GUID, usedforsecurity=False).digest())
    return _SWITCHING + key + b"\r\n\r\n"


def take_over(environ: dict[str, Any]) -> int:
    """The descriptor of a request's connection. It is ours from now on; for its WSGI server the connection is closed.

    Each server keeps the connection somewhere else. With it go the buffers and the task that each request has.
    """
    mode = concurrency.mode()
    if mode == "eventlet":
        taken = environ["eventlet.input"].get_socket().fd
    elif mode == "gevent":
        reader = environ["wsgi.input"]  # of a request for an upgrade, the connection's own reader
        taken = getattr(reader, "rfile", reader).raw._sock
    else:
        taken = environ["werkzeug.socket"]
    descriptor: int = taken.detach()
    return descriptor


def hand_back() -> list[bytes]:
    """What the application returns, or raises, so that the WSGI server neither answers nor reads another request."""
    if concurrency.mode() == "eventlet":
        import eventlet.wsgi

        eventlet.wsgi.WSGI_LOCAL.already_handled = True
        return []
    raise ConnectionResetError(errno.ECONNRESET, "the connection is a WebSocket now")
