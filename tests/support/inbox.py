"""A mailbox with a real SMTP server in front of it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from tests.support.eventually import eventually


class Inbox:
    """Keeps what an SMTP server gets; answers: what it says to the next mails, "250 OK" after that."""

    def __init__(self, *answers: str) -> None:
        self.mails: list[EmailMessage] = []
        self.tries = 0
        self.answers = list(answers)
        self.address: str | None = None

    def text(self, index: int = -1) -> str:
        """The plain text of a mail, the last one unless told."""
        part = self.mails[index].get_body(("plain",))
        assert part is not None
        return str(part.get_content())

    def link(self, path: str, count: int) -> str:
        """The link to `path` in the mail that was written as the `count`-th; waits for it. They may arrive in another order."""
        eventually(lambda: len(self.mails) >= count)
        written = sorted(self.mails, key=lambda mail: str(mail["Message-ID"]))
        text = self.text(self.mails.index(written[count - 1]))
        [found] = re.findall(rf"^(https?://\S+{path}\?token=\S+)$", text.replace("\r", ""), re.MULTILINE)
        return str(found)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.tries += 1
        if self.answers:
            return self.answers.pop(0)
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address.startswith("nobody@"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"


class FreePort(Controller):
    """A controller that finds out by itself which port it was given."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def smtp_server(inbox: Inbox, **options: Any) -> Iterator[str]:
    """host:port of an SMTP server."""
    controller = FreePort(inbox, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        inbox.address = f"127.0.0.1:{controller.port}"
        yield inbox.address
    finally:
        controller.stop()
