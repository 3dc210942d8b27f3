"""Two applications with two configurations in one process, both used at once: neither sees anything of the other."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from config import load_config
from models.accounts import User
from models.messages import Message
from realtime.serving import listen, serve
from services.messaging import messages
from services.platform import current
from services.rooms import rooms
from services.telemetry import retention
from tests.support.people import Person
from tests.support.platforms import application, platform_of
from tests.support.server import PASSWORD, register
from tests.support.threads import context_thread
from utils.clock import now_ms

ROUNDS = 40


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Flask, Flask]]:
    with ExitStack() as both:
        first = both.enter_context(application(tmp_path / "first", RETENTION_RAW_DAYS="7"))
        second = both.enter_context(application(tmp_path / "second", ALLOWED_ORIGINS="https://wall.example"))
        yield first, second


@contextmanager
def served(data_dir: Path, **settings: str) -> Iterator[str]:
    """An application that a thread of this process serves; its URL."""
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    environment = {"FLASK_ENV": "testing", "DATA_DIR": str(data_dir), "PORT": str(port), "RATELIMIT_ENABLED": "0", **settings}
    app = create_app(load_config(environment))
    threading.Thread(target=serve, args=(app, listener), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        listener.close()
        platform_of(app).close()


def test_the_first_account_of_each_is_its_administrator_and_means_nothing_in_the_other(two: tuple[Flask, Flask]) -> None:
    first, second = (app.test_client() for app in two)
    for client, name in ((first, "alice"), (second, "bob")):
        user = client.post("/api/auth/register", json={"username": name, "password": PASSWORD}).get_json()["user"]
        assert (user["username"], user["role"]) == (name, "admin")
    cookie = first.get_cookie("fieldroom_session")
    assert cookie is not None
    visitor = two[1].test_client()
    visitor.set_cookie("fieldroom_session", cookie.value)
    assert visitor.get("/api/auth/me").status_code == 401
    assert second.get("/api/users/search?q=alice").get_json()["items"] == []


def test_each_goes_by_its_own_configuration(two: tuple[Flask, Flask]) -> None:
    kept = []
    for app in two:
        with platform_of(app).entered():
            kept.append(retention.defaults().raw_days)
    assert kept == [7, 0]
    headers = {"Origin": "https://wall.example"}
    shown = [app.test_client().get("/healthz", headers=headers).headers.get("Access-Control-Allow-Origin") for app in two]
    assert shown == [None, "https://wall.example"]


def test_both_work_at_the_same_time_and_keep_what_is_theirs(two: tuple[Flask, Flask]) -> None:
    ready = threading.Barrier(2)

    def talk(app: Flask, name: str) -> None:
        with platform_of(app).entered():
            person = User(username=name, username_key=name, nickname=name, password_hash="-").insert()
            room = rooms.create(person, f"Room of {name}")
            ready.wait(10)
            for number in range(ROUNDS):
                messages.send(room.id, person, f"{name} {number}")

    threads = [context_thread(talk, (app, name)) for app, name in zip(two, ("alice", "bob"), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for app, name in zip(two, ("alice", "bob"), strict=True):
        with platform_of(app).entered():
            said = [message.body for message in Message.find({"kind": "text"}, sort=[("seq", 1)])]
            assert said == [f"{name} {number}" for number in range(ROUNDS)]


def test_limits_numbers_and_time_are_counted_apart(tmp_path: Path) -> None:
    with (
        application(tmp_path / "first", RATELIMIT_ENABLED="1") as first,
        application(tmp_path / "second", RATELIMIT_ENABLED="1") as second,
    ):
        wrong = {"username": "nobody", "password": "wrong"}
        codes = [first.test_client().post("/api/auth/login", json=wrong).status_code for _ in range(11)]
        assert codes[-1] == 429
        assert second.test_client().post("/api/auth/login", json=wrong).status_code == 401
        platform_of(second).clock = lambda: 1_000
        with platform_of(second).entered():
            assert now_ms() == 1_000
        with platform_of(first).entered():
            assert now_ms() > 1_000_000_000_000
            assert current() is platform_of(first)


def test_what_is_said_in_one_reaches_nobody_in_the_other(tmp_path: Path) -> None:
    with served(tmp_path / "first") as first, served(tmp_path / "second") as second:
        alice, bob = Person(first, "alice"), Person(second, "bob")
        with register(first, "carol").session:
            lobby, other = (each.api.get("/api/chat-rooms")["items"][0]["id"] for each in (alice, bob))
            for person, room in ((alice, lobby), (bob, other)):
                person.live.ok("join_chat_room", {"room_id": room})
            for number in range(5):
                alice.live.ok("send_message", {"room_id": lobby, "body": f"first {number}", "client_id": str(number)})
                bob.live.ok("send_message", {"room_id": other, "body": f"second {number}", "client_id": str(number)})
        for person, ours in ((alice, "first"), (bob, "second")):
            person.live.wait("new_message", lambda pushed, ours=ours: pushed["message"]["body"] == f"{ours} 4")
            bodies = [pushed["message"]["body"] for pushed in person.live.payloads("new_message")]
            assert [body for body in bodies if body and not body.startswith(ours) and "entered" not in body] == []
            person.close()
