"""Rooms, who is in them, and what was said: every conversation, whatever it is shown as."""

from datetime import datetime
from typing import Literal

from bson import ObjectId
from pydantic import BaseModel, ConfigDict, Field

from models.odm import ASC, DESC, Document, Id, Index, UtcDatetime
from utils.clock import now
from utils.text_terms import MAX_TERMS

RoomKind = Literal["group", "topic", "direct"]
Visibility = Literal["public", "private"]
MemberRole = Literal["owner", "moderator", "member"]
MAX_NAME_TERMS = 80
# The slug of the room that every installation starts with.
LOBBY = "lobby"
MAX_CHART_POINTS = 200
MessageKind = Literal["text", "join", "leave", "chart", "alert", "system"]


class Departed(BaseModel):
    """Somebody whose account is gone, as they were called when they went; at: when that was, where it was noted."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Id
    username: str
    nickname: str
    at: UtcDatetime | None = None


class Room(Document):
    """A conversation. `member_count` is a counter kept by the services; `last_seq` and `active_at` are written behind the messages,
    and may be less than what is so: services/rooms/newest.py."""

    class Settings:
        collection = "rooms"
        indexes = [
            Index("visibility", "kind", "name_key"),
            Index("name_terms"),
            Index("topic_id", unique=True, partial={"topic_id": {"$exists": True}}),
            Index("slug", unique=True, partial={"slug": {"$exists": True}}),
            Index("pair_key", unique=True, partial={"pair_key": {"$exists": True}}),
            # On SQLite an indexed field is a column: how far some thousand rooms of one's own have come is read without decoding.
            Index("active_at", "last_seq"),
        ]

    name: str
    name_key: str
    # The folded name from the start of each of its words: what a search looks for the beginnings of.
    name_terms: list[str] = Field(default_factory=list, max_length=MAX_NAME_TERMS)
    kind: RoomKind = "group"
    # What the platform itself calls a room that it looks for, such as "lobby"; a user's room has none.
    slug: str | None = None
    topic_id: Id | None = None
    owner_id: Id | None = None
    capacity: int
    member_count: int = 0
    visibility: Visibility = "public"
    # How long members other than moderators and the owner wait from one message to the next; 0 for not at all.
    slow_mode_seconds: int = 0
    # Whether every member of a private room may invite, or only its moderators and owner.
    members_can_invite: bool = False
    # What it is about, as its moderators say in one line.
    topic: str | None = None
    last_seq: int = 0
    # When the newest message came: what a person's conversations are sorted by. None before the first.
    active_at: datetime | None = None
    created_at: datetime = Field(default_factory=now)
    # Of a direct room: the two people ("<smaller id>:<larger id>"), which of them blocks the other or is gone (nobody may
    # write then), which of them take messages from friends only while the other is none, and which of those wrote all the
    # same and so get answers. See services/messaging/direct.py.
    pair_key: str | None = None
    closed_by: list[Id] = Field(default_factory=list, max_length=2)
    friends_only: list[Id] = Field(default_factory=list, max_length=2)
    opened_by: list[Id] = Field(default_factory=list, max_length=2)
    # Those of the two whose account is gone: what they were called is kept nowhere else.
    departed: list[Departed] = Field(default_factory=list)

    @property
    def is_lobby(self) -> bool:
        """Whether it is the room that every installation starts with."""
        return self.slug == LOBBY

    def pair(self) -> tuple[ObjectId, ObjectId]:
        """The two people of a direct room. Raises ValueError for any other room."""
        first, _, second = (self.pair_key or "").partition(":")
        if not second:
            raise ValueError("not a direct room")
        return ObjectId(first), ObjectId(second)

    def takes_messages_from(self, user_id: ObjectId, *, is_admin: bool = False) -> bool:
        """Whether a member may write here: always, but for a direct room whose other person does not want it."""
        if self.closed_by:
            return False
        return is_admin or all(person == user_id or person in self.opened_by for person in self.friends_only)


class Member(Document):
    """One person's membership of one room: the nickname used there, the role, and the one read pointer, which may be before one's
    own newest words: services/rooms/newest.py."""

    class Settings:
        collection = "members"
        indexes = [
            Index("room_id", "user_id", unique=True),
            Index("room_id", "nickname_key", unique=True),
            # In descending order the names of the roles happen to be by rank: owner, moderator, member.
            Index(("room_id", ASC), ("role", DESC), ("nickname_key", ASC)),
            Index("user_id"),
        ]

    room_id: Id
    user_id: Id
    nickname: str
    nickname_key: str
    role: MemberRole = "member"
    last_read_seq: int = 0
    muted: bool = False
    joined_at: datetime = Field(default_factory=now)


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


class AlertSnapshot(BaseModel):
    """What a message of kind alert says, so that a page can say it in its reader's language; as schemas.alerts.AlertView.

    revision: of the alert that it shows; a message goes from one to a later one only. threshold, value, peak: in `unit`, of a
    rate in the unit a minute. started_at: from when the condition holds. turn: of a message that answers the alert's, that it
    fires again, or is over; such a one is about that occurrence.
    """

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    alert_id: Id
    revision: int
    rule_id: Id
    rule_name: str | None = None
    sensor_id: Id
    name: str
    unit: str
    when: Literal["above", "below", "silent", "rate"]
    threshold: float | None = None
    for_seconds: int
    window_seconds: int
    severity: Literal["info", "warning", "critical"]
    state: Literal["firing", "acknowledged", "resolved"]
    value: float | None = None
    peak: float | None = None
    occurrences: int = 1
    started_at: UtcDatetime
    resolved_at: UtcDatetime | None = None
    ended_by: str | None = None
    acknowledged_by: str | None = None
    acknowledged_at: UtcDatetime | None = None
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
