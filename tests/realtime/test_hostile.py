"""20,000 things that no honest client sends: the server answers what can be answered, hangs up on the rest, logs no traceback."""

import random
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import requests

from tests.support.eventually import eventually
from tests.support.people import Person
from tests.support.raw import BINARY, CLOSE, TEXT, Closed, RawClient, frame
from tests.support.server import Server

TOTAL = 20_000
DEEP = "[" * 50_000

# Packets of the Engine.IO and Socket.IO protocols, each in a WebSocket frame of its own. ROOM is a room that the sender is in.
EVENTS = (
    '42["send_message"', "42[", "42", "42{}", "42[]", "42[1]", "42[null]", '42["',
    '421["send_message",{"room_id":"ROOM","body":7,"client_id":"a"}]',
    '421["send_message",{"room_id":"ROOM","body":["x"],"client_id":{}}]',
    '421["send_message",{"room_id":"ROOM","body":"\\ud800","client_id":"a"}]',
    '421["send_message",{"room_id":"ROOM","body":"\\u0000","client_id":"a"}]',
    '421["send_message",{"room_id":"ROOM","body":"x","client_id":"a","__proto__":{}}]',
    '421["send_message",{"room_id":{"$ne":null},"body":"x","client_id":"a"}]',
    '421["join_chat_room",{"room_id":"ROOM","after_seq":1e400}]',
    '421["join_chat_room",{"room_id":"ROOM","after_seq":-9223372036854775809}]',
    '421["join_chat_room",{"room_id":"ROOM","after_seq":NaN}]',
    '421["mark_read",{"room_id":"ROOM","seq":99999999999999999999999999}]',
    '421["mark_read",{"room_id":"ROOM","seq":true}]',
    '421["connect",{}]', '421["disconnect"]', '421["connect_error",1]', '421["*"]',
    '421["malformed packet",1]', '421["__init__"]',
    '421["typing_start",{},{},{},{},{}]', '421["' + "n" * 5_000 + '"]', '421["typing_start",' + "9" * 5_000 + "]",
    "43", "43999[]", '430[{"ok":true}]', "431{}", '43["x"]', "42²[]",
    "40", "40/nowhere,", '40/devices,{"token":"wrong"}', '40/devices,{"token":{}}',
    "41/nowhere,", '42/devices,1["announce",{}]',
    "2probe", "2", "3", "3" * 100, "5", "6", "0{}", "0" + DEEP,
    "4x", "4-", "45", "451", "4" + DEEP, "42" + DEEP, "42" + DEEP[:-1] + "\0",
)  # fmt: skip
# What ends the connection that sends it.
ENDING = ("", "x", "9", "44", "47", "48", "4", "4510000000-[]", '45999-["typing_start"]', "46", "1", "43²[]")

FRAMES = (
    b"\x00", b"\x81\x01a", b"\xff" * 64, b"\x83\x80\0\0\0\0", b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff", b"\x09\x80\0\0\0\0",
    frame(b"\xff\xfe\xfd", TEXT), frame(b"", CLOSE), frame(b"\x03", CLOSE), frame(b"\x00\x00\xff", CLOSE), frame(b"2[]", BINARY),
    frame("42"[:1], 0), b"GET / HTTP/1.1\r\n\r\n", frame("4")[:3],
)  # fmt: skip
REQUESTS = (
    ("GET", "?EIO=3&transport=polling"), ("GET", "?EIO=4&transport=telepathy"), ("GET", "?EIO=4&transport=websocket"),
    ("GET", "?EIO=4&transport=polling&sid=nobody"), ("POST", "?EIO=4&transport=polling&sid=nobody"), ("POST", "?EIO=4"),
    ("PUT", "?EIO=4&transport=polling"), ("DELETE", ""), ("GET", "?EIO=4&transport=polling&j=x"), ("GET", "?sid=%00%0a%ff"),
    ("OPTIONS", "?EIO=4"), ("GET", "?EIO=" + "4" * 3000),
)  # fmt: skip
POSTED = (
    b"", b"\xff\xfe", b"4", b"42[", b"b!!!", b"bAAAA", b"4\x1e4\x1e4", b"\x1e" * 5_000, b"4" + DEEP.encode(), b"d=", b"2probe",
    b"x",
)  # fmt: skip


