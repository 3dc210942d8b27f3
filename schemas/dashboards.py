"""A person's dashboard on the wire."""

from typing import Annotated

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from models.dashboards import MAX_TILES, Dashboard, TileSize
from schemas.base import IdText, Payload, WireId


class TilePayload(Payload):
    sensor_id: WireId
    size: TileSize = "m"
    hidden: bool = False


def _check_tiles(tiles: list[TilePayload]) -> list[TilePayload]:
    if len({tile.sensor_id for tile in tiles}) < len(tiles):
        raise ValueError("Give each sensor once.")
    return tiles


class ArrangeDashboard(Payload):
    """All tiles in their order; sensors that are not among them come after these."""

    tiles: Annotated[list[TilePayload], Field(max_length=MAX_TILES), AfterValidator(_check_tiles)]


class TileView(TypedDict):
    sensor_id: IdText
    size: TileSize
    hidden: bool


class DashboardView(TypedDict):
    """version: rises with each change; 0 where nothing was arranged yet."""

    tiles: list[TileView]
    version: int


class DashboardAnswer(TypedDict):
    dashboard: DashboardView


def dashboard_view(dashboard: Dashboard | None) -> DashboardView:
    """A dashboard; None: of somebody who has not arranged one."""
    if dashboard is None:
        return {"tiles": [], "version": 0}
    tiles: list[TileView] = [
        {"sensor_id": str(tile.sensor_id), "size": tile.size, "hidden": tile.hidden} for tile in dashboard.tiles
    ]
    return {"tiles": tiles, "version": dashboard.version}
