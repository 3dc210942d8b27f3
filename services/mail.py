"""Sending mail: printed to the log, over SMTP, or through SendGrid, as MAIL_BACKEND says.

`send` returns at once. Mails wait in a bounded queue for a thread of their own (a green one where the process is green), so that a
mail server that is slow or away holds nobody up; what failed for the moment is tried again a few times.
"""

import queue
import smtplib
import ssl
import threading
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from html import escape
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import requests

from config import Config
from services.platform import current, spawn
from utils import concurrency
from utils.logs import get_logger
from utils.mail_settings import SENDGRID_URL, check_address, check_smtp_url

log = get_logger(__name__)

TIMEOUT_SECONDS = 15.0
ATTEMPTS = 4
# Before the second attempt; twice as long before each further one.
RETRY_SECONDS = 2.0
_CAPACITY = 1_000


class MailRefused(Exception):
    """It cannot be sent: a wrong address, a wrong key. Trying again would not help."""


class MailUnavailable(Exception):
    """It could not be sent now."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one person; text is plain. Raises ValueError where an address or the subject is more than one line."""

    to: str
    subject: str
    text: str

    def __post_init__(self) -> None:
        check_address(self.to)
        if any(ord(character) < 32 or ord(character) == 127 for character in self.subject):
            raise ValueError("the subject of a mail is one line")

    @property
    def html(self) -> str:
        """The same text for programs that show HTML."""
        paragraphs = "".join(f"<p>{escape(part)}</p>" for part in self.text.split("\n\n")).replace("\n", "<br>")
        return f'<!doctype html><html><body style="font-family:sans-serif;line-height:1.5">{paragraphs}</body></html>'


class Mailer(Protocol):
    """Hands a mail to whoever delivers it. Raises MailRefused or MailUnavailable."""

    def send(self, mail: Mail) -> None: ...


class ConsoleMailer:
    """Prints mails to the log, for whoever has no mail server."""

    def send(self, mail: Mail) -> None:
        log.info("mail", to=mail.to, subject=mail.subject, text=mail.text)


class SmtpMailer:
    """Sends through an SMTP server.

    url: smtp://host:port, with ?starttls to insist on encryption, or smtps://host:port; user:password@ before the host where
    it wants them. Certificates are checked. sender: what the mails are from.
    """

    def __init__(self, url: str, sender: str) -> None:
        check_smtp_url(url)
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._tls = parts.scheme == "smtps"
        self._starttls = "starttls" in parse_qs(parts.query, keep_blank_values=True)
        self._port = parts.port or (465 if self._tls else 587 if self._starttls else 25)
        self._user = None if parts.username is None else unquote(parts.username)
        self._password = unquote(parts.password or "")
        self._sender = sender

    def send(self, mail: Mail) -> None:
        try:
            with self._connect() as server:
                if self._starttls:
                    server.starttls(context=ssl.create_default_context())
                if self._user is not None:
                    server.login(self._user, self._password)
                server.send_message(as_message(mail, self._sender))
        except smtplib.SMTPRecipientsRefused as error:
            code = min((code for code, _ in error.recipients.values()), default=550)
            raise (MailRefused if code >= 500 else MailUnavailable)(f"the recipient was refused ({code})") from None
        except smtplib.SMTPResponseException as error:
            raise (MailRefused if error.smtp_code >= 500 else MailUnavailable)(f"{error.smtp_code}") from None
        except smtplib.SMTPNotSupportedError as error:
            raise MailRefused(str(error)) from None
        except (smtplib.SMTPException, OSError) as error:
            raise MailUnavailable(f"{type(error).__name__}: {error}") from None

    def _connect(self) -> smtplib.SMTP:
        if self._tls:
            return smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
        return smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_SECONDS)


class SendGridMailer:
    """Sends through SendGrid's HTTP API (v3, POST /v3/mail/send). base_url: for a test or a compatible service."""

    def __init__(self, api_key: str, sender: str, base_url: str = SENDGRID_URL) -> None:
        self._url = base_url.rstrip("/") + "/v3/mail/send"
        self._key = api_key
        name, address = parseaddr(sender)
        self._from = {"email": address, **({"name": name} if name else {})}

    def send(self, mail: Mail) -> None:
        content = [{"type": "text/plain", "value": mail.text}, {"type": "text/html", "value": mail.html}]
        body = {
            "personalizations": [{"to": [{"email": mail.to}]}], "from": self._from, "subject": mail.subject, "content": content,
        }  # fmt: skip
        try:
            answer = requests.post(
                self._url, json=body, headers={"Authorization": f"Bearer {self._key}"}, timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
            )  # fmt: skip
        except requests.RequestException as error:
            raise MailUnavailable(type(error).__name__) from None
        if answer.status_code == 429 or answer.status_code >= 500:
            raise MailUnavailable(f"status {answer.status_code}")
        if not answer.ok or answer.status_code >= 300:
            raise MailRefused(f"status {answer.status_code}")


class Outbox:
    """Mails that wait to be sent. Nothing runs before the first one."""

    def __init__(self, mailer: Mailer, *, retry_seconds: float = RETRY_SECONDS) -> None:
        self._mailer = mailer
        self._retry_seconds = retry_seconds
        self._waiting: queue.Queue[Mail] = queue.Queue(_CAPACITY)
        self._lock = threading.Lock()
        self._started = False

    def put(self, mail: Mail) -> bool:
        """Have a mail sent; whether there was room for it."""
        with self._lock:
            if not self._started:
                self._started = True
                spawn(self._run, name="mail")
        try:
            self._waiting.put_nowait(mail)
        except queue.Full:
            log.error("mail dropped", reason="too many wait")
            return False
        return True

    def _run(self) -> None:
        while True:
            mail = self._waiting.get()
            try:
                self._deliver(mail)
            except Exception:
                log.exception("mail not sent")

    def _deliver(self, mail: Mail) -> None:
        for attempt in range(ATTEMPTS):
            try:
                self._mailer.send(mail)
            except MailRefused as error:
                log.error("mail refused", reason=str(error))
                return
            except MailUnavailable as error:
                log.warning("mail not sent yet", reason=str(error), attempt=attempt + 1)
                if attempt + 1 < ATTEMPTS:
                    concurrency.sleep(self._retry_seconds * 2**attempt)
            else:
                return
        log.error("mail given up")


def as_message(mail: Mail, sender: str) -> EmailMessage:
    """The mail as it travels: plain text with an HTML alternative."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, mail.to, mail.subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message


def mailer_of(config: Config) -> Mailer:
    """Who sends mails where the configuration is this."""
    if config.mail_backend == "smtp":
        return SmtpMailer(config.smtp_url or "", config.mail_from)
    if config.mail_backend == "sendgrid":
        return SendGridMailer(config.sendgrid_api_key or "", config.mail_from, config.sendgrid_url)
    return ConsoleMailer()


def send(mail: Mail) -> bool:
    """Have a mail sent in the background; whether there was room for it in the queue."""
    return current().part(Outbox).put(mail)
