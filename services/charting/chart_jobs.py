"""Charts that are drawn in the background: what is asked for becomes a job, and the job a file."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from models.accounts import User
from models.devices import Sensor
from models.jobs import Job
from schemas.jobs import DrawChart, JobFormat
from services import jobs
from services.charting import sensor_charts
from services.charting.chart_files import files
from services.charting.charts import ChartOptions, InvalidChartOption
from services.telemetry import sensors
from utils.errors import Conflict, NotFound, ValidationFailed

KIND = "chart"
MEDIA_TYPES: dict[JobFormat, str] = {
    "svg": "image/svg+xml", "png": "image/png", "html": "text/html; charset=utf-8", "json": "application/json",
}  # fmt: skip


class NotDone(Conflict):
    default_message = "The job has no result (yet). Look at its status."


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart that a job has drawn."""

    content: bytes
    format: JobFormat
    etag: str


def request(owner: User, wanted: DrawChart) -> Job:
    """Have a chart drawn. Raises NotFound for a sensor that `owner` may not see, ValidationFailed, RateLimited."""
    found = sensors.all_visible(wanted.sensor_ids, owner)
    # The range is settled now: a job that waits shows what was asked for, not what came later.
    start, end = sensor_charts.window(wanted.range, wanted.start, wanted.end, wanted.width)
    try:
        sensor_charts.check(wanted.kind, found, start, end)
    except ValidationFailed as error:
        raise ValidationFailed({"sensor_ids" if name == "sensors" else name: text for name, text in error.fields.items()}) from None
    asked = {
        **wanted.model_dump(exclude={"sensor_ids", "range", "start", "end"}),
        "sensor_ids": [str(sensor.id) for sensor in found], "start": start, "end": end,
    }  # fmt: skip
    _options(asked)
    return jobs.submit(KIND, owner, asked)


def result(job: Job, viewer: User) -> Drawn:
    """What the job has drawn. Raises NotDone; NotFound for whoever may not see one of its sensors (any more)."""
    if job.result is None or job.status != "done":
        raise NotDone()
    asked, made = json.loads(job.request), json.loads(job.result)
    found = sensors.all_visible([ObjectId(text) for text in asked["sensor_ids"]], viewer)
    content = files().get(_key(job.id, asked["format"]))
    if content is None:  # another machine drew it, and this one does not share its files
        content = _drawn(asked, found)
    return Drawn(content, asked["format"], made["etag"])


@jobs.handles(KIND)
def _draw(job: Job, progress: jobs.Progress) -> Mapping[str, Any]:
    asked = json.loads(job.request)
    owner = User.get(job.owner_id)
    if owner is None:
        raise NotFound()
    found = sensors.all_visible([ObjectId(text) for text in asked["sensor_ids"]], owner)
    progress(0.1)
    content = _drawn(asked, found)
    progress(0.9)
    files().put(_key(job.id, asked["format"]), content)
    return {
        "format": asked["format"], "media_type": MEDIA_TYPES[asked["format"]], "size": len(content),
        "etag": hashlib.sha256(content).hexdigest()[:32], "start": asked["start"], "end": asked["end"],
    }  # fmt: skip


def _drawn(asked: Mapping[str, Any], found: list[Sensor]) -> bytes:
    chart = sensor_charts.chart(asked["kind"], found, asked["start"], asked["end"], _options(asked))
    if asked["format"] == "json":
        return chart.spec
    return sensor_charts.picture(chart, asked["format"], scale=asked["scale"])


def _options(asked: Mapping[str, Any]) -> ChartOptions:
    try:
        return ChartOptions(
            theme=asked["theme"], locale=asked["locale"], width=asked["width"], height=asked["height"], time_zone=asked["tz"],
            interactive=asked["format"] in ("html", "json"),
        )  # fmt: skip
    except InvalidChartOption as error:
        raise ValidationFailed({"tz" if error.field == "time_zone" else error.field: error.reason}) from None


def _key(job_id: ObjectId, format: JobFormat) -> str:
    return f"jobs/{job_id}.{format}"
