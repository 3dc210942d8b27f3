"""Dashboards: one a person, the same on all of their devices. Of two changes at once the later one counts, whole."""

from typing import Any

from bson import ObjectId

from models.accounts import User
from models.dashboards import Dashboard
from models.odm import DuplicateKey
from schemas.dashboards import DashboardView, TilePayload, dashboard_view
from services.push import push, user_room
from utils.clock import now


def show(user: User) -> DashboardView:
    """The person's dashboard."""
    return dashboard_view(Dashboard.find_one({"user_id": user.id}))


def arrange(user: User, tiles: list[TilePayload]) -> DashboardView:
    """Replace the person's tiles and tell their devices. A tile of a sensor that is gone, or not theirs to see, shows nothing."""
    stored = [{"sensor_id": tile.sensor_id, "size": tile.size, "hidden": tile.hidden} for tile in tiles]
    changes: dict[str, dict[str, Any]] = {
        "$set": {"tiles": stored, "changed_at": now()},
        "$inc": {"version": 1},
    }
    while True:
        try:
            arranged = Dashboard.find_one_and_update({"user_id": user.id}, changes, upsert=True)
        except DuplicateKey:  # another device of theirs made the first one at the same moment
            continue
        view = dashboard_view(arranged)
        push().publish(user_room(user.id), "dashboard_updated", {"dashboard": view})
        return view


def forget(user_id: ObjectId) -> None:
    """Remove the dashboard of an account that ends."""
    Dashboard.delete_many({"user_id": user_id})
