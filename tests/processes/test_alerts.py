"""Alerts when the server is killed in the midst of one, and the mails that it sends: on every kind of concurrency."""

import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.devices import Pi
from tests.support.eventually import eventually
from tests.support.inbox import Inbox, smtp_server
from tests.support.people import Person
from tests.support.server import Server
from utils.clock import now_ms


def alerts_told(person: Person, room_id: str) -> list[dict[str, Any]]:
    items = person.api.get(f"/api/messages/room/{room_id}?limit=100")["items"]
    return [message for message in items if message["kind"] == "alert"]


@pytest.mark.parametrize("mode", ["eventlet", "gevent", "threading"])
def test_a_server_killed_while_it_fires_goes_on_with_the_same_message_and_mails_once(tmp_path: Path, mode: str) -> None:
    inbox = Inbox()
    with smtp_server(inbox) as address:
        mail = {"MAIL_BACKEND": "smtp", "SMTP_URL": f"smtp://{address}", "MAIL_FROM": "Lab <lab@example.org>"}
        with Server(tmp_path, ASYNC_MODE=mode, **mail) as server:
            alice = Person(server.url, email="alice@example.org")
            verifying = inbox.link("/verify-email", 1)
            assert verifying.startswith(server.url)
            alice.api.post("/api/auth/verify-email", {"token": verifying.partition("token=")[2]}, expect=204)
            inbox.mails.clear()
            room_id = alice.room()["id"]
            alice.join(room_id)
            pi = Pi(alice)
            sensor_id = pi.announce("t")["t"]
            rule = {"when": "above", "threshold": 30, "room_id": room_id, "mail": True, "name": "Zu heiß"}
            alice.api.post(f"/api/sensors/{sensor_id}/alert-rules", rule, expect=201)
            pi.send(["t", now_ms(), 31.0])
            [message] = eventually(lambda: alerts_told(alice, room_id))
            eventually(lambda: inbox.mails)
            server.kill()
            server.start()
            pi.live = pi.connect()
            pi.send(["t", now_ms(), 32.0])
            # The lease of the killed worker has to run out first.
            pi.send(["t", now_ms() + 1, 20.0])
            first, over = eventually(lambda: len(found := alerts_told(alice, room_id)) > 1 and found, within=20)
            assert (first["id"], first["alert"]["state"], first["alert"]["peak"]) == (message["id"], "resolved", 32.0)
            assert over["reply_to"] == message["id"]
            eventually(lambda: len(inbox.mails) == 2)
            time.sleep(1.2)
            assert len(alerts_told(alice, room_id)) == 2
            assert [str(mail["Subject"]) for mail in inbox.mails] == ["[Warning] t: Zu heiß", "[Resolved] t: Zu heiß"]
            assert {str(mail["To"]) for mail in inbox.mails} == {"alice@example.org"}
            assert "t is above 30 °C: 31 °C" in inbox.mails[0].get_body(("plain",)).get_content()
            pi.close()
            alice.close()
