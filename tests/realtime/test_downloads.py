"""Taking a long conversation along from a server that others are using."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.contract.stack import EVERY_MODE
from tests.support.people import Person, unique
from tests.support.server import Server

MESSAGES = 400
# Longer than what the kernel keeps for a reader that has stopped reading.
BODY = "温室 is warm. " * 500


@EVERY_MODE
def test_whoever_stops_in_the_middle_of_an_export_disturbs_nobody(server: Server, person: Callable[..., Person]) -> None:
    alice, bob = person(), person()
    room = alice.room()["id"]
    alice.join(room)
    bob.join(room)
    with ThreadPoolExecutor(4) as senders:
        list(senders.map(lambda number: alice.say(room, f"{number}: {BODY}", unique("c")), range(MESSAGES)))

    def hang_up_early(format: str) -> None:
        url = f"{server.url}/api/chat-rooms/{room}/export?format={format}"
        with requests.get(url, cookies=dict(alice.api.session.cookies), stream=True, timeout=30) as answer:
            assert answer.status_code == 200
            assert len(answer.raw.read(10_000)) == 10_000

    with ThreadPoolExecutor(3) as readers:
        list(readers.map(hang_up_early, ["txt", "csv", "json"] * 3))
    sent = bob.say(room, "still here?")
    alice.live.wait("new_message", lambda payload: payload["message"]["id"] == sent["id"])
    whole = alice.api.call("GET", f"/api/chat-rooms/{room}/export?format=txt", expect=200)
    assert whole.text.count(BODY.strip()) == MESSAGES
    assert whole.text.rstrip().endswith("still here?")
