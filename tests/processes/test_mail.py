"""Mails of running servers: none waits for a slow one, none is lost with a process, and administrators see what became of them."""

import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.eventually import eventually
from tests.support.inbox import Inbox, smtp_server
from tests.support.redis import redis_server
from tests.support.server import Api, Server, register
from tests.support.slow_mail import SlowInbox
from tests.support.worker import Worker


def through(address: str) -> dict[str, str]:
    """The settings of a process that mails through that SMTP server."""
    return {"MAIL_BACKEND": "smtp", "SMTP_URL": f"smtp://{address}", "MAIL_FROM": "Lab <lab@example.org>"}


def mails(admin: Api, **query: str) -> dict[str, dict[str, Any]]:
    """What administrators see, by address."""
    return {each["to"]: each for each in admin.get("/api/admin/mail", params=query)["items"]}


def mailed_to(inbox: Inbox) -> list[str]:
    return sorted(str(each["To"]) for each in inbox.mails)


@pytest.mark.parametrize("mode", ["eventlet", "gevent", "threading"])
def test_a_slow_mail_does_not_hold_up_the_others(tmp_path: Path, mode: str) -> None:
    inbox = SlowInbox()
    with smtp_server(inbox) as address, Server(tmp_path, ASYNC_MODE=mode, **through(address)) as server:
        admin = register(server.url, "alice", email="slow1@example.org")
        register(server.url, "bob", email="slow2@example.org")
        eventually(lambda: inbox.begun == 2)
        for name in ("carol", "dave", "eve"):
            register(server.url, name, email=f"{name}@example.org")
        quick = ["carol@example.org", "dave@example.org", "eve@example.org"]
        eventually(lambda: sorted(mails(admin, status="done")) == quick)
        inbox.go_on.set()
        eventually(lambda: len(mails(admin, status="done")) == 5, within=30)
    assert mailed_to(inbox) == [*quick, "slow1@example.org", "slow2@example.org"]
    assert "Traceback" not in server.output


@pytest.mark.parametrize("on_redis", [False, True])
def test_mails_survive_a_restart_and_an_administrator_sees_and_hurries_them(tmp_path: Path, on_redis: bool) -> None:
    inbox = Inbox()
    with ExitStack() as stack:
        shared = {"REDIS_URL": stack.enter_context(redis_server())} if on_redis else {}
        with smtp_server(Inbox()) as nobody_there:
            pass
        server = stack.enter_context(Server(tmp_path, **through(nobody_there), **shared))
        admin = register(server.url, "alice", email="alice@example.org")
        bob = register(server.url, "bob", email="bob@example.org")
        waiting = eventually(lambda: [each for each in mails(admin, status="queued").values() if each["attempts"] >= 1], within=20)
        assert waiting
        assert all("refused" in each["error"].lower() and each["due_at"] and each["retriable"] for each in waiting)
        assert "token=" not in str(admin.get("/api/admin/mail"))
        bob.call("GET", "/api/admin/mail", 403)
        bob.call("POST", f"/api/admin/mail/{waiting[0]['id']}/retry", 403, json={})
        server.kill()

        address = stack.enter_context(smtp_server(inbox))
        server.start(**through(address))
        for each in mails(admin).values():
            admin.call("POST", f"/api/admin/mail/{each['id']}/retry", json={})
        eventually(lambda: len(inbox.mails) == 2, within=40)
        eventually(lambda: admin.get("/api/admin/mail")["counts"]["done"] == 2)
        seen = mails(admin)["alice@example.org"]
        assert (seen["status"], seen["retriable"], seen["error"], seen["due_at"]) == ("done", False, None, None)
        admin.call("POST", f"/api/admin/mail/{seen['id']}/retry", 409, json={})
        admin.call("POST", f"/api/admin/mail/{'0' * 24}/retry", 404, json={})
        told = admin.call("GET", "/metrics", 200).text
        assert 'fieldroom_mails{status="done"} 2.0' in told
    assert mailed_to(inbox) == ["alice@example.org", "bob@example.org"]


@pytest.mark.parametrize("on_redis", [False, True])
def test_a_mail_whose_worker_is_killed_is_sent_by_another(tmp_path: Path, on_redis: bool) -> None:
    stuck, inbox = SlowInbox(), Inbox()
    with ExitStack() as stack:
        shared = {"REDIS_URL": stack.enter_context(redis_server())} if on_redis else {}
        server = stack.enter_context(Server(tmp_path, WORKER="0", **shared))
        first = Worker(tmp_path, **through(stack.enter_context(smtp_server(stuck))), **shared)
        stack.callback(first.process.kill)
        admin = register(server.url, "alice", email="slow@example.org")
        eventually(lambda: stuck.begun == 1, within=20)
        assert mails(admin)["slow@example.org"]["status"] == "running"
        first.end(signal.SIGKILL)
        second = Worker(tmp_path, **through(stack.enter_context(smtp_server(inbox))), **shared)
        stack.callback(second.process.kill)
        eventually(lambda: inbox.mails, within=60, every=0.2)
        seen = eventually(lambda: [each for each in mails(admin).values() if each["status"] == "done"]) or []
        assert [each["attempts"] for each in seen] == [2]
        assert second.end(signal.SIGTERM) == 0
    assert mailed_to(inbox) == ["slow@example.org"]


def test_many_workers_send_each_mail_once(tmp_path: Path) -> None:
    inbox = Inbox()
    with ExitStack() as stack:
        shared = {"REDIS_URL": stack.enter_context(redis_server())}
        sending = {**shared, **through(stack.enter_context(smtp_server(inbox)))}
        server = stack.enter_context(Server(tmp_path, WORKER="0", **sending))
        workers = [Worker(tmp_path, **sending) for _ in range(2)]
        for worker in workers:
            stack.callback(worker.process.kill)
        names = [f"user{number:02}" for number in range(16)]
        admin = register(server.url, names[0], email=f"{names[0]}@example.org")
        for name in names[1:]:
            register(server.url, name, email=f"{name}@example.org")
        eventually(lambda: admin.get("/api/admin/mail")["counts"]["done"] == len(names), within=30)
        assert len({each["worker"] for each in mails(admin, limit="100").values()}) == 2
        assert [worker.end(signal.SIGTERM) for worker in workers] == [0, 0]
    assert mailed_to(inbox) == [f"{name}@example.org" for name in names]
