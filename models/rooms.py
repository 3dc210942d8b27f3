"""Rooms, who is in them, and what was said: every conversation, whatever it is shown as."""

from datetime import datetime
from typing import Literal

from bson import ObjectId
from pydantic import BaseModel, ConfigDict, Field

from models.odm import ASC, DESC, Document, Id, Index, UtcDatetime
from utils.clock import now

RoomKind = Literal["group", "topic", "direct"]
Visibility = Literal["public", "private"]
MemberRole = Literal["owner", "moderator", "member"]
MAX_NAME_TERMS = 80
# The slug of the room that every installation starts with.
LOBBY = "lobby"


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
