"""Whoever delivers mails: the log, an SMTP server, or SendGrid."""

import http.client
import logging
import smtplib
import ssl
from email.utils import parseaddr
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from services.mail.message import Mail, MailRefused, MailUnavailable, as_message
from utils.logs import get_logger
from utils.mail_settings import SENDGRID_URL, check_smtp_url

log = get_logger(__name__)

TIMEOUT_SECONDS = 15.0


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
    """Sends through SendGrid's HTTP API (v3, POST /v3/mail/send), with its own client.

    base_url: of a compatible service, or a test's.
    """

    def __init__(self, api_key: str, sender: str, base_url: str = SENDGRID_URL) -> None:
        # 9 MiB, for those who use it.
        from sendgrid import SendGridAPIClient

        from services.mail.sendgrid_http import OneHostClient

        # It shows the key and what mails say at level debug.
        logging.getLogger("python_http_client").setLevel(logging.WARNING)
        name, address = parseaddr(sender)
        self._from: Any = (address, name) if name else address
        self._api = SendGridAPIClient(api_key)
        headers = self._api.client.request_headers
        self._api.client = OneHostClient(base_url.rstrip("/"), request_headers=headers, version=3, timeout=TIMEOUT_SECONDS)

    def send(self, mail: Mail) -> None:
        from python_http_client.exceptions import HTTPError
        from sendgrid.helpers.mail import Mail as Message

        message = Message(self._from, mail.to, mail.subject, plain_text_content=mail.text, html_content=mail.html)
        try:
            status = self._api.send(message).status_code
        except HTTPError as error:
            status = error.status_code
        except (OSError, http.client.HTTPException) as error:
            raise MailUnavailable(type(error).__name__) from None
        if status == 429 or status >= 500:
            raise MailUnavailable(f"status {status}")
        if status >= 300:
            raise MailRefused(f"status {status}")
