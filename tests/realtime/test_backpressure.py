"""A client that does not read, or that never stops sending, costs the others nothing."""

import itertools
import json
import re
import statistics
import threading
import time
from collections.abc import Iterator

import psutil
import pytest
import requests

from tests.support.eventually import eventually
from tests.support.people import Person
from tests.support.raw import Closed, RawClient
from tests.support.server import Server

# Small enough to be passed soon. What the kernel buffers for a socket, some megabytes, comes on top.
BOUNDS = {"OUTGOING_QUEUE_PACKETS": "300", "OUTGOING_QUEUE_BYTES": "1000000"}
BODY = "x" * 3_900


@pytest.fixture(scope="module", params=["eventlet", "gevent", "threading"])
def small(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with small bounds, on each kind of concurrency."""
    with Server(tmp_path_factory.mktemp("small"), ASYNC_MODE=request.param, **BOUNDS) as server:
        yield server
    assert "Traceback" not in server.output, server.output


def cut_off(server: Server) -> float:
    found = re.search(r"^fieldroom_connections_cut_off_total (\S+)$", requests.get(server.url + "/metrics", timeout=10).text, re.M)
    assert found, "the counter is in /metrics"
    return float(found[1])


def read_all(client: RawClient, room: str, seqs: list[int]) -> None:
    """Keep the seqs of new messages until one says that it is the last."""
    for name, payload in client.events():
        if name == "new_message" and payload["message"]["room_id"] == room:
            seqs.append(payload["message"]["seq"])
            if payload["message"]["body"] == "the last":
                return


def talk(speaker: Person, room: str, enough: threading.Event) -> list[float]:
    """Say things until `enough`; how long each took to come back to the speaker, in seconds."""
    times = []
    for number in itertools.count():
        asked = time.perf_counter()
        sent = speaker.say(room, f"{number} {BODY}")
        speaker.live.wait("new_message", lambda payload, seq=sent["seq"]: payload["message"]["seq"] == seq)
        times.append(time.perf_counter() - asked)
        speaker.live.events.clear()
        if enough.is_set():
            return times
        assert number < 5_000, "nobody was cut off"
    return times


def test_who_stops_reading_is_cut_off_alone_and_misses_nothing_on_return(small: Server) -> None:
    alice, bob, carol = (Person(small.url) for _ in range(3))
    room = alice.room()["id"]
    alice.join(room)
    bob.join(room)
    bob.live.close()
    carol.join(room)
    before, log_before = cut_off(small), small.output.count("connection cut off")
    quiet = [0.0] * 40
    for number in range(len(quiet)):
        asked = time.perf_counter()
        sent = alice.say(room, f"{number} {BODY}")
        alice.live.wait("new_message", lambda payload, seq=sent["seq"]: payload["message"]["seq"] == seq)
        quiet[number] = time.perf_counter() - asked
        alice.live.events.clear()

    stuck = RawClient(small.url, bob.api.cookie, receive_buffer=4096).open()
    seen = stuck.call("join_chat_room", {"room_id": room})["messages"][-1]["seq"]
    reader = RawClient(small.url, carol.api.cookie).open()
    reader.call("join_chat_room", {"room_id": room})
    assert small.process is not None
    process = psutil.Process(small.process.pid)
    memory = process.memory_info().rss
    gone = threading.Event()
    watching = threading.Thread(target=lambda: (eventually(lambda: cut_off(small) > before, within=90, every=0.2), gone.set()))
    watching.start()
    seqs: list[int] = []
    reading = threading.Thread(target=read_all, args=(reader, room, seqs))
    reading.start()
    times = talk(alice, room, gone)
    watching.join()

    assert cut_off(small) == before + 1, "alone"
    assert small.output.count("connection cut off") == log_before + 1, "logged once"
    carol.live.wait("presence", lambda payload: payload["user_id"] == bob.id and not payload["online"])
    assert process.memory_info().rss - memory < 60_000_000
    # Generous: what is looked for is a stall of everyone, which lasts until the stuck one is given up.
    assert statistics.quantiles(times, n=100)[98] < 5 * max(quiet) + 0.25
    ends = alice.say(room, "the last")["seq"]
    reading.join()
    assert seqs == list(range(seqs[0], ends + 1)), "the others got everything, in order"

    again = RawClient(small.url, bob.api.cookie).open()
    missed: list[int] = []
    while True:
        answer = again.call("join_chat_room", {"room_id": room, "after_seq": missed[-1] if missed else seen})
        missed += [message["seq"] for message in answer["messages"]]
        if not answer["more"]:
            break
    assert missed == list(range(seen + 1, ends + 1))
    for each in (stuck, reader, again):
        each.close()
    for person in (alice, bob, carol):
        person.close()


def test_who_stops_polling_is_cut_off_too(small: Server) -> None:
    alice = Person(small.url)
    room = alice.room()["id"]
    http = requests.Session()
    http.cookies.update(alice.api.session.cookies)
    url = f"{small.url}/socket.io/?EIO=4&transport=polling"
    sid = json.loads(http.get(url, timeout=10).text[1:])["sid"]
    url += f"&sid={sid}"
    http.post(url, data="40", timeout=10)
    assert http.get(url, timeout=10).text.startswith("40")
    http.post(url, data=f'420["join_chat_room",{{"room_id":"{room}"}}]', timeout=10)
    assert http.get(url, timeout=10).text.startswith("430")
    before = cut_off(small)
    for number in range(400):
        alice.say(room, f"{number} {BODY}")
        if cut_off(small) > before:
            break
    assert cut_off(small) == before + 1
    assert http.get(url, timeout=10).status_code == 400, "the client learns that it has to connect again"
    alice.say(room, "and the server goes on")
    alice.close()


def test_who_never_stops_sending_leaves_the_others_their_turn(small: Server) -> None:
    alice, mallory = Person(small.url), Person(small.url)
    room = alice.room()["id"]
    mallory.join(room)
    flood = RawClient(small.url, mallory.api.cookie, timeout=120).open()
    total = 6_000
    answered = [0]

    def count() -> None:
        for packet in flood.packets():
            if packet.startswith(b"43"):
                answered[0] += 1
                if answered[0] == total:
                    return

    def send() -> None:
        for _ in range(total):
            flood.emit("typing_stop", {"room_id": room})

    counting, sending = threading.Thread(target=count), threading.Thread(target=send)
    counting.start()
    sending.start()
    eventually(lambda: answered[0] > 50)
    turns = 0
    while answered[0] < total * 0.8 and turns < 5:
        alice.live.ok("typing_start", {"room_id": room})
        turns += 1
    assert answered[0] < total, "the flood is still being answered when alice has had her turns"
    assert turns == 5
    sending.join()
    counting.join()
    assert answered[0] == total, "and every event of the flood is answered"
    flood.close()
    alice.close()
    mallory.close()


def test_a_large_answer_reaches_a_slow_reader_whole(small: Server) -> None:
    alice = Person(small.url)
    room = alice.room()["id"]
    for number in range(150):
        alice.api.post(f"/api/messages/room/{room}", {"body": f"{number} {BODY}"}, expect=201)
    slow = RawClient(small.url, alice.api.cookie, receive_buffer=4096).open()
    wanted = slow.emit("join_chat_room", {"room_id": room, "after_seq": 0})
    time.sleep(0.5)
    answer = next(packet for packet in slow.packets() if packet.startswith(f"43{wanted}[".encode()))
    assert [message["seq"] for message in json.loads(answer[answer.index(b"[") :])[0]["messages"]] == list(range(1, 152))
    slow.close()
    alice.close()


def test_a_client_that_vanishes_leaves_nothing_behind(small: Server) -> None:
    alice, bob = Person(small.url), Person(small.url)
    room = alice.room()["id"]
    alice.join(room)
    bob.join(room)
    bob.live.close()
    pulled = RawClient(small.url, bob.api.cookie).open()
    alice.live.wait("presence", lambda payload: payload["user_id"] == bob.id and payload["online"])
    alice.live.events.clear()
    pulled.reset()
    alice.live.wait("presence", lambda payload: payload["user_id"] == bob.id and not payload["online"])
    with pytest.raises((Closed, OSError)):
        pulled.send("2")
    alice.close()
