"""What waits to be sent to one connection: bounded, whatever the other end does."""

import queue
import threading
import time
from collections import deque
from dataclasses import dataclass
from operator import attrgetter

from engineio.packet import Packet

from realtime.websocket import text_frame


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may wait for one connection before it is cut off."""

    packets: int = 1_000
    size: int = 4_000_000


def frame_of(packet: Packet) -> bytes:
    """The WebSocket frame of an Engine.IO packet, made once however many receivers share the packet."""
    try:
        frame: bytes = packet.frame
    except AttributeError:
        frame = packet.frame = text_frame(packet.encode())
    return frame


_frame = attrgetter("frame")


class OutgoingQueue:
    """Packets on their way to one connection, counted in packets and bytes.

    It stands in for the queue that engineio gives each of its sockets, and so has that one's put, get, task_done and join: long
    polling takes packets one by one with `get`. A WebSocket takes all there is at once, as bytes, with `take`; what the kernel did
    not accept is counted on with `hold`. None marks the end.

    Nothing here yields, so on an event loop nothing needs a lock; among threads see LockedQueue.
    """

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._packets: deque[Packet] = deque()
        self._size = 0
        self._held = 0
        self._poller: threading.Event | None = None
        self.ended = False

    def __len__(self) -> int:
        return len(self._packets)

    @property
    def size(self) -> int:
        """Bytes that wait, those of a write under way among them."""
        return self._size + self._held

    def offer(self, packet: Packet) -> bool:
        """Append a packet; False, and nothing is appended, where what waits already has reached a bound.

        The packet's own size does not count: one large answer, such as a catch-up, must not end a connection that reads.
        """
        size = len(frame_of(packet))
        if len(self._packets) >= self._bounds.packets or self._size + self._held >= self._bounds.size:
            return False
        self._packets.append(packet)
        self._size += size
        if self._poller is not None:
            self._poller.set()
        return True

    def put(self, packet: Packet | None) -> None:
        """As the library calls it: a packet of its own, or None for the end."""
        if packet is None:
            self.ended = True
            if self._poller is not None:
                self._poller.set()
        else:
            self.offer(packet)

    def take(self) -> bytes:
        """Everything that waits, as WebSocket frames one after the other."""
        packets = self._packets
        data: bytes = packets[0].frame if len(packets) == 1 else b"".join(map(_frame, packets))
        packets.clear()
        self._size = 0
        return data

    def hold(self, size: int) -> None:
        """Count bytes that were taken and not yet sent."""
        self._held = size

    def clear(self) -> None:
        """Drop everything."""
        self._packets.clear()
        self._size = self._held = 0

    def get(self, block: bool = True, timeout: float | None = None) -> Packet | None:
        """The next packet, or None at the end. Raises queue.Empty where there is none (in time)."""
        ends = None if timeout is None else time.monotonic() + timeout
        while True:
            self._poller = poller = threading.Event() if block else None
            packet = self._next()
            if packet is not None or self.ended:
                self._poller = None
                return packet
            left = None if ends is None else ends - time.monotonic()
            if poller is None or (left is not None and left <= 0):
                self._poller = None
                raise queue.Empty
            poller.wait(left)

    def _next(self) -> Packet | None:
        if not self._packets:
            return None
        packet = self._packets.popleft()
        self._size -= len(frame_of(packet))
        return packet

    def task_done(self) -> None:
        """Nothing to count: `join` does not wait."""

    def join(self) -> None:
        """Return at once. The library waits here until a closed connection has read everything, which it may never do."""


class LockedQueue(OutgoingQueue):
    """The same among threads."""

    def __init__(self, bounds: Bounds) -> None:
        super().__init__(bounds)
        self._lock = threading.Lock()

    def offer(self, packet: Packet) -> bool:
        with self._lock:
            return super().offer(packet)

    def take(self) -> bytes:
        with self._lock:
            return super().take()

    def clear(self) -> None:
        with self._lock:
            super().clear()

    def _next(self) -> Packet | None:
        with self._lock:
            return super()._next()
