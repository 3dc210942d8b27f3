"""Charts that are kept drawn, and those that are posted once a day, on the wire."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from models.charts import Digest, StoredChart
from schemas.base import IdText, Payload, TimeText, WireId, ZoneName, time_text


class CreateDigest(Payload):
    """hour: of the clock in `tz` (an IANA name), at which the day before it is posted."""

    room_id: WireId
    hour: Annotated[int, Field(ge=0, le=23)]
    tz: ZoneName = "UTC"


class StoredChartView(TypedDict):
    """start, end: what it shows, in ms since the epoch. size: in bytes."""

    sensor_id: IdText
    range: str
    format: Literal["svg"]
    url: str
    etag: str
    size: int
    start: int
    end: int
    updated_at: TimeText


class StoredChartPage(TypedDict):
    items: list[StoredChartView]
    next: str | None


class DigestView(TypedDict):
    """next_at: when it is posted next. failure: why it could not be the last time."""

    id: IdText
    sensor_id: IdText
    room_id: IdText
    hour: int
    tz: str
    created_by: IdText
    next_at: TimeText
    last_posted_at: TimeText | None
    failure: str | None
    created_at: TimeText


class DigestAnswer(TypedDict):
    digest: DigestView


class DigestPage(TypedDict):
    items: list[DigestView]
    next: str | None


def digest_view(digest: Digest) -> DigestView:
    """A digest, for those whom it concerns."""
    return {
        "id": str(digest.id), "sensor_id": str(digest.sensor_id), "room_id": str(digest.room_id), "hour": digest.hour,
        "tz": digest.tz, "created_by": str(digest.created_by), "next_at": time_text(digest.due_at) or "",
        "last_posted_at": time_text(digest.last_posted_at), "failure": digest.failure,
        "created_at": time_text(digest.created_at) or "",
    }  # fmt: skip


def stored_chart_view(chart: StoredChart, *, url: str) -> StoredChartView:
    """A chart that is kept drawn, and where it is to be had."""
    return {
        "sensor_id": str(chart.sensor_id), "range": chart.range, "format": "svg", "url": url, "etag": chart.etag,
        "size": chart.size, "start": chart.start_ms, "end": chart.end_ms, "updated_at": time_text(chart.updated_at) or "",
    }  # fmt: skip
