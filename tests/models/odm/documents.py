"""The documents that the tests of the ODM store."""

from datetime import UTC, datetime
from enum import Enum
from typing import Any, Literal

from pydantic import BaseModel, Field

from models.odm import ASC, DESC, Document, Id, Index

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LATER = datetime(2126, 11, 20, 12, 0, tzinfo=UTC)


class Level(Enum):
    LOW = 1
    HIGH = 2


class Stats(BaseModel):
    score: int = 0
    label: str | None = None


class Part(BaseModel):
    name: str
    size: int = 0


class Note(Document):
    """A document with a field of each type, and an index of each kind."""

    class Settings:
        collection = "notes"
        indexes = [
            Index("name"),
            Index("kind", ("rank", DESC)),
            Index("slug", unique=True, partial={"slug": {"$exists": True}}),
            Index("tags"),
            Index("stats.score"),
            Index("expires_at", ttl_seconds=0),
            Index("at"),
        ]

    name: str = ""
    kind: str = "plain"
    rank: int = 0
    weight: float = 0.0
    done: bool = False
    slug: str | None = None
    tags: list[str] = Field(default_factory=list)
    numbers: list[int] = Field(default_factory=list)
    stats: Stats = Field(default_factory=Stats)
    parts: list[Part] = Field(default_factory=list)
    extra: dict[str, Any] = Field(default_factory=dict)
    level: Level = Level.LOW
    mood: Literal["good", "bad"] | None = None
    owner: Id | None = None
    blob: bytes | None = None
    at: datetime = NOON
    expires_at: datetime | None = None


class Member(Document):
    """Refers by ids, with a compound unique index."""

    class Settings:
        collection = "members"
        indexes = [Index("room_id", "user_id", unique=True), Index("user_id")]

    room_id: Id
    user_id: Id
    role: str = "member"
    seen: int = 0


class Seat(Document):
    """Unique by a field that may be missing, by plain values, and by the elements of a list."""

    class Settings:
        collection = "seats"
        indexes = [
            Index("row", "number", unique=True),
            Index("holder", unique=True),
            Index("labels", unique=True),
        ]

    row: str
    number: int
    holder: str | None = None
    labels: list[str] = Field(default_factory=list)


class Counter(Document):
    """Has an id of its own making, and constraints."""

    class Settings:
        collection = "counters"
        indexes = ()

    id: str  # type: ignore[assignment]
    value: int = Field(default=0, ge=0, le=1000)
    seen: list[int] = Field(default_factory=list, max_length=3)


class Sample(Document):
    """A measured value at a time, as sensors send them."""

    class Settings:
        collection = "samples"
        indexes = [Index("sensor", ("ts", ASC), unique=True), Index("sensor", "at")]

    sensor: str
    ts: int
    at: datetime = NOON
    value: float | None = None


class Rollup(Document):
    """Has fields with the names of class methods."""

    class Settings:
        collection = "rollups"
        indexes = [Index("sensor", "count")]

    sensor: str
    count: int  # type: ignore[assignment]
    exists: bool = True  # type: ignore[assignment]
