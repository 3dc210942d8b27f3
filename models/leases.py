"""Leases: which process may do what only one may do at a time."""

from datetime import datetime

from models.odm import Document


class Lease(Document):
    """The right to do what the id names, held by `owner` until `expires_at`.

    fence rises each time that the lease changes hands: what is written under an older one can be told and refused.
    """

    class Settings:
        collection = "leases"
        indexes = ()

    id: str  # type: ignore[assignment]  # not every id is an ObjectId
    owner: str
    fence: int
    expires_at: datetime
