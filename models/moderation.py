"""What those who run a room decide: who may not come, who is asked to come, and which rooms are to vanish."""

from datetime import datetime

from pydantic import Field

from models.odm import Document, Id, Index
from utils.clock import now


class Ban(Document):
    """A person who may not join a room, for good or `until` a moment. Whoever is banned has no membership of that room."""

    class Settings:
        collection = "bans"
        indexes = [
            Index("room_id", "user_id", unique=True),
            Index("user_id"),
            Index("until", ttl_seconds=0),
        ]

    room_id: Id
    user_id: Id
    reason: str = ""
    banned_by: Id | None = None
    until: datetime | None = None
    created_at: datetime = Field(default_factory=now)


class Invitation(Document):
    """A person who is asked into a room; joining or declining ends it."""

    class Settings:
        collection = "invitations"
        indexes = [
            Index("room_id", "user_id", unique=True),
            Index("user_id"),
        ]

    room_id: Id
    user_id: Id
    invited_by: Id
    created_at: datetime = Field(default_factory=now)


class RoomRemoval(Document):
    """A room (`id` is its id) that is deleted, while what was in it is still being removed. See services/rooms/removal.py."""

    class Settings:
        collection = "room_removals"
        indexes = [Index("created_at")]

    # Only where nobody is left in it: who comes in meanwhile keeps the room.
    if_empty: bool = False
    created_at: datetime = Field(default_factory=now)
