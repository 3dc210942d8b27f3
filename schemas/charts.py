"""Charts on the wire: what is asked of one, those that are kept drawn, and those that are posted once a day."""

from typing import Annotated, Literal, NotRequired

from pydantic import BeforeValidator, Field, WithJsonSchema
from typing_extensions import TypedDict

from models.charts import Digest, StoredChart
from schemas.base import IdText, Payload, QueryParameters, TimeText, WireId, ZoneName, time_text
from schemas.readings import Moment

MAX_CHARTED = 6
ChartRange = Literal["1h", "24h", "7d", "30d", "1y"]
ChartKind = Literal["trend", "heatmap", "distribution"]
SensorIds = Annotated[
    list[WireId],
    BeforeValidator(lambda value: value.split(",") if isinstance(value, str) else value),
    Field(min_length=1, max_length=MAX_CHARTED),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9a-f]{24}(,[0-9a-f]{24})*$"}),
]


class ChartQuery(QueryParameters):
    """What to draw and how. Without `range`, `start` and `end`: the last 24 hours."""

    kind: ChartKind = "trend"
    range: ChartRange | None = None
    start: Moment | None = None
    end: Moment | None = None
    theme: Literal["light", "dark"] = "light"
    locale: Literal["en", "zh-CN"] = "en"
    tz: Annotated[str, Field(max_length=64)] | None = None
    width: Annotated[int, Field(ge=120, le=2000)] = 760
    height: Annotated[int, Field(ge=60, le=1200)] = 300


class PictureQuery(ChartQuery):
    """scale: pixels of the picture per CSS pixel."""

    scale: Annotated[float, Field(ge=0.5, le=4)] = 2


class SeveralChartQuery(ChartQuery):
    sensors: SensorIds


class ChartUpdatedEvent(TypedDict):
    """What a chart shows from `start` to `end`, in ms, is another than before.

    With a range: the chart that is kept of it has been drawn again, and is at `url`.
    """

    sensor_id: IdText
    start: int
    end: int
    range: NotRequired[ChartRange]
    format: NotRequired[Literal["svg"]]
    url: NotRequired[str]
    etag: NotRequired[str]


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
