"""Rooms, who is in them, and what was said: every conversation, whatever it is shown as."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from models.odm import ASC, DESC, Document, Id, Index
from utils.clock import now

RoomKind = Literal["group", "topic", "direct"]
Visibility = Literal["public", "private"]
MemberRole = Literal["owner", "moderator", "member"]
MessageKind = Literal["text", "join", "leave", "chart", "alert", "system"]


class Room(Document):
    """A conversation. `member_count` and `last_seq` are counters kept by the services; see docs/messages.md."""

    class Settings:
        collection = "rooms"
        indexes = [
            Index("visibility", "kind", "name_key"),
            Index("topic_id", unique=True, partial={"topic_id": {"$exists": True}}),
            Index("slug", unique=True, partial={"slug": {"$exists": True}}),
        ]

    name: str
    name_key: str
    kind: RoomKind = "group"
    # What the platform itself calls a room that it looks for, such as "lobby"; a user's room has none.
    slug: str | None = None
    topic_id: Id | None = None
    owner_id: Id | None = None
    capacity: int
    member_count: int = 0
    visibility: Visibility = "public"
    last_seq: int = 0
    created_at: datetime = Field(default_factory=now)


class Member(Document):
    """One person's membership of one room: the nickname used there, the role, and the one read pointer."""

    class Settings:
        collection = "members"
        indexes = [
            Index("room_id", "user_id", unique=True),
            Index("room_id", "nickname_key", unique=True),
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


class Message(Document):
    """One message. `seq` counts within the room without holes; (room, author, client_id) makes a send repeatable."""

    class Settings:
        collection = "messages"
        indexes = [
            Index(("room_id", ASC), ("seq", DESC), unique=True),
            Index("room_id", "author_id", "client_id", unique=True, partial={"client_id": {"$exists": True}}),
        ]

    room_id: Id
    seq: int
    author_id: Id
    author_username: str
    nickname: str
    kind: MessageKind = "text"
    body: str = ""
    client_id: str | None = None
    reply_to: Id | None = None
    created_at: datetime = Field(default_factory=now)
    edited_at: datetime | None = None
    deleted: bool = False
