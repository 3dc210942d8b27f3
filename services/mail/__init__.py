"""Sending mail: printed to the log, over SMTP, or through SendGrid, as MAIL_BACKEND says.

`send` returns at once: the mail is in the database, and whichever process does background work (workers.jobs) sends it.
"""

from datetime import datetime

from bson import ObjectId

from config import Config
from services.jobs.queue import Line
from services.mail.mailers import ConsoleMailer, SendGridMailer, SmtpMailer
from services.mail.message import Mail, Mailer
from services.mail.outbox import Outbox
from services.platform import current


def _work_on(mail_id: ObjectId, worker: str) -> None:
    mails().work_on(mail_id, worker)


# Beside each other, so that one to a server that is slow does not hold up the others.
MAILS = Line("fieldroom-mail", "mail", _work_on, workers=4)


def mailer_of(config: Config) -> Mailer:
    """Who delivers mails where the configuration is this."""
    if config.mail_backend == "smtp":
        return SmtpMailer(config.smtp_url or "", config.mail_from)
    if config.mail_backend == "sendgrid":
        return SendGridMailer(config.sendgrid_api_key or "", config.mail_from, config.sendgrid_url)
    return ConsoleMailer()


def mails() -> Outbox:
    """The mails of this platform."""
    return current().part(Outbox)


def send(mail: Mail, until: datetime | None = None) -> bool:
    """Have a mail sent in the background; whether there was room for it. until: when it is not worth sending any more."""
    return mails().put(mail, until)
