"""The delivery contract with the official JavaScript client, as the web page uses it."""

import json
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.contract.stack import EVERY_MODE
from tests.support.people import Person, unique
from tests.support.server import ROOT, Server

MakePerson = Callable[..., Person]
SCRIPT = Path(__file__).parent / "follower.mjs"


class Browser:
    """follower.mjs in a Node process: it prints a line of JSON for whatever happens to it, and takes orders as lines of JSON."""

    def __init__(self, server: Server, person: Person, room: str, **options: Any) -> None:
        order = {"url": server.url, "cookie": person.api.cookie, "room": room, **options}
        self.process = subprocess.Popen(
            ["node", str(SCRIPT), json.dumps(order)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.said: list[dict[str, Any]] = []
        self._arrived = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._arrived:
                self.said.append(json.loads(line))
                self._arrived.notify_all()

    def order(self, **order: Any) -> None:
        assert self.process.stdin is not None
        print(json.dumps(order), file=self.process.stdin, flush=True)

    def wait(self, matches: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        with self._arrived:
            assert self._arrived.wait_for(lambda: any(map(matches, self.said)), 20), self.said
            return next(filter(matches, self.said))

    def seqs(self) -> list[int]:
        with self._arrived:
            return [said["message"]["seq"] for said in self.said if "message" in said]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


@EVERY_MODE
def test_a_page_that_is_killed_catches_up_with_nothing_missing(server: Server, person: MakePerson) -> None:
    alice, bob = person(), person()
    room = alice.room()["id"]
    alice.join(room)
    page = Browser(server, bob, room)
    first = page.wait(lambda said: "joined" in said)["joined"]
    page.order(send="hello from the page", client_id=unique("js"))
    sent = page.wait(lambda said: "acknowledged" in said)["acknowledged"]["message"]
    assert alice.live.wait("new_message", lambda payload: payload["message"]["id"] == sent["id"])["message"] == sent
    page.wait(lambda said: said.get("message", {}).get("id") == sent["id"])
    page.kill()

    missed = [alice.say(room, f"while it was dead {number}")["seq"] for number in range(250)]
    page = Browser(server, bob, room, after_seq=sent["seq"])
    page.wait(lambda said: said.get("message", {}).get("seq") == missed[-1])
    live = alice.say(room, "and on it goes")["seq"]
    page.wait(lambda said: said.get("message", {}).get("seq") == live)
    assert page.seqs() == [*missed, live]
    assert first["last_seq"] < sent["seq"]
    page.kill()


def test_a_send_repeated_after_the_page_was_killed_is_one_message(server: Server, person: MakePerson) -> None:
    alice, bob = person(), person()
    room = alice.room()["id"]
    alice.join(room)
    client_id = unique("js")
    messages = []
    for _ in range(2):
        page = Browser(server, bob, room)
        page.wait(lambda said: "joined" in said)
        page.order(send="once", client_id=client_id)
        messages.append(page.wait(lambda said: "acknowledged" in said)["acknowledged"]["message"])
        page.kill()
    assert messages[0] == messages[1]
    bodies = [message["body"] for message in alice.join(room, after_seq=0)["messages"]]
    assert bodies.count("once") == 1


@EVERY_MODE
def test_the_javascript_client_moves_from_polling_to_a_websocket(server: Server, person: MakePerson) -> None:
    alice, bob = person(), person()
    room = alice.room()["id"]
    page = Browser(server, bob, room, transports=["polling", "websocket"])
    page.wait(lambda said: said.get("transport") == "websocket")
    page.wait(lambda said: "joined" in said)
    seqs = [alice.api.post(f"/api/messages/room/{room}", {"body": str(n)}, expect=201).json()["message"]["seq"] for n in range(5)]
    page.wait(lambda said: said.get("message", {}).get("seq") == seqs[-1])
    page.kill()


@EVERY_MODE
def test_long_polling_alone_delivers_everything_in_order(server: Server, person: MakePerson) -> None:
    alice, bob = person(), person()
    room = alice.room()["id"]
    page = Browser(server, bob, room, transports=["polling"])
    joined = page.wait(lambda said: "joined" in said)["joined"]
    for number in range(40):
        alice.api.post(f"/api/messages/room/{room}", {"body": f"{number} ü 漢"}, expect=201)
    page.wait(lambda said: said.get("message", {}).get("seq") == joined["last_seq"] + 40)
    assert [seq for seq in page.seqs() if seq > joined["last_seq"]] == list(range(joined["last_seq"] + 1, joined["last_seq"] + 41))
    page.kill()
