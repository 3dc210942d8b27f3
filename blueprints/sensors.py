"""/api/sensors: sensors and their readings."""

import csv
import io
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from bson import ObjectId
from flask import Response, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from blueprints.api import Api, read_body
from blueprints.identity import current_user
from models.readings import MAX_TS
from schemas.imports import ImportAnswer, ImportQuery
from schemas.readings import EraseQuery, ExportQuery, PostReadings, ReadingPage, ReadingsAnswer, ReadingsQuery, ReadingsRemoved
from schemas.sensors import CreateSensor, SensorAnswer, SensorPage, SensorQuery, UpdateSensor
from schemas.statistics import StatisticsAnswer, StatisticsQuery
from services.charting import sensor_charts
from services.telemetry import devices, erasure, ingest, readings, sensors, statistics
from services.telemetry.importing import csv_import
from services.telemetry.ingest import Source
from utils.clock import from_ms, rfc3339
from utils.downloads import disposition, file_name
from utils.errors import Conflict, Forbidden, NotFound, TooLarge, UnsupportedMediaType, ValidationFailed
from utils.pagination import decode_id_cursor, encode_cursor

api = Api("sensors", "/api/sensors")

MAX_IMPORT = 64_000_000

# A range that moves ends at a whole pixel of a chart so wide.
_PIXELS = 760


@api.get("", query=SensorQuery, answer=SensorPage)
def listing(query: SensorQuery) -> Any:
    """The sensors that one may see, oldest first; `device_id`, `label`, `q` and `online` take some of them."""
    found, last = sensors.listing(
        current_user(), device_id=query.device_id, label=query.label, query=query.q,
        online=None if query.online is None else query.online == "1", limit=query.limit, after=decode_id_cursor(query.cursor),
    )  # fmt: skip
    return {"items": sensors.views(found), "next": encode_cursor(None if last is None else str(last))}


@api.post("", body=CreateSensor, answer=SensorAnswer, status=201, errors=(NotFound, Conflict), limit="600/hour")
def create(body: CreateSensor) -> Any:
    """Add a sensor to a device of one's own, before or instead of the device announcing it."""
    return {"sensor": sensors.view(sensors.create(devices.visible(body.device_id, current_user()), body))}


@api.get("/<id:sensor_id>", answer=SensorAnswer, errors=(NotFound,))
def show(sensor_id: ObjectId) -> Any:
    """One sensor with its newest reading."""
    return {"sensor": sensors.view(sensors.visible(sensor_id, current_user()))}


@api.patch("/<id:sensor_id>", body=UpdateSensor, answer=SensorAnswer, errors=(NotFound, Forbidden))
def update(sensor_id: ObjectId, body: UpdateSensor) -> Any:
    """Change a sensor of a device of one's own; what is left out stays."""
    return {"sensor": sensors.view(sensors.update(sensors.manageable(sensor_id, current_user()), body))}


@api.delete("/<id:sensor_id>", status=204, errors=(NotFound, Forbidden))
def delete(sensor_id: ObjectId) -> None:
    """Remove a sensor of a device of one's own, with all its readings."""
    sensors.delete(sensors.manageable(sensor_id, current_user()))


@api.get("/<id:sensor_id>/readings", query=ReadingsQuery, answer=ReadingPage, errors=(NotFound,))
def read(sensor_id: ObjectId, query: ReadingsQuery) -> Any:
    """Readings in order of time, from `start` to `end`, both included.

    `resolution` auto is raw where the whole range fits into `limit`, else the finest rollup that does. Rolled-up readings lag
    behind raw ones by a second or two.
    """
    sensor = sensors.visible(sensor_id, current_user())
    page = readings.page(
        sensor, start=query.start, end=query.end, resolution=query.resolution, limit=query.limit, cursor=query.cursor
    )
    return {"items": page.items, "resolution": page.resolution, "next": page.next}


