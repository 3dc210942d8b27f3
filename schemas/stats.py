"""What administrators see of the installation's inside, on the wire."""

from typing import Literal

from typing_extensions import TypedDict

from schemas.base import TimeText


class LeaseView(TypedDict):
    """Who does what only one process may do at a time; owner: that process's name, null where nobody does."""

    name: str
    owner: str | None
    expires_at: TimeText | None


class ReadingStats(TypedDict):
    """accepted, duplicates, rejected: in this process since it started; accepted_per_second: its mean of the last minute.

    watermark: up to when all that was acknowledged is in the rollups; lag_seconds: how long ago that is; waiting: marks of
    batches that are not.
    """

    accepted: int
    duplicates: int
    rejected: int
    accepted_per_second: float
    watermark: TimeText
    lag_seconds: float
    waiting: int


class StorageStats(TypedDict):
    """documents: how many of each collection there are; bytes: of all on disk; counted_at: they are counted once a minute."""

    documents: dict[str, int]
    bytes: int
    counted_at: TimeText


class ConnectionStats(TypedDict):
    """people, devices: who is online, in all processes; of devices also those that send without a connection.

    lines: live connections, of which one may have several.
    """

    people: int
    devices: int
    lines: int


class MailStats(TypedDict):
    """backend: who sends mails (console: nobody, they are printed to the log); links: whether they can hold links to the page."""

    backend: Literal["console", "smtp", "sendgrid"]
    links: bool


class StatsAnswer(TypedDict):
    readings: ReadingStats
    storage: StorageStats
    leases: list[LeaseView]
    connections: ConnectionStats
    mail: MailStats
