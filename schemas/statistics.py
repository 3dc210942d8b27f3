"""What a range of readings comes to, on the wire."""

from typing_extensions import TypedDict

from schemas.base import QueryParameters
from schemas.charts import ChartRange
from schemas.readings import Moment


class StatisticsQuery(QueryParameters):
    """Without `range`, `start` and `end`: the last 24 hours, as of a chart."""

    range: ChartRange | None = None
    start: Moment | None = None
    end: Moment | None = None


class Statistics(TypedDict):
    """first, last: the values of the earliest and the latest reading."""

    count: int
    min: float
    max: float
    mean: float
    first: float
    last: float


class StatisticsAnswer(TypedDict):
    """statistics: null where the range has no readings. start, end: the range, in ms."""

    statistics: Statistics | None
    start: int
    end: int
