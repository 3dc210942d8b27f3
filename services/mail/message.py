"""A mail, and what whoever delivers it can do with it."""

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from html import escape
from typing import Protocol

from utils.mail_settings import check_address


class MailRefused(Exception):
    """It cannot be sent: a wrong address, a wrong key. Trying again would not help."""


class MailUnavailable(Exception):
    """It could not be sent now."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one person; text is plain. Raises ValueError where an address or the subject is more than one line.

    id: names it among all mails, so that one which is sent again is known for the same; None: it is not sent again.
    """

    to: str
    subject: str
    text: str
    id: str | None = None

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


def as_message(mail: Mail, sender: str) -> EmailMessage:
    """The mail as it travels: plain text with an HTML alternative."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, mail.to, mail.subject
    message["Date"] = formatdate()
    domain = parseaddr(sender)[1].rpartition("@")[2]
    # A mail that is sent again after a crash, though the server may have had it, is one that programs can tell for the same.
    message["Message-ID"] = make_msgid(domain=domain) if mail.id is None else f"<{mail.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message
