"""Messages, and what belongs to them: reactions, earlier versions of the text, and who is to be told."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from models.alert_facts import AlertFacts, AlertState
from models.odm import ASC, DESC, Document, Id, Index
from utils.clock import now
from utils.text_terms import MAX_TERMS

NotificationKind = Literal["mention", "reply", "invitation", "friend_request", "friend_accepted", "alert", "report", "system"]
NOTIFICATION_DAYS = 90


MessageKind = Literal["text", "join", "leave", "chart", "alert", "system"]
MAX_CHART_POINTS = 200


class Attachment(BaseModel):
    """A file that a message carries; `id` is that of the stored file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Id
    name: str
    media_type: str
    size: int


class ReactionTotal(BaseModel):
    """How many people reacted with one emoji, and the ids of the first of them."""

    model_config = ConfigDict(extra="forbid", strict=True)

    emoji: str
    count: int
    user_ids: list[Id] = Field(max_length=20)


class ChartSnapshot(BaseModel):
    """A sensor's readings from start_ms to end_ms (since the epoch) as they were when somebody posted them: [ts_ms, value] each."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    sensor_id: Id
    name: str
    unit: str
    start_ms: int
    end_ms: int
    points: list[tuple[int, float]] = Field(max_length=MAX_CHART_POINTS)


class AlertSnapshot(AlertFacts):
    """What a message of kind alert says, so that a page can say it in its reader's language.

    revision: of the alert that it shows; a message goes from one to a later one only. turn: of a message that answers the
    alert's, that it fires again, or is over; such a one is about that occurrence.
    """

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    alert_id: Id
    name: str
    state: AlertState
    acknowledged_by: str | None = None
    turn: Literal["again", "over"] | None = None


class Message(Document):
    """One message. `seq` counts within the room without holes; (room, author, client_id) makes a send repeatable."""

    class Settings:
        collection = "messages"
        indexes = [
            Index(("room_id", ASC), ("seq", DESC), unique=True),
            Index("room_id", "author_id", "client_id", unique=True, partial={"client_id": {"$exists": True}}),
            # What search reads: a room's messages with a term, newest first.
            Index(("room_id", ASC), ("terms", ASC), ("created_at", DESC)),
        ]

    room_id: Id
    seq: int
    author_id: Id
    author_username: str
    nickname: str
    kind: MessageKind = "text"
    # "action": what the author does, told in the third person (/me waves).
    style: Literal["action"] | None = None
    body: str = ""
    # What search finds it by; see utils/text_terms.py.
    terms: list[str] = Field(default_factory=list, max_length=MAX_TERMS)
    # Of a message of kind chart or alert: what the sensor showed when it was posted.
    chart: ChartSnapshot | None = None
    # Of a message of kind alert: what it is about. It changes with the alert; see docs/alerts.md.
    alert: AlertSnapshot | None = None
    client_id: str | None = None
    reply_to: Id | None = None
    created_at: datetime = Field(default_factory=now)
    edited_at: datetime | None = None
    # How often the text was changed; None: never. The texts before are MessageEdits.
    edits: int | None = None
    deleted: bool = False
    # Who is meant by the @s of the text, as was found when it was stored; mentions_room: everyone in the room is.
    mentions: list[Id] = Field(default_factory=list, max_length=50)
    mentions_room: bool = False
    attachments: list[Attachment] = Field(default_factory=list, max_length=10)
    # A summary of the Reactions; each change of it counts up `reactions_version`. See services/messaging/reactions.py.
    reactions: list[ReactionTotal] = Field(default_factory=list, max_length=20)
    reactions_version: int | None = None


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
