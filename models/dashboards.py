"""How each person arranges the sensors that they watch."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from models.odm import Document, Id, Index
from utils.clock import now

MAX_TILES = 200
TileSize = Literal["s", "m", "l"]


class Tile(BaseModel):
    """One sensor on a dashboard: how large it is shown, or that it is not."""

    model_config = ConfigDict(extra="forbid", strict=True)

    sensor_id: Id
    size: TileSize = "m"
    hidden: bool = False


class Dashboard(Document):
    """A person's tiles in their order. `version` rises with each change, so that of two pushes the newer one is known."""

    class Settings:
        collection = "dashboards"
        indexes = [Index("user_id", unique=True)]

    user_id: Id
    tiles: list[Tile] = Field(default_factory=list, max_length=MAX_TILES)
    version: int = 0
    changed_at: datetime = Field(default_factory=now)
