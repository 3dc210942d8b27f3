"""Links that let whoever holds them do one thing to an account, such as setting its password."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from models.odm import Document, Id, Index
from utils.clock import now

Purpose = Literal["verify_email", "reset_password"]


class MailedLink(Document):
    """One link. Only the SHA-256 of its token is here: whoever reads the database cannot use it.

    `email`: the address that it was mailed to; None where an administrator handed it over.
    """

    class Settings:
        collection = "mailed_links"
        indexes = [
            Index("token_hash", unique=True),
            Index("user_id"),
            Index("expires_at", ttl_seconds=0),
        ]

    purpose: Purpose
    token_hash: str
    user_id: Id
    email: str | None = None
    expires_at: datetime
    created_at: datetime = Field(default_factory=now)
