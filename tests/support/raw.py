"""A Socket.IO client reduced to bytes on a socket: light enough to have hundreds of, and able to say what no library would.

Engine.IO protocol 4 and Socket.IO protocol 5 over WebSocket (RFC 6455) only.
"""

import json
import os
import socket
import struct
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

HANDSHAKE = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{cookie}\r\n"
)
TEXT, BINARY, CLOSE = 1, 2, 8


def frame(payload: str | bytes, opcode: int | None = None, mask: bytes = b"\0\0\0\0") -> bytes:
    """A whole client frame. The mask of zeros is a mask to the server and saves the client the work."""
    data = payload.encode() if isinstance(payload, str) else payload
    opcode = opcode if opcode is not None else TEXT if isinstance(payload, str) else BINARY
    size = len(data)
    length = (
        bytes([0x80 | size]) if size < 126 else struct.pack("!BH", 0xFE, size) if size < 65536 else struct.pack("!BQ", 0xFF, size)
    )
    if mask != b"\0\0\0\0":
        data = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
    return bytes([0x80 | opcode]) + length + mask + data


def payloads(buffer: bytes) -> tuple[list[bytes], bytes]:
    """The payloads of the whole server frames at the start of `buffer`, and the rest of it."""
    found, start, end = [], 0, len(buffer)
    while end - start >= 2:
        size, head = buffer[start + 1], 2
        if size == 126:
            if end - start < 4:
                break
            size, head = (buffer[start + 2] << 8) | buffer[start + 3], 4
        elif size == 127:
            if end - start < 10:
                break
            size, head = int.from_bytes(buffer[start + 2 : start + 10], "big"), 10
        if end - start < head + size:
            break
        found.append(buffer[start + head : start + head + size])
        start += head + size
    return found, buffer[start:]


def exchange(url: str, request: bytes, timeout: float = 20.0) -> tuple[int, bytes]:
    """Send the bytes of a request, end one's side of the connection and read the answer: its status and its body."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=timeout) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        answer = b""
        while data := line.recv(65536):
            answer += data
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), body


class Closed(Exception):
    """The server ended the connection."""


class RawClient:
    """One connection, blocking. Raises Closed wherever the server has ended it."""

    def __init__(self, url: str, cookie: str = "", *, receive_buffer: int | None = None, timeout: float = 20.0) -> None:
        parts = urlsplit(url)
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect((parts.hostname, parts.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        cookie_line = f"Cookie: {cookie}\r\n" if cookie else ""
        self.socket.sendall(HANDSHAKE.format(host=parts.netloc, cookie=cookie_line).encode())
        self._buffer = b""
        self._waiting: list[bytes] = []
        self._ids = 1_000_000  # apart from those that a test writes itself
        while b"\r\n\r\n" not in self._buffer:
            self._more()
        self.status, _, self._buffer = self._buffer.partition(b"\r\n\r\n")

    def open(self) -> "RawClient":
        """Go through the Engine.IO and Socket.IO handshakes of the namespace /."""
        self.send("40")
        assert next(self.packets()).startswith(b"0"), "the Engine.IO handshake"
        answer = next(self.packets())
        assert answer.startswith(b"40"), answer
        return self

    def send(self, packet: str | bytes) -> None:
        """Send one Engine.IO packet in one frame."""
        self.send_bytes(frame(packet))

    def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are."""
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise Closed from error

    def emit(self, event: str, payload: Any) -> int:
        """Send an event; returns the id of the acknowledgement to come."""
        self._ids += 1
        self.send(f"42{self._ids}{json.dumps([event, payload])}")
        return self._ids

    def call(self, event: str, payload: Any) -> Any:
        """Send an event and return its acknowledgement; events that come meanwhile are dropped."""
        wanted = f"43{self.emit(event, payload)}["
        for packet in self.packets():
            if packet.startswith(wanted.encode()):
                return json.loads(packet[len(wanted) - 1 :])[0]
        raise Closed

    def events(self) -> Iterator[tuple[str, Any]]:
        """The events as they come: name and payload."""
        for packet in self.packets():
            if packet.startswith(b"42["):
                name, payload = json.loads(packet[2:])
                yield name, payload

    def packets(self) -> Iterator[bytes]:
        """The Engine.IO packets as they come; pings are answered."""
        while True:
            while not self._waiting:
                self._waiting, self._buffer = payloads(self._buffer)
                if not self._waiting:
                    self._more()
            packet = self._waiting.pop(0)
            if packet == b"2":
                self.send("3")
            else:
                yield packet

    def _more(self) -> None:
        try:
            data = self.socket.recv(65536)
        except ConnectionError as error:
            raise Closed from error
        if not data:
            raise Closed
        self._buffer += data

    def reset(self) -> None:
        """End the connection as a cable that is pulled: no goodbye."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.socket.detach())

    def close(self) -> None:
        self.socket.close()
