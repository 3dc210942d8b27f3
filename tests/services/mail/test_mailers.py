"""Mail over a real SMTP server and to a local server that stands for SendGrid's."""

import json
import logging
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from structlog.testing import CapturingLogger

from services.mail import mailers
from services.mail.mailers import ConsoleMailer, SendGridMailer, SmtpMailer
from services.mail.message import Mail, MailRefused, MailUnavailable
from tests.support.inbox import Inbox, smtp_server

SENDER = "Lab <alerts@lab.example.org>"
HELLO = Mail("ann@example.org", "[Warning] Freezer: too high", "Freezer is above -15 °C\n<b>since</b> noon\n\nRoom: Lab")


def test_a_mail_arrives_as_text_and_html() -> None:
    inbox = Inbox()
    with smtp_server(inbox) as address:
        SmtpMailer(f"smtp://{address}", SENDER).send(HELLO)
    [received] = inbox.mails
    assert (received["From"], received["To"], received["Subject"]) == (SENDER, HELLO.to, HELLO.subject)
    assert received["Auto-Submitted"] == "auto-generated"
    text, html = (part.get_content() for part in received.iter_parts())
    assert text.split("\r\n")[:-1] == HELLO.text.split("\n")
    assert "Freezer is above -15 °C<br>&lt;b&gt;since&lt;/b&gt; noon</p><p>Room: Lab" in html


def test_a_mail_that_is_sent_again_is_known_for_the_same() -> None:
    inbox = Inbox()
    with smtp_server(inbox) as address:
        for key in ("6a60", "6a60", "6a61", None, None):
            SmtpMailer(f"smtp://{address}", SENDER).send(Mail(HELLO.to, "x", "x", key))
    ids = [each["Message-ID"] for each in inbox.mails]
    assert ids[:2] == ["<6a60@lab.example.org>"] * 2
    assert len(set(ids)) == 4


def test_user_and_password_of_the_url_are_used() -> None:
    inbox, seen = Inbox(), []

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: LoginPassword) -> AuthResult:
        seen.append((data.login, data.password))
        return AuthResult(success=data.password == b"p@ss", handled=False)

    options = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": False}
    with smtp_server(inbox, **options) as address:
        SmtpMailer(f"smtp://bob:p%40ss@{address}", SENDER).send(HELLO)
        assert seen[-1] == (b"bob", b"p@ss")
        with pytest.raises(MailRefused):
            SmtpMailer(f"smtp://bob:wrong@{address}", SENDER).send(HELLO)
    assert len(inbox.mails) == 1


def test_encryption_that_is_asked_for_is_insisted_on() -> None:
    inbox = Inbox()
    with smtp_server(inbox) as address, pytest.raises(MailRefused):
        SmtpMailer(f"smtp://{address}?starttls", SENDER).send(HELLO)
    with smtp_server(inbox) as address, pytest.raises(MailUnavailable):
        SmtpMailer(f"smtps://{address}", SENDER).send(HELLO)
    assert inbox.mails == []


@pytest.mark.parametrize(("answer", "raised"), [("451 later", MailUnavailable), ("554 spam", MailRefused)])
def test_what_a_server_says_decides_whether_it_is_tried_again(answer: str, raised: type[Exception]) -> None:
    with smtp_server(Inbox(answer)) as address, pytest.raises(raised):
        SmtpMailer(f"smtp://{address}", SENDER).send(HELLO)


def test_an_unknown_recipient_is_refused_and_a_server_that_is_away_is_not() -> None:
    with smtp_server(Inbox()) as address, pytest.raises(MailRefused):
        SmtpMailer(f"smtp://{address}", SENDER).send(Mail("nobody@example.org", "x", "x"))
    with pytest.raises(MailUnavailable):
        SmtpMailer(f"smtp://{address}", SENDER).send(HELLO)


