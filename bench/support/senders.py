"""Programs that send one request after another, each as soon as the one before is acknowledged: in one process, on plain sockets.

`python -m bench.support.senders` reads one line of JSON from standard input, {url, kind: "socket" or "http", tokens, sensors,
batch, first_ts}, says "ready" when everyone is connected, and then answers each line, a number of batches, with the figures of
that round: {seconds, batches, p50_ms, p99_ms, busy}. The requests of a round are made before its clock starts, and every answer
is looked at. `busy` is the share of a core that this process used.

sensors: of each sender the names of its sensors, which each have a reading a second, the first at `first_ts` (ms). Over "socket"
a batch has readings of all of a sender's sensors, as Socket.IO's event `readings`; over "http" {name} in `path` is replaced by
one of the sensors in turn, and `format` is "json" or "line", InfluxDB's line protocol.
"""

import json
import select
import socket
import sys
import time
from abc import ABC, abstractmethod
from typing import Any
from urllib.parse import urlsplit

from bench.support.tables import percentile
from tests.support.raw import RawClient, frame, payloads

READ_SIZE = 1 << 16
STEP_MS = 1000


class Sender(ABC):
    """One program with a connection of its own."""

    def __init__(self, order: dict[str, Any], number: int) -> None:
        self.sensors: list[str] = order["sensors"][number]
        self.token: str = order["tokens"][number] if order["tokens"] else ""
        self.batch: int = order["batch"]
        self.order = order
        self.sent = 0
        self.waiting: list[bytes] = []
        self.sent_at = 0.0
        self.next_ts = dict.fromkeys(self.sensors, order["first_ts"])
        self.rest = b""
        self.socket = self.connect()
        self.socket.setblocking(False)

    @abstractmethod
    def connect(self) -> socket.socket:
        """The connection, ready for the first request."""

    @abstractmethod
    def request(self) -> bytes:
        """The bytes of the next batch."""

    @abstractmethod
    def acknowledged(self, data: bytes) -> bool:
        """Whether what came completes the answer to the request. Raises RuntimeError where it is a refusal."""

    def readings(self, sensor: str, count: int) -> list[tuple[int, float]]:
        start = self.next_ts[sensor]
        self.next_ts[sensor] = start + count * STEP_MS
        return [(ts, 20 + ts // STEP_MS % 997 / 128) for ts in range(start, start + count * STEP_MS, STEP_MS)]

    def send(self) -> None:
        data = self.waiting.pop()
        self.sent_at = time.perf_counter()
        while data:
            try:
                data = data[self.socket.send(data) :]
            except BlockingIOError:
                select.select([], [self.socket], [], 10)


class SocketSender(Sender):
    """A device over Socket.IO."""

    def connect(self) -> socket.socket:
        client = RawClient(self.order["url"])
        client.send(f"40/devices,{json.dumps({'token': self.token})}")
        packets = client.packets()
        next(packets)
        answer = next(packets)
        if not answer.startswith(b"40/devices"):
            raise RuntimeError(answer.decode())
        return client.socket

    def request(self) -> bytes:
        self.sent += 1
        share = max(1, self.batch // len(self.sensors))
        sensors = self.sensors if self.batch >= len(self.sensors) else [self.sensors[self.sent % len(self.sensors)]]
        rows = [[key, ts, value] for key in sensors for ts, value in self.readings(key, share)]
        return frame(f"42/devices,{self.sent}{json.dumps(['readings', {'readings': rows}], separators=(',', ':'))}")

    def acknowledged(self, data: bytes) -> bool:
        packets, self.rest = payloads(self.rest + data)
        done = False
        for packet in packets:
            if packet == b"2":
                self.socket.send(frame("3"))
            elif packet.startswith(b"43/devices,"):
                if b'"ok":true' not in packet or b'"rejected":[]' not in packet or b'"duplicates":0' not in packet:
                    raise RuntimeError(packet.decode()[:500])
                done = True
        return done


class HttpSender(Sender):
    """A program that keeps one HTTP connection."""

    def connect(self) -> socket.socket:
        parts = urlsplit(self.order["url"])
        connection = socket.create_connection((parts.hostname, parts.port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def request(self) -> bytes:
        self.sent += 1
        if self.order["format"] == "json":
            sensor = self.sensors[self.sent % len(self.sensors)]
            body = json.dumps({"readings": self.readings(sensor, self.batch)}, separators=(",", ":"))
            kind, path = "application/json", self.order["path"].replace("{name}", sensor)
        else:
            share = max(1, self.batch // len(self.sensors))
            sensors = self.sensors if self.batch >= len(self.sensors) else [self.sensors[self.sent % len(self.sensors)]]
            lines = [f"climate,sensor={name} value={value} {ts}" for name in sensors for ts, value in self.readings(name, share)]
            body, kind, path = "\n".join(lines), "text/plain", self.order["path"]
        signed = f"Authorization: Bearer {self.token}\r\n" if self.token else ""
        head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: {kind}\r\n{signed}Content-Length: {len(body)}\r\n\r\n"
        return f"{head}{body}".encode()

    def acknowledged(self, data: bytes) -> bool:
        self.rest += data
        head, found, body = self.rest.partition(b"\r\n\r\n")
        if not found:
            return False
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 204")):
            raise RuntimeError(self.rest.decode()[:500])
        length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
        if len(body) < length:
            return False
        self.rest = b""
        return True


def run(senders: list[Sender], batches: int) -> dict[str, Any]:
    """Have `batches` sent and acknowledged, one by each sender at a time."""
    for sender in senders:
        sender.waiting = [sender.request() for _ in range(-(-batches // len(senders)))]
        sender.waiting.reverse()
    poll = select.epoll()
    by_fd = {sender.socket.fileno(): sender for sender in senders}
    for fd in by_fd:
        poll.register(fd, select.EPOLLIN)
    latencies: list[float] = []
    busy, begun = time.process_time(), time.perf_counter()
    outstanding = len(senders)
    for sender in senders:
        sender.send()
    while outstanding:
        ready = poll.poll(60)
        if not ready:
            raise RuntimeError("nothing was acknowledged for 60 s")
        for fd, _ in ready:
            sender = by_fd[fd]
            data = sender.socket.recv(READ_SIZE)
            if not data:
                raise RuntimeError("the server hung up")
            if not sender.acknowledged(data):
                continue
            if sender.sent_at:
                latencies.append(time.perf_counter() - sender.sent_at)
            if sender.waiting:
                sender.send()
            else:
                outstanding -= 1
                sender.sent_at = 0.0
    seconds = time.perf_counter() - begun
    poll.close()
    return {
        "seconds": seconds, "batches": len(latencies), "p50_ms": percentile(latencies, 0.5) * 1000,
        "p99_ms": percentile(latencies, 0.99) * 1000, "busy": (time.process_time() - busy) / seconds,
    }  # fmt: skip


def main() -> int:
    order = json.loads(sys.stdin.readline())
    kind = SocketSender if order["kind"] == "socket" else HttpSender
    senders: list[Sender] = [kind(order, number) for number in range(len(order["sensors"]))]
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(run(senders, json.loads(line))), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
