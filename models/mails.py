"""Mails that wait to be sent, and what became of those that did."""

from datetime import datetime

from models.odm import Index
from models.tasks import Task


class OutgoingMail(Task):
    """A mail to one person. status: done when it was handed to whoever delivers it, failed when it was given up.

    text: gone once the mail is sent or its time is over, since it may hold a link that lets its reader in. until: when it is not
    worth sending any more. due_at: when it is tried again. error: why it could not be sent the last time.
    """

    class Settings:
        collection = "mails"
        indexes = [
            Index("status", "seen_at"),
            Index("expires_at", ttl_seconds=0),
        ]

    to: str
    subject: str
    text: str | None = None
    until: datetime | None = None
    due_at: datetime | None = None
    error: str | None = None
