"""Mails on their way, as administrators see them: never what they say, since that may let its reader into an account."""

from typing_extensions import TypedDict

from models.mails import OutgoingMail
from models.tasks import TaskStatus
from schemas.base import IdText, PageQuery, TimeText, time_text


class MailQuery(PageQuery):
    status: TaskStatus | None = None


class MailView(TypedDict):
    """status: done is sent, failed is given up. due_at: of a queued one, when it is tried next. retriable: whether it can be sent
    still. error: why it could not be sent the last time."""

    id: IdText
    to: str
    subject: str
    status: TaskStatus
    attempts: int
    due_at: TimeText | None
    retriable: bool
    error: str | None
    worker: str | None
    created_at: TimeText
    finished_at: TimeText | None
    expires_at: TimeText


class MailAnswer(TypedDict):
    mail: MailView


class MailPage(TypedDict):
    """queue_depth: how many wait in the queue, null where it cannot be reached; counts: mails of the last days by state."""

    items: list[MailView]
    next: str | None
    queue_depth: int | None
    counts: dict[str, int]


def mail_view(mail: OutgoingMail) -> MailView:
    """A mail without its text."""
    return {
        "id": str(mail.id), "to": mail.to, "subject": mail.subject, "status": mail.status, "attempts": mail.attempts,
        "due_at": time_text(mail.due_at) if mail.status == "queued" else None,
        "retriable": mail.status in ("queued", "failed") and mail.text is not None, "error": mail.error, "worker": mail.worker,
        "created_at": time_text(mail.created_at) or "", "finished_at": time_text(mail.finished_at),
        "expires_at": time_text(mail.expires_at) or "",
    }  # fmt: skip
