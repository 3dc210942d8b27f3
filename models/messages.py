"""What belongs to a message: reactions, earlier versions of its text, and who is to be told of it."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from models.odm import ASC, DESC, Document, Id, Index
from utils.clock import now

NotificationKind = Literal["mention", "reply", "invitation", "friend_request", "friend_accepted", "alert", "report", "system"]
NOTIFICATION_DAYS = 90


class Reaction(Document):
    """One person's emoji on one message. What a message shows of them is summed up in Message.reactions."""

    class Settings:
        collection = "reactions"
        indexes = [
            Index("message_id", "user_id", "emoji", unique=True),
            Index("message_id", "emoji", "created_at"),
        ]

    message_id: Id
    user_id: Id
    emoji: str
    created_at: datetime = Field(default_factory=now)


class MessageEdit(Document):
    """The text that a message had as its `version`, 0 being what was sent first; it never changes."""

    class Settings:
        collection = "message_edits"
        indexes = [Index("message_id", "version", unique=True)]

    message_id: Id
    version: int
    body: str
    # When this text was replaced.
    replaced_at: datetime = Field(default_factory=now)


class Notification(Document):
    """One person's notice of something that happened, for 90 days. `event_id` names what happened, the same for all whom it
    concerns: nobody is told twice of one thing, and all copies of a notice can be found again."""

    class Settings:
        collection = "notifications"
        indexes = [
            Index(("user_id", ASC), ("event_id", DESC), unique=True),
            Index(("user_id", ASC), ("read", ASC), ("event_id", DESC)),
            Index("event_id"),
            Index("created_at", ttl_seconds=NOTIFICATION_DAYS * 86_400),
        ]

    user_id: Id
    event_id: Id
    kind: NotificationKind
    actor_id: Id | None = None
    actor_username: str | None = None
    # As they were called where it happened; None in notices from before it was kept.
    actor_nickname: str | None = None
    room_id: Id | None = None
    message_id: Id | None = None
    read: bool = False
    created_at: datetime = Field(default_factory=now)
