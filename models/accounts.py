"""People's accounts."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from models.odm import Document, Id, Index
from utils.clock import now

Role = Literal["user", "moderator", "admin"]


class User(Document):
    """An account. `username_key` and `email_key` are the folded forms in which they must be unique.

    Without `email_key` an account only claims its address: services/people/addresses.py says who has it.
    """

    class Settings:
        collection = "users"
        indexes = [
            Index("username_key", unique=True),
            Index("nickname_key"),
            Index("role", partial={"role": "admin"}),
            Index("email_key", unique=True, partial={"email_key": {"$exists": True}}),
        ]

    username: str
    username_key: str
    nickname: str
    # The folded nickname, by which people are searched for; empty where it is the folded user name.
    nickname_key: str = ""
    email: str | None = None
    email_key: str | None = None
    email_verified: bool = False
    password_hash: str
    role: Role = "user"
    locale: str | None = None
    preferences: dict[str, str | int | float | bool] = Field(default_factory=dict)
    avatar_url: str | None = None
    # Sessions carry the epoch they began in; raising it ends them all.
    session_epoch: int = 0
    banned: bool = False
    created_at: datetime = Field(default_factory=now)


class Connection(Document):
    """One live Socket.IO connection of a person, in whichever process holds it: what presence is made of.

    It is alive while its process is (models.processes), so those of a killed process stop counting and are swept; one without a
    process ended with it, in order, and counts for the grace period yet. See services.liveness for `began_at`.
    `away`: nobody is at this device.
    """

    class Settings:
        # Not "connections": earlier versions, which renewed each one, had theirs there.
        collection = "live_connections"
        indexes = [
            Index("sid", unique=True),
            Index("user_id"),
            Index("process_id", "began_at"),
        ]

    sid: str
    user_id: Id
    session_key: str
    process_id: str
    away: bool = False
    began_at: datetime = Field(default_factory=now)


class Marker(Document):
    """Something that must happen once in the life of a database, such as the first account; its id says what."""

    class Settings:
        collection = "markers"
        indexes = ()

    id: str  # type: ignore[assignment]  # a document may have an id of its own type
    value: str = ""
