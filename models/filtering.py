"""The words that a deployment does not want to read, and what was noticed because of them."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from models.odm import Document, Id, Index
from utils.clock import now
from utils.content_filter import Action, Where

MAX_FLAGGED_WORDS = 20
FlaggedKind = Literal["message", "room_name", "room_topic", "nickname", "username"]


class FilteredWord(Document):
    """One entry of the list; `key` is its folded form, in which it is there once. language is for whoever reads the list."""

    class Settings:
        collection = "filtered_words"
        indexes = [Index("key", unique=True)]

    word: str
    key: str
    action: Action
    where: Where = "word"
    language: str | None = None
    added_by: Id | None = None
    created_at: datetime = Field(default_factory=now)


class ModerationFlag(Document):
    """Something that was let through and is to be looked at: a message, or a name that `user_id` gave to something.

    text: a name as it was given; a message's text is not kept a second time, so that deleting it deletes it.
    """

    class Settings:
        collection = "moderation_flags"
        indexes = [Index("resolved", "_id"), Index("message_id")]

    kind: FlaggedKind
    user_id: Id
    username: str
    words: list[str] = Field(max_length=MAX_FLAGGED_WORDS)
    room_id: Id | None = None
    message_id: Id | None = None
    seq: int | None = None
    text: str | None = None
    resolved: bool = False
    resolved_by: Id | None = None
    resolved_at: datetime | None = None
    created_at: datetime = Field(default_factory=now)
