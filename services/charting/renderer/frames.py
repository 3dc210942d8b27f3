"""The messages between the renderer and its child: a JSON header and a body of bytes, each with its length before it.

They travel over a socket pair and not over pipes: a socket is what eventlet and gevent make cooperative, so that the
same code waits for the child without stopping the event loop under both and in plain threads. It also leaves the
child's standard output to whatever library prints there.
"""

import json
import socket
import struct
import time
from typing import Any, NamedTuple

_LENGTHS = struct.Struct("!II")
_CHUNK = 1 << 18
MAX_BYTES = 1 << 28
# How long the child may take, once, to load the libraries that it draws with.
WARM_UP_SECONDS = 60.0


class Frame(NamedTuple):
    """One message."""

    header: dict[str, Any]
    body: bytes = b""


class Deadline:
    """A point in time until which something may take. None is for ever."""

    def __init__(self, seconds: float | None) -> None:
        self._at = None if seconds is None else time.monotonic() + seconds

    def remaining(self) -> float | None:
        """Seconds left. Raises TimeoutError when there are none."""
        if self._at is None:
            return None
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def send(sock: socket.socket, frame: Frame, deadline: Deadline) -> None:
    """Send a message whole. Raises TimeoutError, and OSError when the other side is gone."""
    header = json.dumps(frame.header).encode()
    sock.settimeout(deadline.remaining())
    sock.sendall(_LENGTHS.pack(len(header), len(frame.body)) + header + frame.body)


def receive(sock: socket.socket, deadline: Deadline) -> Frame:
    """The next message. Raises TimeoutError, EOFError or OSError when the other side is gone."""
    header_length, body_length = _LENGTHS.unpack(_exactly(sock, _LENGTHS.size, deadline))
    if header_length + body_length > MAX_BYTES:
        raise OSError("a message is too long")
    header = json.loads(_exactly(sock, header_length, deadline))
    return Frame(header, _exactly(sock, body_length, deadline))


def _exactly(sock: socket.socket, length: int, deadline: Deadline) -> bytes:
    received = bytearray()
    while len(received) < length:
        sock.settimeout(deadline.remaining())
        chunk = sock.recv(min(length - len(received), _CHUNK))
        if not chunk:
            raise EOFError
        received += chunk
    return bytes(received)
