"""What the settings of outgoing mail may be."""

from email.utils import parseaddr
from typing import Literal
from urllib.parse import urlsplit

MailBackend = Literal["console", "smtp", "sendgrid"]
SENDGRID_URL = "https://api.sendgrid.com"


def check_address(address: str) -> str:
    """One plain e-mail address. Raises ValueError."""
    found = parseaddr(address)[1]
    if found != address or "@" not in found or any(ord(character) <= 32 or ord(character) == 127 for character in address):
        raise ValueError("is not an e-mail address such as alerts@lab.example.org")
    return address


def check_sender(sender: str) -> str:
    """An address, or a name and one: "Lab <alerts@lab.example.org>". Raises ValueError."""
    if not sender.isprintable():
        raise ValueError("is one line")
    check_address(parseaddr(sender)[1])
    return sender


def check_smtp_url(url: str) -> str:
    """A URL as SmtpMailer takes it. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("must look like smtp://user:password@host:587?starttls or smtps://user:password@host")
    parts.port  # noqa: B018 - raises ValueError where it is none
    return url
