"""Sending mail: printed to the log, over SMTP, or through SendGrid, as MAIL_BACKEND says.

`send` returns at once: the mail is in the database, and whichever process does background work (workers.jobs) sends it.
"""

from datetime import datetime
from typing import Protocol

from bson import ObjectId

from services.jobs.claims import NoQueue, Queue
from services.jobs.queue import HueyQueue, Line, QueueSettings
from services.mail.mailers import ConsoleMailer, MailBackend, SendGridMailer, SmtpMailer
from services.mail.message import Mail, Mailer
from services.mail.outbox import Outbox


class MailSettings(QueueSettings, Protocol):
    """The settings of a process as far as mail goes; config.py checks that what the backend needs is there."""

    @property
    def mail_backend(self) -> MailBackend: ...
    @property
    def mail_from(self) -> str: ...
    @property
    def smtp_url(self) -> str | None: ...
    @property
    def sendgrid_api_key(self) -> str | None: ...
    @property
    def sendgrid_url(self) -> str: ...


def _work_on(mail_id: ObjectId, worker: str) -> None:
    _outbox.work_on(mail_id, worker)


# Beside each other, so that one to a server that is slow does not hold up the others.
MAILS = Line("fieldroom-mail", "mail", _work_on, workers=4, poll_seconds=2.0)

_outbox = Outbox(ConsoleMailer(), NoQueue())


def bind(mailer: Mailer, queue: Queue | None = None) -> None:
    """Say who sends this process's mails from now on and, unless that stays as it is, what hands them on."""
    global _outbox
    _outbox = Outbox(mailer, queue or _outbox.queue)


def configure(settings: MailSettings) -> HueyQueue:
    """Have mails sent as the settings say; returns the queue that has to be worked on for that."""
    queue = HueyQueue(settings, MAILS)
    bind(_mailer(settings), queue)
    return queue


def _mailer(settings: MailSettings) -> Mailer:
    if settings.mail_backend == "smtp":
        return SmtpMailer(settings.smtp_url or "", settings.mail_from)
    if settings.mail_backend == "sendgrid":
        return SendGridMailer(settings.sendgrid_api_key or "", settings.mail_from, settings.sendgrid_url)
    return ConsoleMailer()


def current() -> Outbox:
    """The mails of this process."""
    return _outbox


def send(mail: Mail, until: datetime | None = None) -> bool:
    """Have a mail sent in the background; whether there was room for it. until: when it is not worth sending any more."""
    return _outbox.put(mail, until)
