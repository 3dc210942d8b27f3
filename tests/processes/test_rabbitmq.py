"""Servers that share a RabbitMQ are one platform, whatever each runs on; and RabbitMQ may go away and come back."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.devices import Pi
from tests.support.eventually import eventually
from tests.support.people import Person
from tests.support.rabbitmq import RabbitMQ
from tests.support.server import ROOT, Server, clean_environment
from tests.support.worker import Worker

# A queue that is away is known at once. Generous for a busy machine.
SOON_SECONDS = 1.5


@pytest.fixture(scope="module")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    with RabbitMQ(tmp_path_factory.mktemp("rabbitmq")) as running:
        yield running


@pytest.fixture(scope="module")
def shared(rabbitmq: RabbitMQ, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    database = tmp_path_factory.mktemp("shared") / "shared.sqlite3"
    return {
        "MESSAGE_QUEUE_URL": rabbitmq.url, "DATABASE_URL": f"sqlite:///{database}", "SECRET_KEY": "one secret for all of them",
    }  # fmt: skip


@pytest.fixture(scope="module")
def three(shared: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    """Servers of each kind, none of which does background work."""
    modes = ("eventlet", "gevent", "threading")
    with ExitStack() as stack:
        servers = [Server(tmp_path_factory.mktemp(mode), ASYNC_MODE=mode, WORKER="0", **shared) for mode in modes]
        yield [stack.enter_context(server) for server in servers]
    for server in servers:
        assert "Traceback" not in server.output, server.output


def test_messages_cross_between_servers_that_share_a_rabbitmq(three: list[Server]) -> None:
    people = [Person(server.url) for server in three]
    room = people[0].room()["id"]
    for each in people:
        each.join(room)
    for sender in people:
        sent = sender.say(room, "hello over there")
        for each in people:
            assert each.live.wait("new_message", lambda p, id=sent["id"]: p["message"]["id"] == id)["message"] == sent
    for each in people:
        each.close()


def test_nothing_is_lost_where_many_send_at_the_same_time(three: list[Server]) -> None:
    people = [Person(server.url) for server in three for _ in range(4)]
    room = people[0].room()["id"]
    for each in people:
        each.join(room)

    def send_many(sender: Person) -> None:
        for number in range(10):
            sender.say(room, str(number))

    threads = [threading.Thread(target=send_many, args=(sender,)) for sender in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    def said(each: Person) -> list[int]:
        return [payload["message"]["seq"] for payload in each.live.payloads("new_message") if payload["message"]["kind"] == "text"]

    for each in people:
        eventually(lambda each=each: len(said(each)) == 10 * len(people))
        assert len(set(said(each))) == 10 * len(people), "each once"
        each.close()


def test_a_worker_of_its_own_reaches_the_people_of_a_server(three: list[Server], shared: dict[str, str], tmp_path: Path) -> None:
    alice = Person(three[0].url)
    pi = Pi(alice)
    sensor_id = pi.announce("t")["t"]
    alice.live.ok("join_sensor", {"sensor_id": sensor_id})
    pi.send(["t", int(time.time() * 1000) - 60_000, 1.0])
    worker = Worker(tmp_path, **shared)
    assert alice.live.wait("chart_updated", timeout=20)["sensor_id"] == sensor_id
    worker.process.terminate()
    assert worker.process.wait(15) == 0
    assert worker.process.stdout is not None
    worker.process.stdout.close()
    pi.close()
    alice.close()


@pytest.mark.parametrize("mode", ["eventlet", "gevent", "threading"])
def test_once_rabbitmq_is_back_messages_cross_and_who_missed_some_is_told(tmp_path: Path, mode: str) -> None:
    with RabbitMQ(tmp_path) as rabbitmq:
        shared = {
            "MESSAGE_QUEUE_URL": rabbitmq.url, "DATABASE_URL": f"sqlite:///{tmp_path / 'shared.sqlite3'}", "ASYNC_MODE": mode,
        }  # fmt: skip
        with Server(tmp_path / "one", **shared) as one, Server(tmp_path / "two", **shared) as two:
            alice, bob = Person(one.url), Person(two.url)
            room = alice.room()["id"]
            alice.join(room)
            bob.join(room)
            rabbitmq.stop()
            asked = time.monotonic()
            missed = [alice.say(room, "said while the processes cannot hear each other") for _ in range(5)]
            assert time.monotonic() - asked < SOON_SECONDS * len(missed)
            rabbitmq.start()
            # Whoever is connected comes back as after any loss of the network, and catches up by what came last.
            eventually(lambda: not bob.live.client.connected and not alice.live.client.connected, within=10)
            carol, dave = Person(one.url), Person(two.url)
            carol.join(room)
            seen = [message["id"] for message in dave.join(room)["messages"]]
            assert {message["id"] for message in missed} <= set(seen)
            for sender, other in ((carol, dave), (dave, carol)):
                sent = sender.say(room, "heard again")
                assert other.live.wait("new_message", lambda p, id=sent["id"]: p["message"]["id"] == id)["message"] == sent
            for each in (carol, dave):
                each.close()
        for server in (one, two):
            assert "Traceback" not in server.output, server.output
            for once in ("not heard", "heard again", "not reached"):
                assert server.output.count(f"other processes {once}") == (once != "not reached" or server is one), server.output


# As an import behaves of a package that is not installed.
WITHOUT_KOMBU = "import runpy, sys; sys.modules['kombu'] = None; sys.argv = [sys.argv[1]]; "
START = {
    "server": WITHOUT_KOMBU + "runpy.run_path('app.py', run_name='__main__')",
    "worker": WITHOUT_KOMBU + "runpy.run_module('workers', run_name='__main__')",
}


@pytest.mark.parametrize("process", START)
def test_without_kombu_one_line_says_so(tmp_path: Path, process: str) -> None:
    ended = started(START[process], tmp_path, "amqp://127.0.0.1:1/")
    assert ended.returncode == 2
    assert ended.stderr.startswith("fieldroom"), ended.stderr
    assert "MESSAGE_QUEUE_URL: amqp:// needs kombu, which is not installed: pip install '.[amqp]'" in ended.stderr
    assert ended.stderr.count("\n") == 1, ended.stderr


@pytest.mark.parametrize("url", ["kafka://127.0.0.1", "127.0.0.1:5672", "rabbit"])
def test_a_queue_that_cannot_be_spoken_to_is_refused_in_one_line(tmp_path: Path, url: str) -> None:
    ended = started(START["server"], tmp_path, url)
    assert ended.returncode == 2
    assert ended.stderr.startswith("fieldroom: MESSAGE_QUEUE_URL: begins with redis://"), ended.stderr
    assert ended.stderr.count("\n") == 1, ended.stderr


def started(program: str, folder: Path, queue_url: str) -> subprocess.CompletedProcess[str]:
    environment = {**clean_environment(), "DATA_DIR": str(folder), "PORT": "0", "MESSAGE_QUEUE_URL": queue_url}
    command = [sys.executable, "-c", program, "fieldroom"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
