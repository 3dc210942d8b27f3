"""The load generator of the fan-out: a room full of clients in one process of its own, on plain sockets and epoll.

`python -m bench.support.load` reads one line of JSON, {url, cookies, room}, from standard input, says "ready" when everyone is in
the room, and then answers each line [in_flight, messages] with the figures of that round: {seconds, deliveries, p50_ms, p99_ms,
ack_p50_ms, busy}. Each client speaks Engine.IO 4 and Socket.IO 5 over WebSocket and reads every frame. `busy` is the share of a
core that this process used: below 1, it is not what limits a round, where 200 clients of the official library would be.

A message is in flight until it is acknowledged and has reached everyone in the room; a new one replaces it then.
"""

import json
import select
import sys
import time
from collections import Counter
from typing import Any

from bench.support.tables import percentile
from tests.support.raw import RawClient, frame, payloads

MARK = b'"body":"load '
DIGITS = 8
READ_SIZE = 1 << 18


class Crowd:
    """Clients that are all in one room."""

    def __init__(self, url: str, cookies: list[str], room: str) -> None:
        self.room = room
        self.clients = [RawClient(url, cookie).open() for cookie in cookies]
        for client in self.clients:
            answer = client.call("join_chat_room", {"room_id": room})
            if not answer["ok"]:
                raise RuntimeError(f"join_chat_room: {answer}")
        self._poll = select.epoll()
        self._by_fd = {client.socket.fileno(): client for client in self.clients}
        self._rest: dict[int, bytes] = dict.fromkeys(self._by_fd, b"")
        for fd, client in self._by_fd.items():
            client.socket.setblocking(False)
            self._poll.register(fd, select.EPOLLIN)
        self._next = 0

    def run(self, in_flight: int, messages: int) -> dict[str, Any]:
        """Send `messages`, `in_flight` of them at a time, the clients taking turns."""
        first, end = self._next, self._next + messages
        clock, size = time.perf_counter, len(self.clients)
        sent_at: dict[int, float] = {}
        missing: Counter[int] = Counter()
        acknowledgement = b"43"
        latencies: list[float] = []
        acknowledged: list[float] = []
        by_ack: dict[bytes, int] = {}

        def send() -> None:
            number = self._next
            self._next += 1
            missing[number] = size + 1
            ack_id = str(number + 1000).encode()
            by_ack[ack_id] = number
            text = f"load {number:0{DIGITS}d} and as many words as people put into a line of chat"
            body = json.dumps(["send_message", {"room_id": self.room, "body": text, "client_id": f"c{first}-{number}"}])
            sent_at[number] = clock()
            self.clients[number % size].socket.send(frame(f"42{number + 1000}{body}"))

        busy, begun = time.process_time(), clock()
        for _ in range(in_flight):
            send()
        done = 0
        while done < messages:
            ready = self._poll.poll(20)
            if not ready:
                raise RuntimeError(f"nothing came for 20 s; {sum(missing.values())} deliveries are missing")
            for fd, _ in ready:
                client = self._by_fd[fd]
                data = client.socket.recv(READ_SIZE)
                if not data:
                    raise RuntimeError("the server hung up")
                packets, self._rest[fd] = payloads(self._rest[fd] + data)
                now = clock()
                for packet in packets:
                    at = packet.find(MARK)
                    if packet.startswith(b"42") and at >= 0:
                        number = int(packet[at + len(MARK) : at + len(MARK) + DIGITS])
                        latencies.append(now - sent_at[number])
                    elif packet.startswith(acknowledgement):
                        if not packet.startswith(b'[{"ok":true', packet.index(b"[")):
                            raise RuntimeError(packet.decode())
                        number = by_ack[packet[2 : packet.index(b"[")]]
                        acknowledged.append(now - sent_at[number])
                    else:
                        if packet == b"2":
                            client.socket.send(frame("3"))
                        continue
                    missing[number] -= 1
                    if not missing[number]:
                        done += 1
                        if self._next < end:
                            send()
        seconds = clock() - begun
        return {
            "seconds": seconds, "deliveries": len(latencies), "p50_ms": percentile(latencies, 0.5) * 1000,
            "p99_ms": percentile(latencies, 0.99) * 1000, "ack_p50_ms": percentile(acknowledged, 0.5) * 1000,
            "busy": (time.process_time() - busy) / seconds,
        }  # fmt: skip


def main() -> int:
    order = json.loads(sys.stdin.readline())
    crowd = Crowd(order["url"], order["cookies"], order["room"])
    print("ready", flush=True)
    for line in sys.stdin:
        in_flight, messages = json.loads(line)
        print(json.dumps(crowd.run(in_flight, messages)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
