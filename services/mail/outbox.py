"""Mails on their way: each a document until it is sent, so that none is lost with a process, and one that is slow delays no other.

What cannot be sent for now is tried again, each time after three times as long, for an hour and a half or until what it says is out
of date. Where a process died between the server's taking a mail and our noting it, it is sent twice, with the same Message-ID.
"""

from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from models.mails import OutgoingMail
from models.tasks import TaskStatus
from services.jobs.claims import Claims, Queue
from services.mail.message import Mail, Mailer, MailRefused, MailUnavailable
from services.metrics import metrics
from utils.clock import now
from utils.errors import Conflict, NotFound, Unavailable
from utils.logs import get_logger

log = get_logger(__name__)

ATTEMPTS = 8
# Before the second attempt; three times as long before each further one.
RETRY_SECONDS = 5.0
# More than this many mails wait for nothing good.
MOST_WAITING = 1_000
# To whom what was sent, and when, is kept for so long.
KEPT = timedelta(days=7)
# What could not be sent can be sent again by an administrator for so long, where it says nothing that is out of date before.
TEXT_KEPT = timedelta(days=3)
_ERROR_CHARACTERS = 300


class Outbox:
    """The mails of the platform, as this process puts them in and sends them."""

    def __init__(self, mailer: Mailer, queue: Queue, *, retry_seconds: float = RETRY_SECONDS) -> None:
        self.mailer = mailer
        self.queue = queue
        self._retry_seconds = retry_seconds
        self._claims = Claims(OutgoingMail)

    def put(self, mail: Mail, until: datetime | None = None) -> bool:
        """Have a mail sent; whether there was room for it. until: when it is not worth sending any more."""
        if OutgoingMail.count({"status": "queued"}, limit=MOST_WAITING) >= MOST_WAITING:
            log.error("mail dropped", reason="too many wait")
            return False
        row = OutgoingMail(
            to=mail.to, subject=mail.subject, text=mail.text, until=until, due_at=now(), expires_at=now() + KEPT
        ).insert()
        self._hand_on(row.id)
        return True

    def work_on(self, mail_id: ObjectId, worker: str) -> None:
        """Send a mail, unless it is sent, somebody sends it, or it is gone. Nothing is raised but OdmError."""
        row = self._claims.begin(mail_id, worker, {})
        if row is None:
            return
        with metrics().mail_seconds.time(), self._claims.working_on(row):
            if row.text is None or (row.until is not None and row.until <= now()):
                self._fail(row, "What it says is out of date.")
                return
            try:
                self.mailer.send(Mail(row.to, row.subject, row.text, str(row.id)))
            except (MailRefused, ValueError) as error:
                self._fail(row, str(error))
            except MailUnavailable as error:
                self._put_off(row, str(error))
            except Exception as error:
                log.exception("mail not sent", mail=str(row.id))
                self._put_off(row, type(error).__name__)
            else:
                # Only now: what the mail says was needed until here.
                self._claims.finish(row, {"status": "done", "text": None, "due_at": None, "error": None})
                metrics().mails_finished.labels(outcome="sent").inc()

    def depth(self) -> int | None:
        """How many ids wait in the queue; None where the queue cannot be reached."""
        try:
            return self.queue.depth()
        except Unavailable:
            return None

    def recover(self) -> None:
        """Have sent what dead processes left, and what had to wait until now. Raises Unavailable."""

        def failure(row: OutgoingMail) -> dict[str, Any]:
            log.error("mail given up", mail=str(row.id))
            return {"error": f"The process stopped while it sent this, {row.attempts} times.", "due_at": None}

        given_up = self._claims.recover(self.queue, ATTEMPTS, failure, {})
        metrics().mails_finished.labels(outcome="failed").inc(len(given_up))

    def keep_alive(self, worker: str) -> None:
        """Say that this process still sends what it began."""
        self._claims.keep_alive(worker)

    def give_back(self, worker: str) -> None:
        """Have others send what this process will not: it ends."""
        self._claims.give_back(worker, {})

    def retry(self, mail_id: ObjectId) -> OutgoingMail:
        """Have a mail that failed, or waits for its time, tried now, as often as a new one. Raises NotFound and Conflict."""
        fresh: dict[str, Any] = {"status": "queued", "attempts": 0, "due_at": now(), "seen_at": now(), "finished_at": None}
        fresh["expires_at"] = now() + KEPT
        row = OutgoingMail.find_one_and_update(
            {"_id": mail_id, "status": {"$in": ["queued", "failed"]}, "text": {"$exists": True}}, {"$set": fresh}
        )
        if row is None:
            if OutgoingMail.get(mail_id) is None:
                raise NotFound()
            raise Conflict("This mail is sent, is being sent, or says what is out of date.")
        self._hand_on(row.id)
        return row

    def _hand_on(self, mail_id: ObjectId) -> None:
        try:
            self.queue.put(mail_id)
        except Unavailable:
            # It is stored, so a worker finds it as soon as there is a queue again.
            log.warning("mail not queued yet", mail=str(mail_id))

    def _put_off(self, row: OutgoingMail, reason: str) -> None:
        due = now() + timedelta(seconds=self._retry_seconds * 3 ** (row.attempts - 1))
        if row.attempts >= ATTEMPTS or (row.until is not None and row.until <= due):
            self._fail(row, reason)
            return
        log.warning("mail not sent yet", mail=str(row.id), reason=reason, attempt=row.attempts)
        self._claims.put_off(row, due, {"due_at": due, "error": reason[:_ERROR_CHARACTERS]})

    def _fail(self, row: OutgoingMail, reason: str) -> None:
        log.error("mail given up", mail=str(row.id), reason=reason, attempt=row.attempts)
        if self._claims.finish(row, {"status": "failed", "due_at": None, "error": reason[:_ERROR_CHARACTERS]}):
            metrics().mails_finished.labels(outcome="failed").inc()


def sweep() -> None:
    """Remove what mails say that are not going to be sent any more."""
    old: list[dict[str, Any]] = [{"until": {"$lte": now()}}, {"finished_at": {"$lte": now() - TEXT_KEPT}}]
    OutgoingMail.update_many({"status": "failed", "text": {"$exists": True}, "$or": old}, {"$unset": {"text": ""}})


def listing(*, status: TaskStatus | None, limit: int, before: ObjectId | None) -> tuple[list[OutgoingMail], ObjectId | None]:
    """The mails of the last days, newest first, and the id to go on after."""
    which: dict[str, Any] = {} if status is None else {"status": status}
    if before is not None:
        which["_id"] = {"$lt": before}
    found = OutgoingMail.find(which, sort=[("_id", -1)], limit=limit + 1)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def counts() -> dict[TaskStatus, int]:
    """How many mails of the last days there are in each state."""
    found = OutgoingMail.count_by("status")
    return {status: found.get(status, 0) for status in ("queued", "running", "done", "failed")}


def observe() -> None:
    """Bring what /metrics says of mails up to date."""
    for status, count in counts().items():
        metrics().mails.labels(status=status).set(count)
