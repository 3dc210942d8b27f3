"""Readings for Prometheus and Grafana, signed by a session or a device's token.

Prometheus scrapes /api/sensors/metrics (`authorization: {credentials: <token>}`). Grafana reads through a JSON data source with the
address http://host:port/api/grafana and the header `Authorization: Bearer <token>`.
"""

from typing import Any

from flask import Response

from blueprints.api import Api
from blueprints.identity import current_reader
from models.readings import MAX_TS
from schemas.grafana import MAX_POINTS, Found, Query, Search, Series
from services.charting import exposition

api = Api("grafana", "/api")


@api.get("/sensors/metrics", auth="reader", media_types=("text/plain; version=0.0.4; charset=utf-8",))
def metrics() -> Any:
    """The newest reading of each sensor that one sees, as gauges in Prometheus' text format."""
    return Response(exposition.prometheus(current_reader()), content_type="text/plain; version=0.0.4; charset=utf-8")


@api.get("/grafana/", auth="reader", media_types=("text/plain",))
def test() -> Any:
    """Whether the data source works, as Grafana asks when it is saved."""
    return Response("ok", content_type="text/plain")


@api.post("/grafana/search", body=Search, auth="reader", answer=list[Found])
def search(body: Search) -> Any:
    """The sensors that one sees; `target` narrows them."""
    return _found(body)


@api.post("/grafana/metrics", body=Search, auth="reader", answer=list[Found])
def metrics_to_choose(body: Search) -> Any:
    """The same where newer data sources ask for it."""
    return _found(body)


@api.post("/grafana/query", body=Query, auth="reader", answer=list[Series])
def query(body: Query) -> Any:
    """The courses of sensors in a range: readings, or the means of a rollup where there are more than are asked for."""
    reader = current_reader()
    start, end = (max(0, min(int(moment.timestamp() * 1000), MAX_TS)) for moment in (body.range.start, body.range.end))
    found: list[Series] = []
    for target in body.targets:
        course = None if target.hide else exposition.course(reader, target.target, start, end, min(body.max_points, MAX_POINTS))
        if course is not None:
            name, points = course
            found.append({"target": name, "refId": target.ref_id, "datapoints": [(value, ts) for ts, value in points]})
    return found


def _found(body: Search) -> list[Found]:
    text = body.target if isinstance(body.target, str) else ""
    return [{"text": called, "label": called, "value": id} for called, id in exposition.search(current_reader(), text)]