@pytest.mark.parametrize(
    ("to", "subject"),
    [
        ("ann@example.org\nBcc: eve@example.org", "x"), ("ann@example.org, eve@example.org", "x"), ("ann", "x"),
        ("ann@example.org", "x\r\nBcc: eve@example.org"), ("ann@example.org", "x\x00"), ("Ann <ann@example.org>", "x"),
    ],
)  # fmt: skip
def test_a_header_cannot_be_smuggled_in(to: str, subject: str) -> None:
    with pytest.raises(ValueError):
        Mail(to, subject, "text")


class SendGrid:
    """A local server in place of SendGrid's; answers: the statuses that it gives, 202 after those. elsewhere: where a redirect
    leads to. slow: how long it takes over each answer."""

    def __init__(self, *answers: int, elsewhere: str | None = None, slow: float = 0.0) -> None:
        self.requests: list[tuple[str, str | None, Any]] = []
        self.visits: list[str | None] = []
        answers_left = list(answers)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.visits.append(self.headers["Authorization"])
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_POST(self) -> None:
                time.sleep(slow)
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.requests.append((self.path, self.headers["Authorization"], body))
                self.send_response(answers_left.pop(0) if answers_left else 202)
                if elsewhere is not None:
                    self.send_header("Location", elsewhere)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> "SendGrid":
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def test_sendgrid_gets_what_its_api_asks_for() -> None:
    with SendGrid() as sendgrid:
        SendGridMailer("SG.key", SENDER, sendgrid.url).send(HELLO)
    [(path, key, body)] = sendgrid.requests
    assert (path, key) == ("/v3/mail/send", "Bearer SG.key")
    assert body["from"] == {"email": "alerts@lab.example.org", "name": "Lab"}
    assert body["personalizations"] == [{"to": [{"email": HELLO.to}]}]
    assert body["subject"] == HELLO.subject
    assert [part["type"] for part in body["content"]] == ["text/plain", "text/html"]
    assert body["content"][0]["value"] == HELLO.text


def test_a_sender_without_a_name_is_one() -> None:
    with SendGrid() as sendgrid:
        SendGridMailer("SG.key", "alerts@lab.example.org", sendgrid.url + "/").send(HELLO)
    assert sendgrid.requests[0][2]["from"] == {"email": "alerts@lab.example.org"}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_sendgrid_s_key_goes_nowhere_else(status: int) -> None:
    with SendGrid() as other, SendGrid(status, elsewhere=other.url) as sendgrid:
        with pytest.raises(MailRefused, match=str(status)):
            SendGridMailer("SG.key", SENDER, sendgrid.url).send(HELLO)
        assert (len(sendgrid.requests), other.requests, other.visits) == (1, [], [])


def test_neither_the_key_nor_what_a_mail_says_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), SendGrid() as sendgrid:
        SendGridMailer("SG.key", SENDER, sendgrid.url).send(HELLO)
    assert "SG.key" not in caplog.text
    assert "Freezer" not in caplog.text


def test_sendgrid_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailers, "TIMEOUT_SECONDS", 0.2)
    with SendGrid(slow=1.0) as sendgrid, pytest.raises(MailUnavailable):
        SendGridMailer("SG.key", SENDER, sendgrid.url).send(HELLO)
    with pytest.raises(MailUnavailable):
        SendGridMailer("SG.key", SENDER, sendgrid.url).send(HELLO)


@pytest.mark.parametrize(
    ("status", "raised"),
    [(429, MailUnavailable), (503, MailUnavailable), (401, MailRefused), (400, MailRefused), (307, MailRefused)],
)  # fmt: skip
def test_sendgrid_s_status_decides_whether_it_is_tried_again(status: int, raised: type[Exception]) -> None:
    with SendGrid(status) as sendgrid, pytest.raises(raised):
        SendGridMailer("SG.key", SENDER, sendgrid.url).send(HELLO)


def test_without_a_mail_server_mails_are_in_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    # Where the log goes has been decided by whichever test made an application first.
    log = CapturingLogger()
    monkeypatch.setattr(mailers, "log", log)
    ConsoleMailer().send(HELLO)
    (line,) = log.calls
    assert (line.method_name, line.kwargs["subject"], line.kwargs["text"]) == ("info", HELLO.subject, HELLO.text)
