"""A mail is sent once, by somebody, and is not lost on the way; what it says is kept no longer than needed."""

import threading
from datetime import timedelta

import pytest
from bson import ObjectId

from models.mails import OutgoingMail
from models.odm import Database
from services import duties
from services.jobs.claims import LOST_SECONDS
from services.mail import outbox as outboxes
from services.mail.message import Mail, MailRefused, MailUnavailable
from services.mail.outbox import ATTEMPTS, Outbox
from tests.support.threads import context_thread
from utils.clock import now
from utils.errors import Conflict, NotFound, Unavailable

HELLO = Mail("ann@example.org", "Hello", "https://lab.example.org/reset-password?token=secret")


class Line:
    """A queue that is looked into. away: it cannot be reached."""

    def __init__(self) -> None:
        self.ids: list[ObjectId] = []
        self.away = False

    def put(self, mail_id: ObjectId) -> None:
        if self.away:
            raise Unavailable()
        self.ids.append(mail_id)

    def depth(self) -> int:
        if self.away:
            raise Unavailable()
        return len(self.ids)


class Server:
    """A mail server; outcomes: what its answers are, one after the other. Taken without an answer left."""

    def __init__(self) -> None:
        self.outcomes: list[Exception] = []
        self.taken: list[Mail] = []

    def send(self, mail: Mail) -> None:
        if self.outcomes:
            raise self.outcomes.pop(0)
        self.taken.append(mail)


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def outbox(db: Database, line: Line, server: Server) -> Outbox:
    return Outbox(server, line)


def only() -> OutgoingMail:
    [row] = OutgoingMail.find()
    return row


def age(row: OutgoingMail, seconds: float) -> None:
    OutgoingMail.update_one({"_id": row.id}, {"$set": {"seen_at": row.seen_at - timedelta(seconds=seconds)}})


def work(outbox: Outbox, line: Line, worker: str = "a") -> None:
    """All that waits in the queue."""
    while line.ids:
        outbox.work_on(line.ids.pop(0), worker)


def test_a_mail_is_sent_once_and_what_it_said_is_gone(outbox: Outbox, line: Line, server: Server) -> None:
    assert outbox.put(HELLO)
    assert only().text == HELLO.text
    [mail_id] = line.ids
    for worker in ("a", "b"):
        outbox.work_on(mail_id, worker)
    assert server.taken == [Mail(HELLO.to, HELLO.subject, HELLO.text, str(mail_id))]
    row = only()
    assert (row.status, row.attempts, row.worker, row.text, row.due_at, row.error) == ("done", 1, "a", None, None, None)
    assert row.expires_at - now() < timedelta(days=7)
    assert OutgoingMail.find_raw()[0].keys().isdisjoint({"text"})


def test_what_cannot_be_sent_now_is_tried_again_later_and_later_and_then_given_up(
    outbox: Outbox, line: Line, server: Server
) -> None:
    server.outcomes = [MailUnavailable(f"451 {n}") for n in range(ATTEMPTS)]
    outbox.put(HELLO)
    waits = []
    for attempt in range(1, ATTEMPTS + 1):
        work(outbox, line)
        row = only()
        assert (row.attempts, row.error) == (attempt, f"451 {attempt - 1}")
        if row.status == "failed":
            break
        assert row.due_at is not None
        waits.append(round((row.due_at - now()).total_seconds()))
        age(row, waits[-1] - 2)
        outbox.recover()
        assert line.ids == [], "before its time"
        age(row, waits[-1] + 2)
        outbox.recover()
        assert line.ids == [row.id]
    assert waits == [5, 15, 45, 135, 405, 1215, 3645]
    assert (row.status, row.attempts, row.text) == ("failed", ATTEMPTS, HELLO.text)


@pytest.mark.parametrize("refusal", [MailRefused("554 spam"), ValueError("bad address")])
def test_what_is_refused_is_not_tried_again_and_the_next_is_sent(
    outbox: Outbox, line: Line, server: Server, refusal: Exception
) -> None:
    server.outcomes = [refusal]
    outbox.put(HELLO)
    outbox.put(Mail("bob@example.org", "x", "x"))
    work(outbox, line)
    first, second = OutgoingMail.find(sort=[("_id", 1)])
    assert (first.status, first.attempts, first.error, second.status) == ("failed", 1, str(refusal), "done")


def test_a_defect_of_ours_loses_no_mail(outbox: Outbox, line: Line, server: Server) -> None:
    server.outcomes = [ZeroDivisionError()]
    outbox.put(HELLO)
    work(outbox, line)
    row = only()
    assert (row.status, row.error) == ("queued", "ZeroDivisionError")