@api.post(
    "/<id:sensor_id>/readings", body=PostReadings, answer=ReadingsAnswer, auth="device", errors=(NotFound,),
    limit="1200/minute",
)  # fmt: skip
def write(sensor_id: ObjectId, body: PostReadings) -> Any:
    """Store readings of one of the device's sensors, each [ts_ms, value]. One that is wrong is rejected alone."""
    devices.heard_from(g.device)
    return ingest.ingest_for(Source.of(g.device), sensor_id, body.readings)


@api.delete(
    "/<id:sensor_id>/readings", query=EraseQuery, answer=ReadingsRemoved, errors=(NotFound, Forbidden, ValidationFailed),
    limit="1200/hour",
)  # fmt: skip
def erase(sensor_id: ObjectId, query: EraseQuery) -> Any:
    """Remove the readings of a sensor of one's own from `start` to `end`, both included: at most 50,000, the earliest first.

    With `more` there are more of them: ask again. Rollups and charts follow within a second or two. What the sensor's retention no
    longer accepts is left as it is. The readings may be sent or imported again.
    """
    sensor = sensors.manageable(sensor_id, current_user())
    if query.end < query.start:
        raise ValidationFailed({"end": "The end has to be after the start."})
    return erasure.erase(sensor, query.start, query.end, current_user().id)


@api.get("/<id:sensor_id>/statistics", query=StatisticsQuery, answer=StatisticsAnswer, errors=(NotFound,))
def statistics_of(sensor_id: ObjectId, query: StatisticsQuery) -> Any:
    """How many readings a range has, and their least, greatest, mean, first and last value: of the range that a chart shows."""
    sensor = sensors.visible(sensor_id, current_user())
    start, end = sensor_charts.window(query.range, query.start, query.end, _PIXELS)
    return {"statistics": statistics.of_range(sensor, start, end), "start": start, "end": end}


@api.post(
    "/<id:sensor_id>/import", query=ImportQuery, answer=ImportAnswer, limit="60/hour",
    errors=(NotFound, Forbidden, TooLarge, UnsupportedMediaType, ValidationFailed),
)  # fmt: skip
def import_csv(sensor_id: ObjectId, query: ImportQuery) -> Any:
    """Store readings of a sensor of one's own out of a CSV file: as text/csv, or as `file` of a form.

    With `preview` 1 nothing is stored: the answer says how the file would be read, with its first rows. What they leave open
    (`unsure`: is 03/04 in March or in April?) has to be given for the import. A row that is wrong is refused alone; the first
    of them are named with their lines.
    """
    sensor = sensors.manageable(sensor_id, current_user())
    request.max_content_length = MAX_IMPORT
    with closing(_uploaded()) as file:
        return csv_import.run(sensor, file, query)


@api.get("/<id:sensor_id>/export.csv", query=ExportQuery, errors=(NotFound, ValidationFailed), media_types=("text/csv",))
def export(sensor_id: ObjectId, query: ExportQuery) -> Any:
    """All raw readings of a range, streamed: time in RFC 3339, ts in ms, value."""
    sensor = sensors.visible(sensor_id, current_user())
    parts = readings.parts(sensor.number, query.start or 0, MAX_TS if query.end is None else query.end)
    headers = {"Content-Disposition": disposition(file_name(sensor.name, ending="csv"))}
    return Response(_csv(parts), content_type="text/csv; charset=utf-8", headers=headers)


def _csv(parts: Iterator[list[tuple[int, float]]]) -> Iterator[str]:
    yield "time,ts,value\r\n"
    for part in parts:
        text = io.StringIO()
        csv.writer(text).writerows((rfc3339(from_ms(ts)), ts, value) for ts, value in part)
        yield text.getvalue()


def _uploaded() -> Any:
    """The bytes of the file in the request, as they are read."""
    try:
        if request.mimetype == "multipart/form-data":
            part = request.files.get("file")
            if part is None:
                raise ValidationFailed({"file": "Send the file as `file`."})
            return part.stream
        if request.mimetype == "text/csv":
            return io.BytesIO(read_body(MAX_IMPORT))
        raise UnsupportedMediaType("Send text/csv, or multipart/form-data with the file as `file`.")
    except RequestEntityTooLarge:
        raise TooLarge(f"The file is larger than {MAX_IMPORT} bytes.") from None
