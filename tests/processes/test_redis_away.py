"""Redis goes away and comes back: meanwhile what needs it is unavailable and what does not goes on; then nobody is left behind."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support.eventually import eventually
from tests.support.people import Listener, Person, Refused
from tests.support.redis import RedisServer
from tests.support.server import Server

# Redis being away is known at once. Generous for a busy machine, and less than what the client library tries by itself.
SOON_SECONDS = 1.5


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    server = RedisServer()
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize(("mode", "limits"), [("eventlet", "0"), ("eventlet", "1"), ("gevent", "1"), ("threading", "1")])
def test_while_redis_is_away_the_server_says_so_quickly(redis: RedisServer, tmp_path: Path, mode: str, limits: str) -> None:
    with Server(tmp_path, REDIS_URL=redis.url, RATELIMIT_ENABLED=limits, ASYNC_MODE=mode) as server:
        alice = Person(server.url)
        room = alice.room()["id"]
        alice.join(room)
        eventually(lambda: requests.get(server.url + "/readyz", timeout=10).status_code == 200)
        redis.stop()

        for method, path in (
            ("GET", "/api/auth/me"), ("POST", "/api/auth/logout"), ("GET", f"/api/messages/room/{room}"),
            ("POST", "/api/chat-rooms"),
        ):  # fmt: skip
            asked = time.monotonic()
            answer = alice.api.call(method, path, json={"name": "x"} if method == "POST" else None)
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable"), path
            assert time.monotonic() - asked < SOON_SECONDS
        for path in ("/healthz", "/metrics", "/", "/rooms/1"):
            asked = time.monotonic()
            answer = alice.api.call("GET", path)
            assert answer.status_code == 200 or "The page is not built" in answer.text, path
            assert time.monotonic() - asked < SOON_SECONDS
        ready = alice.api.call("GET", "/readyz")
        assert (ready.status_code, ready.json()["checks"]["queue"], ready.json()["checks"]["database"]) == (503, False, True)
        if limits == "1":
            asked = time.monotonic()
            assert alice.live.refused("send_message", {"room_id": room, "body": "x", "client_id": "1"}) == "unavailable"
            assert time.monotonic() - asked < SOON_SECONDS
        else:
            alice.say(room, "nothing that Redis is asked for")
        with pytest.raises(Refused, match=r"unavailable|Try again"):
            Listener(server.url, headers={"Cookie": alice.api.cookie})

        redis.start()
        eventually(lambda: requests.get(server.url + "/readyz", timeout=10).status_code == 200)
        # This Redis knows nobody.
        assert alice.api.call("GET", "/api/auth/me").status_code == 401
        assert Person(server.url).join(room)["room"]["id"] == room
        alice.close()
    assert "Traceback" not in server.output, server.output


def test_once_redis_is_back_messages_cross_processes_and_who_missed_some_is_told(redis: RedisServer, tmp_path: Path) -> None:
    shared = {
        "REDIS_URL": redis.url, "DATABASE_URL": f"sqlite:///{tmp_path / 'shared.sqlite3'}",
        "SECRET_KEY": "one secret for both of them",
    }  # fmt: skip
    with Server(tmp_path / "one", **shared) as one, Server(tmp_path / "two", **shared) as two:
        alice, bob = Person(one.url), Person(two.url)
        room = alice.room()["id"]
        alice.join(room)
        bob.join(room)
        redis.stop()
        missed = alice.say(room, "said while the processes cannot hear each other")
        time.sleep(8)  # the library would be waiting for eight seconds by now
        redis.start()
        back = time.monotonic()
        # Whoever is connected comes back as after any loss of the network, and catches up by what came last.
        eventually(lambda: not bob.live.client.connected and not alice.live.client.connected, within=5)
        assert time.monotonic() - back < 3
        carol, dave = Person(one.url), Person(two.url)
        carol.join(room)
        assert missed in dave.join(room)["messages"]
        sent = carol.say(room, "heard again")
        assert dave.live.wait("new_message", lambda p: p["message"]["id"] == sent["id"])["message"] == sent
        eventually(lambda: all(server.output.count("job queue reached again") == 2 for server in (one, two)))
        for each in (carol, dave):
            each.close()
    for server in (one, two):
        assert "Traceback" not in server.output, server.output
        # Of the queues there are two: of jobs, and of mails.
        for said, times in (
            ("other processes not heard", 1),
            ("other processes heard again", 1),
            ("job queue not reached", 2),
            ("job queue reached again", 2),
        ):
            assert server.output.count(said) == times, (said, server.output)
