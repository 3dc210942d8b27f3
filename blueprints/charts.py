"""/api/sensors/<id>/chart… and /api/charts: what sensors measured, drawn."""

from typing import Any

from bson import ObjectId
from flask import Response, request

from blueprints.api import Api
from blueprints.identity import current_user
from models.devices import Sensor
from schemas.charts import ChartQuery, PictureQuery, SeveralChartQuery, StoredChartPage, stored_chart_view
from schemas.jobs import DrawChart, NewJobAnswer, job_view
from services.charting import chart_jobs, sensor_charts, stored_charts
from services.charting.charts import ChartOptions, InvalidChartOption
from services.charting.drawing import ChartNotDrawable, PictureFormat, renderer
from services.charting.sensor_charts import Chart
from services.telemetry import sensors
from utils.downloads import disposition, file_name
from utils.errors import NotFound, ValidationFailed

one = Api("sensor-charts", "/api/sensors")
several = Api("charts", "/api/charts")

# Anyone's own copy may be used again, but only after asking whether it is still right.
_CACHING = "private, no-cache"
# A picture by itself, opened as a page, loads and runs nothing.
_PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_UNCHANGED = {304: "The chart is what the ETag in If-None-Match stands for."}
_REFUSED = (NotFound, ChartNotDrawable)
_TYPES: dict[PictureFormat, str] = {"svg": "image/svg+xml", "png": "image/png", "html": "text/html; charset=utf-8"}


@one.get("/<id:sensor_id>/chart", query=ChartQuery, answer=dict[str, Any], errors=(NotFound,), other_statuses=_UNCHANGED)
def chart(sensor_id: ObjectId, query: ChartQuery) -> Any:
    """The chart as a Vega-Lite specification with its data."""
    return _specification(_chart([sensors.visible(sensor_id, current_user())], query, interactive=True))


@one.get(
    "/<id:sensor_id>/chart.svg", query=ChartQuery, errors=_REFUSED, media_types=("image/svg+xml",), other_statuses=_UNCHANGED,
    limit="300/minute",
)  # fmt: skip
def chart_svg(sensor_id: ObjectId, query: ChartQuery) -> Any:
    """The chart as a picture that scales."""
    return _picture(sensor_id, query, "svg")


@one.get(
    "/<id:sensor_id>/chart.png", query=PictureQuery, errors=_REFUSED, media_types=("image/png",), other_statuses=_UNCHANGED,
    limit="300/minute",
)  # fmt: skip
def chart_png(sensor_id: ObjectId, query: PictureQuery) -> Any:
    """The chart as a picture of pixels."""
    return _picture(sensor_id, query, "png", scale=query.scale)


@one.get(
    "/<id:sensor_id>/chart.html", query=ChartQuery, errors=_REFUSED, media_types=("text/html",), other_statuses=_UNCHANGED,
    limit="300/minute",
)  # fmt: skip
def chart_html(sensor_id: ObjectId, query: ChartQuery) -> Any:
    """The chart as a page of its own, interactive, that needs no network."""
    return _picture(sensor_id, query, "html")


@one.get("/<id:sensor_id>/charts", answer=StoredChartPage, errors=(NotFound,))
def kept(sensor_id: ObjectId) -> Any:
    """The charts of the sensor that are kept drawn; the others are drawn when asked for."""
    found = stored_charts.listing(sensors.visible(sensor_id, current_user()))
    items = [stored_chart_view(chart, url=stored_charts.url_of(chart.sensor_id, chart.range)) for chart in found]
    return {"items": items, "next": None}


@one.get(
    "/<id:sensor_id>/charts/<string:range>.svg", errors=_REFUSED, media_types=("image/svg+xml",), other_statuses=_UNCHANGED,
    limit="600/minute",
)  # fmt: skip
def kept_chart(sensor_id: ObjectId, range: str) -> Any:
    """The chart of a range (1h, 24h, 7d, 30d, 1y) as it is kept: light, in English, in UTC."""
    if range not in sensor_charts.RANGES:
        raise NotFound()
    drawn = stored_charts.picture(sensors.visible(sensor_id, current_user()), range)
    unchanged = _conditional(drawn.etag)
    if unchanged is not None:
        return unchanged
    response = Response(drawn.content, content_type=_TYPES["svg"])
    response.headers["Content-Security-Policy"] = _PICTURE_POLICY
    return _finish(response, drawn.etag)


@several.get("", query=SeveralChartQuery, answer=dict[str, Any], errors=(NotFound,), other_statuses=_UNCHANGED)
def chart_of_several(query: SeveralChartQuery) -> Any:
    """Several sensors, of up to two units, in one chart: a Vega-Lite specification with its data."""
    return _specification(_chart(sensors.all_visible(query.sensors, current_user()), query, interactive=True))


@several.post("", body=DrawChart, answer=NewJobAnswer, status=202, errors=(NotFound,), limit="120/minute")
def draw(body: DrawChart) -> Any:
    """Have a chart of one or several sensors drawn in the background; GET /api/jobs/<id> says how far it is."""
    return {"job": job_view(chart_jobs.request(current_user(), body))}


def _chart(found: list[Sensor], query: ChartQuery, *, interactive: bool) -> Chart:
    try:
        options = ChartOptions(
            theme=query.theme, locale=query.locale, width=query.width, height=query.height, time_zone=query.tz,
            interactive=interactive,
        )  # fmt: skip
    except InvalidChartOption as error:
        raise ValidationFailed({"tz" if error.field == "time_zone" else error.field: error.reason}) from None
    start, end = sensor_charts.window(query.range, query.start, query.end, query.width)
    return sensor_charts.chart(query.kind, found, start, end, options)


def _specification(made: Chart) -> Response:
    return _conditional(made.tag) or _finish(Response(made.spec, content_type="application/json"), made.tag)


def _picture(sensor_id: ObjectId, query: ChartQuery, format: PictureFormat, *, scale: float = 2.0) -> Response:
    sensor = sensors.visible(sensor_id, current_user())
    made = _chart([sensor], query, interactive=format == "html")
    tag = f"{made.tag}-{format}-{scale:g}"
    unchanged = _conditional(tag)
    if unchanged is not None:
        return unchanged
    response = Response(sensor_charts.picture(made, format, scale=scale), content_type=_TYPES[format])
    policy = f"{renderer().page_policy()}; sandbox allow-scripts allow-downloads" if format == "html" else _PICTURE_POLICY
    response.headers["Content-Security-Policy"] = policy
    named = file_name(sensor.name, query.kind, *([query.range] if query.range else ()), ending=format)
    response.headers["Content-Disposition"] = disposition(named, "inline")
    return _finish(response, tag)


def _conditional(tag: str) -> Response | None:
    """The answer to somebody who has this chart already; before anything is drawn."""
    return _finish(Response(status=304), tag) if request.if_none_match.contains_weak(tag) else None


def _finish(response: Response, tag: str) -> Response:
    response.set_etag(tag)
    response.headers["Cache-Control"] = _CACHING
    return response
