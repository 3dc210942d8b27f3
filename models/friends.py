"""Who is whose friend, who wants to be, and who wants nothing of whom."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from bson import ObjectId
from pydantic import Field

from models.odm import Document, Id, Index
from utils.chunks import chunks
from utils.clock import now

FriendshipState = Literal["pending", "accepted"]


class Friendship(Document):
    """A pair of people: one asked, and the other may have said yes.

    One document for both the request and the friendship, with one `pair_key`: two requests that cross meet here, and no
    crash can leave a person the friend of somebody who is not theirs.
    """

    class Settings:
        collection = "friendships"
        indexes = [Index("pair_key", unique=True), Index("people", "state")]

    pair_key: str
    people: list[Id] = Field(min_length=2, max_length=2)
    requested_by: Id
    state: FriendshipState = "pending"
    created_at: datetime = Field(default_factory=now)
    accepted_at: datetime | None = None

    @classmethod
    def friends_of(cls, user_id: ObjectId) -> list[ObjectId]:
        """The ids of a person's friends."""
        rows = cls.find_raw({"people": user_id, "state": "accepted"}, projection=("people",))
        return [person for row in rows for person in row["people"] if person != user_id]

    @classmethod
    def are_friends(cls, one: ObjectId, other: ObjectId) -> bool:
        return cls.exists({"pair_key": pair_key(one, other), "state": "accepted"})

    def other(self, user_id: ObjectId) -> ObjectId:
        """The one of the two who is not `user_id`."""
        return self.people[1] if self.people[0] == user_id else self.people[0]


class Block(Document):
    """`user_id` wants nothing from `blocked_id`."""

    class Settings:
        collection = "blocks"
        indexes = [Index("user_id", "blocked_id", unique=True), Index("blocked_id", "user_id")]

    user_id: Id
    blocked_id: Id
    created_at: datetime = Field(default_factory=now)

    @classmethod
    def blocked_by(cls, user_id: ObjectId) -> list[ObjectId]:
        """The ids of those whom a person blocks."""
        return [row["blocked_id"] for row in cls.find_raw({"user_id": user_id}, projection=("blocked_id",))]

    @classmethod
    def blockers_of(cls, user_id: ObjectId, among: Iterable[ObjectId]) -> set[ObjectId]:
        """Those of `among` who block a person; one query for each few thousand."""
        return {
            row["user_id"]
            for some in chunks(list(among))
            for row in cls.find_raw({"blocked_id": user_id, "user_id": {"$in": some}}, projection=("user_id",))
        }

    @classmethod
    def blocked_among(cls, user_id: ObjectId, among: Iterable[ObjectId]) -> set[ObjectId]:
        """Those of `among` whom a person blocks, the same way."""
        return {
            row["blocked_id"]
            for some in chunks(list(among))
            for row in cls.find_raw({"user_id": user_id, "blocked_id": {"$in": some}}, projection=("blocked_id",))
        }

    @classmethod
    def between(cls, one: ObjectId, other: ObjectId) -> list[ObjectId]:
        """Which of two people block the other: nobody, one or both."""
        either = {"$or": [{"user_id": one, "blocked_id": other}, {"user_id": other, "blocked_id": one}]}
        return sorted(row["user_id"] for row in cls.find_raw(either, projection=("user_id",)))


def pair_key(one: ObjectId, other: ObjectId) -> str:
    """The name of a pair of people, whichever of them is said first: "<smaller id>:<larger id>"."""
    return ":".join(sorted((str(one), str(other))))
