"""A storm of reconnections in the middle of a busy conversation."""

import random
import re
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.support.people import Listener, Person, unique
from tests.support.raw import Closed, RawClient
from tests.support.server import Server

# Parsing all of 400,000 deliveries would keep this process busier than the server.
NEW_MESSAGE = re.compile(rb'42\["new_message",.*?"seq":(\d+)')
CLIENTS, OFFICIAL, MESSAGES, ACCOUNTS = 200, 10, 2_000, 10


class Follower:
    """Follows a room as a page does: catches up on connecting, fetches what is missing at a hole, drops what comes twice."""

    def __init__(self, url: str, cookie: str, room: str, until: int) -> None:
        self.url, self.cookie, self.room, self.until = url, cookie, room, until
        self.seqs: list[int] = []
        self.connections = 0
        self.over = threading.Event()
        self.client: RawClient | None = None
        self.problem: str | None = None

    def run(self) -> None:
        while not self.over.is_set() and (not self.seqs or self.seqs[-1] < self.until):
            try:
                self._follow()
            except (Closed, OSError):
                continue
            except Exception as error:
                self.problem = repr(error)
                return

    def _follow(self) -> None:
        client = self.client = RawClient(self.url, self.cookie, timeout=30).open()
        self.connections += 1
        self._catch_up(client)
        for packet in client.packets():
            if found := NEW_MESSAGE.match(packet):
                seq = int(found[1])
                if seq > self.seqs[-1] + 1:
                    self._catch_up(client)
                self._keep(seq)
            if self.seqs[-1] >= self.until:
                client.close()
                return

    def _catch_up(self, client: RawClient) -> None:
        more = True
        while more:
            answer = client.call("join_chat_room", {"room_id": self.room, "after_seq": self.seqs[-1] if self.seqs else 0})
            more = answer["more"]
            for message in answer["messages"]:
                self._keep(message["seq"])

    def _keep(self, seq: int) -> None:
        if not self.seqs or seq > self.seqs[-1]:
            self.seqs.append(seq)

    def drop(self) -> None:
        """Pull the cable: the sockets on both sides learn of it, and nobody says goodbye."""
        client = self.client
        if client is not None:
            try:
                client.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it was between two connections


@contextmanager
def following(followers: list[Follower]) -> Iterator[list[threading.Thread]]:
    """Their threads. Whoever has not ended by the end would knock at a server that is gone, in the time of every later test."""
    threads = [threading.Thread(target=follower.run) for follower in followers]
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        for follower in followers:
            follower.over.set()
            follower.drop()


@pytest.mark.parametrize("mode", ["eventlet", "gevent"])
def test_200_clients_dropped_while_2000_messages_flow_all_end_with_the_same_history(tmp_path: Path, mode: str) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(Server(tmp_path, ASYNC_MODE=mode))
        people = [Person(server.url) for _ in range(ACCOUNTS)]
        room = people[0].room()["id"]
        for each in people:
            each.join(room)
        until = ACCOUNTS + MESSAGES
        followers = [Follower(server.url, people[n % ACCOUNTS].api.cookie, room, until) for n in range(CLIENTS - OFFICIAL)]
        threads = stack.enter_context(following(followers))
        official = [Listener(server.url, headers={"Cookie": people[n].api.cookie}) for n in range(OFFICIAL)]
        for listener in official:
            listener.ok("join_chat_room", {"room_id": room})

        def talk(each: Person) -> None:
            for number in range(MESSAGES // ACCOUNTS):
                each.say(room, str(number), client_id=unique("s"))

        with ThreadPoolExecutor(ACCOUNTS) as pool:
            talking = [pool.submit(talk, each) for each in people]
            dice = random.Random(1)
            while not all(task.done() for task in talking):
                for follower in dice.sample(followers, 60):
                    follower.drop()
                time.sleep(2)
            for follower in followers:
                follower.drop()
            for task in talking:
                task.result()
        ends = time.monotonic() + 60
        for thread in threads:
            thread.join(max(ends - time.monotonic(), 0))

        whole = list(range(1, until + 1))
        assert [follower.problem for follower in followers if follower.problem] == []
        assert all(follower.seqs == whole for follower in followers)
        assert sum(follower.connections for follower in followers) > 2 * len(followers), "they were dropped"
        for listener in official:
            listener.wait("new_message", lambda payload: payload["message"]["seq"] == until)
            # The official client hands each event to a thread of its own, so only the wire has them in order.
            seqs = sorted(payload["message"]["seq"] for payload in listener.payloads("new_message"))
            assert seqs == list(range(until - MESSAGES + 1, until + 1)), "who was not dropped missed nothing live"
            listener.close_soon()
        for each in people:
            each.close()
        assert "Traceback" not in server.output, server.output