@pytest.fixture(scope="module", params=["eventlet", "gevent", "threading"])
def victim(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("victim")
    with Server(folder, ASYNC_MODE=request.param) as server:
        yield server


class Hostile:
    """Sends hostile things over as few connections as the server's hanging up allows."""

    def __init__(self, server: Server, cookie: str, room: str, seed: int) -> None:
        self.server, self.cookie, self.room = server, cookie, room
        self.random = random.Random(seed)
        self.sent = 0
        self._client: RawClient | None = None

    def client(self) -> RawClient:
        if self._client is None:
            self._client = RawClient(self.server.url, self.cookie).open()
        return self._client

    def hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def event(self) -> None:
        packet = self.random.choice(EVENTS).replace("ROOM", self.room)
        self._send(frame(packet))

    def mangled(self) -> None:
        """An honest event with some of its bytes changed, or only half of it."""
        honest = bytearray(f'421["send_message",{{"room_id":"{self.room}","body":"hello","client_id":"c"}}]'.encode())
        for _ in range(self.random.randint(1, 4)):
            honest[self.random.randrange(2, len(honest))] = self.random.randrange(32, 127)
        self._send(frame(bytes(honest[: self.random.choice((len(honest), len(honest) // 2))]), TEXT))

    def binary(self) -> None:
        number = self.random.choice((0, 1, -1, 10**9))
        self._send(frame(f'451-1["send_message",{{"_placeholder":true,"num":{number}}}]'))
        self._send(frame(self.random.randbytes(self.random.choice((0, 10, 10_000)))))

    def huge(self) -> None:
        self._send(frame('421["send_message",{"body":"' + "x" * 300_000 + '"}]'))

    def ending(self) -> None:
        self._send(frame(self.random.choice(ENDING)))
        self.hang_up()

    def bytes(self) -> None:
        self._send(self.random.choice(FRAMES))
        self.hang_up()

    def request(self) -> None:
        method, query = self.random.choice(REQUESTS)
        answer = requests.request(method, f"{self.server.url}/socket.io/{query}", timeout=10)
        assert answer.status_code < 500, (method, query, answer.status_code)
        self.sent += 1

    def post(self) -> None:
        url = f"{self.server.url}/socket.io/?EIO=4&transport=polling"
        sid = requests.get(url, timeout=10, headers={"Cookie": self.cookie}).text.split('"sid":"')[1].split('"')[0]
        for body in (b"40", self.random.choice(POSTED)):
            answer = requests.post(f"{url}&sid={sid}", data=body, timeout=10)
            assert answer.status_code < 500, (body[:80], answer.status_code)
            self.sent += 1

    def garbage(self) -> None:
        """Bytes that are no HTTP, and a hand-shake that stops half-way."""
        port = self.server.port
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            line.sendall(
                self.random.choice((self.random.randbytes(200), b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nUpg"))
            )
        self.sent += 1

    def _send(self, data: "bytes | bytearray") -> None:
        self.sent += 1
        try:
            self.client().send_bytes(data)
        except Closed:
            self.hang_up()

    def listen(self) -> None:
        """Read what came back: who sends without reading would be cut off."""
        try:
            self.client().call("typing_stop", {"room_id": self.room})
        except Closed:
            self.hang_up()


def test_20_000_hostile_things_leave_the_server_answering(victim: Server) -> None:
    mallory, alice = Person(victim.url), Person(victim.url)
    room = mallory.room()["id"]
    alice.join(room)
    hostile = Hostile(victim, mallory.api.cookie, room, seed=3)
    often: list[Callable[[], None]] = [hostile.event, hostile.mangled, hostile.binary]
    rarely: list[Callable[[], None]] = [hostile.ending, hostile.bytes, hostile.request, hostile.post, hostile.garbage, hostile.huge]
    assert victim.process is not None
    process = psutil.Process(victim.process.pid)
    memory, turns = {}, 0
    for share in (0.25, 1.0):
        while hostile.sent < TOTAL * share:
            hostile.random.choice(often if hostile.random.random() < 0.94 else rarely)()
            turns += 1
            if turns % 50 == 0:
                hostile.listen()
        memory[share] = process.memory_info().rss
    hostile.hang_up()

    assert alice.say(room, "still here")["body"] == "still here"
    assert requests.get(victim.url + "/healthz", timeout=10).status_code == 200
    problems = [line for line in victim.log if "Traceback" in line or "internal_error" in line or "event failed" in line]
    assert not problems, victim.output[-4_000:]
    assert memory[1.0] - memory[0.25] < 40_000_000, "15,000 more of them leave nothing behind"
    eventually(lambda: len(process.net_connections()) < 60)
    alice.close()
    mallory.close()


def test_every_kind_of_wrong_event_is_answered_and_the_connection_lives(victim: Server) -> None:
    mallory = Person(victim.url)
    room = mallory.room()["id"]
    client = RawClient(victim.url, mallory.api.cookie).open()
    for packet in EVENTS:
        client.send(packet.replace("ROOM", room))
        assert client.call("typing_stop", {"room_id": room}) == {"ok": True}, packet[:80]
    client.close()
    mallory.close()


@pytest.mark.parametrize("packet", ENDING, ids=lambda packet: packet[:12] or "empty")
def test_what_is_no_packet_ends_only_its_connection(victim: Server, packet: str) -> None:
    mallory = Person(victim.url)
    client = RawClient(victim.url, mallory.api.cookie).open()
    client.send(packet)
    with pytest.raises(Closed):
        client.call("typing_stop", {"room_id": "0" * 24})
    assert mallory.room()["member_count"] == 1
    client.close()
    mallory.close()


def test_a_promise_of_attachments_keeps_no_memory(victim: Server) -> None:
    mallory = Person(victim.url)
    room = mallory.room()["id"]
    client = RawClient(victim.url, mallory.api.cookie).open()
    assert victim.process is not None
    process = psutil.Process(victim.process.pid)
    client.send('45100-["send_message",{}]')
    before = process.memory_info().rss
    for _ in range(99):
        client.send(b"x" * 1_000_000)
    client.send(b"")
    client.call("typing_stop", {"room_id": room})
    # Of 99 MB. What the allocator keeps of single ones for later is less, on threads an arena for each that read.
    assert process.memory_info().rss - before < 50_000_000
    client.close()
    mallory.close()
