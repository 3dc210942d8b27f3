"""Rooms, who is in them, and what was said: every conversation, whatever it is shown as."""

from datetime import datetime
from typing import Literal

from bson import ObjectId
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
            Index("pair_key", unique=True, partial={"pair_key": {"$exists": True}}),
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
    # When the newest message came: what a person's conversations are sorted by. None before the first.
    active_at: datetime | None = None
    created_at: datetime = Field(default_factory=now)
    # Of a direct room: the two people ("<smaller id>:<larger id>"), which of them blocks the other or is gone (nobody may
    # write then), and which of them take no messages from the other because they are not friends. See services/direct.py.
    pair_key: str | None = None
    closed_by: list[Id] = Field(default_factory=list, max_length=2)
    friends_only: list[Id] = Field(default_factory=list, max_length=2)

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
        return is_admin or all(person == user_id for person in self.friends_only)


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
