"""How long readings and rollups are kept, on the wire."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from models.devices import SensorRetention
from schemas.base import Payload

MAX_DAYS = 36_500
RetentionDays = Annotated[int, Field(ge=0, le=MAX_DAYS)]


class UpdateRetention(Payload):
    """Days that readings, minutes, hours and days are kept, 0 for ever; what is left out is as the installation has it.

    None is kept for longer than the next wider one: raw_days <= minute_days <= hour_days <= day_days.
    """

    raw_days: RetentionDays | None = None
    minute_days: RetentionDays | None = None
    hour_days: RetentionDays | None = None
    day_days: RetentionDays | None = None


class OwnRetention(TypedDict):
    """Days that a sensor has of its own; None: as the installation has it."""

    raw_days: int | None
    minute_days: int | None
    hour_days: int | None
    day_days: int | None


class RetentionView(TypedDict):
    """Days that readings, minutes, hours and days are kept; 0: for ever."""

    raw_days: int
    minute_days: int
    hour_days: int
    day_days: int


def own_retention_view(own: SensorRetention | None) -> OwnRetention:
    """What a sensor has of its own; None: nothing."""
    own = own or SensorRetention()
    return {"raw_days": own.raw_days, "minute_days": own.minute_days, "hour_days": own.hour_days, "day_days": own.day_days}