def test_a_link_that_has_expired_is_neither_sent_nor_kept(outbox: Outbox, line: Line, server: Server) -> None:
    outbox.put(HELLO, until=now() - timedelta(seconds=1))
    work(outbox, line)
    assert (only().status, server.taken) == ("failed", [])
    outboxes.sweep()
    assert only().text is None
    with pytest.raises(Conflict):
        outbox.retry(only().id)


def test_no_attempt_is_planned_for_when_the_link_has_expired(outbox: Outbox, line: Line, server: Server) -> None:
    server.outcomes = [MailUnavailable("451")]
    outbox.put(HELLO, until=now() + timedelta(seconds=4))
    work(outbox, line)
    assert only().status == "failed"


def test_what_a_mail_that_failed_says_is_kept_for_three_days(outbox: Outbox, line: Line, server: Server) -> None:
    server.outcomes = [MailRefused("550")]
    outbox.put(HELLO)
    work(outbox, line)
    outboxes.sweep()
    assert only().text == HELLO.text
    OutgoingMail.update_one({}, {"$set": {"finished_at": now() - timedelta(days=3)}})
    outboxes.sweep()
    assert only().text is None


def test_a_mail_is_taken_while_the_queue_is_away_and_sent_when_it_is_back(outbox: Outbox, line: Line, server: Server) -> None:
    line.away = True
    assert outbox.put(HELLO)
    assert outbox.depth() is None
    age(only(), LOST_SECONDS)
    with pytest.raises(Unavailable):
        outbox.recover()
    line.away = False
    outbox.recover()
    work(outbox, line)
    assert len(server.taken) == 1


def test_a_mail_whose_process_died_is_sent_by_another_and_given_up_when_it_kills_them_all(
    outbox: Outbox, line: Line, server: Server
) -> None:
    outbox.put(HELLO)
    line.ids.clear()
    for attempt in range(1, ATTEMPTS + 1):
        claimed = {"status": "running", "worker": "dead", "attempts": attempt, "seen_at": now()}
        OutgoingMail.update_one({}, {"$set": claimed})
        outbox.recover()
        assert only().status == "running", "it was seen a moment ago"
        age(only(), duties.STALE_SECONDS + 1)
        line.ids.clear()
        outbox.recover()
        assert line.ids == ([only().id] if attempt < ATTEMPTS else [])
    row = only()
    assert row.status == "failed"
    assert row.error is not None
    assert f"{ATTEMPTS} times" in row.error


def test_a_process_that_ends_gives_back_what_it_did_not_send(outbox: Outbox, line: Line, server: Server) -> None:
    outbox.put(HELLO)
    OutgoingMail.update_one({}, {"$set": {"status": "running", "worker": "ending", "attempts": 1}})
    line.ids.clear()
    outbox.give_back("ending")
    outbox.recover()
    assert (only().status, only().attempts) == ("queued", 0)
    work(outbox, line, "b")
    assert (len(server.taken), only().worker) == (1, "b")


def test_a_slow_mail_is_not_taken_for_a_dead_one(outbox: Outbox, line: Line, server: Server) -> None:
    held, sending = threading.Event(), threading.Event()

    class Slow:
        def send(self, mail: Mail) -> None:
            sending.set()
            held.wait(10)

    outbox.mailer = Slow()
    outbox.put(HELLO)
    thread = context_thread(target=outbox.work_on, args=(line.ids.pop(), "slow"))
    thread.start()
    sending.wait(10)
    age(only(), duties.STALE_SECONDS + 1)
    outbox.keep_alive("slow")
    outbox.recover()
    held.set()
    thread.join(10)
    assert (line.ids, only().status, only().attempts) == ([], "done", 1)


def test_too_many_mails_that_wait_are_refused(outbox: Outbox, line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outboxes, "MOST_WAITING", 2)
    assert [outbox.put(HELLO) for _ in range(3)] == [True, True, False]
    work(outbox, line)
    assert outbox.put(HELLO)


def test_an_administrator_has_a_mail_sent_again(outbox: Outbox, line: Line, server: Server) -> None:
    server.outcomes = [MailRefused("550"), MailUnavailable("451")]
    outbox.put(HELLO)
    work(outbox, line)
    assert outbox.retry(only().id).status == "queued"
    work(outbox, line)
    assert (only().status, only().attempts) == ("queued", 1), "it waits for its second attempt"
    outbox.retry(only().id)
    work(outbox, line)
    assert (only().status, len(server.taken)) == ("done", 1)
    with pytest.raises(Conflict):
        outbox.retry(only().id)
    with pytest.raises(NotFound):
        outbox.retry(ObjectId())
