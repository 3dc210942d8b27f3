"""Charts that the worker keeps drawn, and those that it posts into rooms once a day."""

from datetime import datetime

from pydantic import Field

from models.odm import Document, Id, Index
from utils.clock import now


class StoredChart(Document):
    """A sensor's chart of one range that is kept drawn.

    key: where its file is, None where it was asked for but is not drawn yet. etag: of the file. start_ms, end_ms: what it shows
    (since the epoch), shown_ms: the newest reading in it. wanted_at: when somebody last asked for it. failed_at: when it last could
    not be drawn, None where it has been since. look_at: when the worker next has to see whether it is to be drawn, None: at once.
    """

    class Settings:
        collection = "stored_charts"
        indexes = [Index("sensor_id", "range", unique=True), Index("look_at")]

    sensor_id: Id
    range: str
    format: str = "svg"
    key: str | None = None
    etag: str = ""
    size: int = 0
    start_ms: int = 0
    end_ms: int = 0
    shown_ms: int = 0
    updated_at: datetime | None = None
    wanted_at: datetime | None = None
    failed_at: datetime | None = None
    look_at: datetime | None = None


class Digest(Document):
    """A sensor's day as a chart in a room, once a day at `hour` of the time zone `tz` (an IANA name), in `created_by`'s name.

    due_at: when the next one is to be posted. failure: why the last one could not be.
    """

    class Settings:
        collection = "digests"
        indexes = [Index("sensor_id", "room_id", unique=True), Index("due_at"), Index("created_by")]

    sensor_id: Id
    room_id: Id
    hour: int
    tz: str
    created_by: Id
    due_at: datetime
    last_posted_at: datetime | None = None
    failure: str | None = None
    created_at: datetime = Field(default_factory=now)
