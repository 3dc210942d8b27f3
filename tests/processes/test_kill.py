"""kill -9 of the server while people talk: what was acknowledged is there afterwards, once."""

import threading
from pathlib import Path

import pytest

from tests.support.people import Person, Refused, unique
from tests.support.server import Server


@pytest.mark.parametrize("mode", ["eventlet", "gevent"])
def test_every_acknowledged_message_is_there_once_after_kill_9(tmp_path: Path, mode: str) -> None:
    with Server(tmp_path, ASYNC_MODE=mode) as server:
        people = [Person(server.url) for _ in range(4)]
        room = people[0].room()["id"]
        for each in people:
            each.join(room)
        acknowledged: dict[str, int] = {}
        enough = threading.Event()

        def talk(each: Person) -> None:
            number = 0
            while True:
                client_id = f"{each.id}-{number}"
                try:
                    answer = each.live.call("send_message", {"room_id": room, "body": client_id, "client_id": client_id}, timeout=3)
                except Exception:  # the server is gone, in one of the many ways in which that shows
                    return
                assert answer["ok"], answer
                acknowledged[client_id] = answer["message"]["seq"]
                if len(acknowledged) > 300:
                    enough.set()
                number += 1

        threads = [threading.Thread(target=talk, args=(each,)) for each in people]
        for thread in threads:
            thread.start()
        assert enough.wait(60)
        server.kill()
        for thread in threads:
            thread.join(20)
        server.start()

        found: dict[str, list[int]] = {}
        last, seqs = 0, []
        while page := people[0].api.get(f"/api/messages/room/{room}?after_seq={last}&limit=100")["items"]:
            for message in page:
                seqs.append(message["seq"])
                if message["client_id"]:
                    found.setdefault(message["client_id"], []).append(message["seq"])
            last = page[-1]["seq"]
        assert seqs == list(range(1, len(seqs) + 1)), "no hole"
        assert {client_id: [seq] for client_id, seq in acknowledged.items()}.items() <= found.items()
        assert all(len(copies) == 1 for copies in found.values())

        # The last of each may have been stored without its acknowledgement arriving: sending it again stores nothing twice.
        again = Person(server.url)
        again.join(room)
        assert again.say(room, "after the crash", client_id=unique())["seq"] == last + 2


def test_a_client_is_refused_while_the_server_is_down_and_welcome_when_it_is_back(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        alice = Person(server.url)
        server.kill()
        with pytest.raises(Refused):
            alice.connect()
        server.start()
        alice.connect().close_soon()
