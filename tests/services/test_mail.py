"""Mail over a real SMTP server and to a local server that stands for SendGrid's."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from structlog.testing import CapturingLogger

from services import mail
from services.mail import ConsoleMailer, Mail, MailRefused, MailUnavailable, Outbox, SendGridMailer, SmtpMailer
from tests.support.eventually import eventually
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
    """A local server in place of SendGrid's; answers: the statuses that it gives, 202 after those."""

    def __init__(self, *answers: int) -> None:
        self.requests: list[tuple[str, str | None, Any]] = []
        answers_left = list(answers)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.requests.append((self.path, self.headers["Authorization"], body))
                self.send_response(answers_left.pop(0) if answers_left else 202)
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


@pytest.mark.parametrize(
    ("status", "raised"),
    [(429, MailUnavailable), (503, MailUnavailable), (401, MailRefused), (400, MailRefused), (307, MailRefused)],
)  # fmt: skip
def test_sendgrid_s_status_decides_whether_it_is_tried_again(status: int, raised: type[Exception]) -> None:
    with SendGrid(status) as sendgrid, pytest.raises(raised):
        SendGridMailer("SG.key", SENDER, sendgrid.url).send(HELLO)


def test_the_queue_tries_again_and_gives_nobody_a_mail_twice() -> None:
    inbox = Inbox("451 later", "451 later")
    with smtp_server(inbox) as address:
        outbox = Outbox(SmtpMailer(f"smtp://{address}", SENDER), retry_seconds=0.01)
        outbox.put(HELLO)
        eventually(lambda: inbox.mails)
    assert (len(inbox.mails), inbox.tries) == (1, 3)


def test_the_queue_goes_on_after_a_mail_that_cannot_be_sent() -> None:
    with SendGrid(400, 503, 503, 503, 503, 202) as sendgrid:
        outbox = Outbox(SendGridMailer("SG.key", SENDER, sendgrid.url), retry_seconds=0.01)
        for subject in ("refused", "given up", "sent"):
            outbox.put(Mail(HELLO.to, subject, "x"))
        eventually(lambda: len(sendgrid.requests) == 1 + mail.ATTEMPTS + 1)
    assert [body["subject"] for _, _, body in sendgrid.requests] == ["refused", *["given up"] * mail.ATTEMPTS, "sent"]


def test_a_slow_mail_server_holds_nobody_up_and_a_full_queue_says_so() -> None:
    held = threading.Event()

    class Slow:
        def send(self, mail: Mail) -> None:
            held.wait(20)

    outbox = Outbox(Slow())
    taken = [outbox.put(HELLO) for _ in range(mail._CAPACITY + 5)]
    held.set()
    assert all(taken[: mail._CAPACITY])
    assert not taken[-1]


def test_without_a_mail_server_mails_are_in_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    # Where the log goes has been decided by whichever test made an application first.
    log = CapturingLogger()
    monkeypatch.setattr(mail, "log", log)
    ConsoleMailer().send(HELLO)
    (line,) = log.calls
    assert (line.method_name, line.kwargs["subject"], line.kwargs["text"]) == ("info", HELLO.subject, HELLO.text)
