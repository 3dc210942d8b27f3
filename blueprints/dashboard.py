"""/api/dashboard: which sensors one watches, in which order and how large."""

from typing import Any

from blueprints.api import Api
from blueprints.identity import current_user
from schemas.dashboards import ArrangeDashboard, DashboardAnswer
from services.telemetry import dashboards

api = Api("dashboard", "/api/dashboard")


@api.get("", answer=DashboardAnswer)
def show() -> Any:
    """One's own dashboard. Sensors that it does not name come after those that it does."""
    return {"dashboard": dashboards.show(current_user())}


@api.put("", body=ArrangeDashboard, answer=DashboardAnswer)
def arrange(body: ArrangeDashboard) -> Any:
    """Replace one's own dashboard; one's other devices are told by `dashboard_updated`."""
    return {"dashboard": dashboards.arrange(current_user(), body.tiles)}
