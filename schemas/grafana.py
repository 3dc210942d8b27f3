"""What Grafana's JSON data sources send and expect: https://grafana.com/grafana/plugins/simpod-json-datasource/"""

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from schemas.base import Payload

MAX_POINTS = 5_000
MAX_TARGETS = 50


class Tolerant(Payload):
    """Grafana sends more than it says, and more with each version."""

    model_config = ConfigDict(extra="ignore", strict=False)


class Search(Tolerant):
    target: Any = ""


class Range(Tolerant):
    """Both RFC 3339."""

    start: Annotated[datetime, Field(alias="from")]
    end: Annotated[datetime, Field(alias="to")]


class Target(Tolerant):
    """target: the id of a sensor, or its whole name, as a search gives them."""

    target: Annotated[str, Field(max_length=400)] = ""
    ref_id: Annotated[str, Field(alias="refId", max_length=50)] = ""
    hide: bool = False


class Query(Tolerant):
    range: Range
    targets: Annotated[list[Target], Field(max_length=MAX_TARGETS)] = []
    max_points: Annotated[int, Field(alias="maxDataPoints", ge=1)] = 1_000


class Found(TypedDict):
    """label and text are the same, for the two plug-ins that there are."""

    text: str
    label: str
    value: str


class Series(TypedDict):
    """datapoints: [value, ts in ms]."""

    target: str
    refId: str
    datapoints: list[tuple[float, int]]
