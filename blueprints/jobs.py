"""/api/jobs: what became of what was asked for in the background. /api/admin/jobs: everyone's, and who works on them."""

from typing import Any

from bson import ObjectId
from flask import Response, request

from blueprints.api import Api
from blueprints.identity import current_user
from schemas.jobs import JobAnswer, JobPage, JobQuery, job_view, owned_job_view, worker_view
from services import duties, jobs
from services.charting import chart_jobs
from services.charting.drawing import renderer
from utils.errors import Conflict, NotFound
from utils.pagination import decode_id_cursor, encode_cursor

api = Api("jobs", "/api/jobs")
admin = Api("admin-jobs", "/api/admin/jobs")

# A result by itself, opened as a page, loads and runs nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@api.get("/<id:job_id>", answer=JobAnswer, errors=(NotFound,))
def show(job_id: ObjectId) -> Any:
    """How far a job of one's own is, and where its result is to be had."""
    seen = job_view(jobs.visible(job_id, current_user()))
    return {**seen, "job": seen}


@api.get(
    "/<id:job_id>/result", errors=(NotFound, Conflict), media_types=tuple(chart_jobs.MEDIA_TYPES.values()),
    other_statuses={304: "The result is what the ETag in If-None-Match stands for."},
)  # fmt: skip
def result(job_id: ObjectId) -> Any:
    """The chart that the job has drawn."""
    drawn = chart_jobs.result(jobs.visible(job_id, current_user()), current_user())
    if request.if_none_match.contains_weak(drawn.etag):
        response = Response(status=304)
    else:
        response = Response(drawn.content, content_type=chart_jobs.MEDIA_TYPES[drawn.format])
    page = drawn.format == "html"
    policy = f"{renderer().page_policy()}; sandbox allow-scripts allow-downloads" if page else _POLICY
    response.headers["Content-Security-Policy"] = policy
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(drawn.etag)
    return response


@admin.get("", query=JobQuery, answer=JobPage, auth="admin")
def listing(query: JobQuery) -> Any:
    """Everyone's jobs, newest first, with the depth of the queue and the processes that work on it."""
    found, last = jobs.listing(status=query.status, limit=query.limit, before=decode_id_cursor(query.cursor))
    return {
        "items": [owned_job_view(job) for job in found], "next": encode_cursor(None if last is None else str(last)),
        "queue_depth": jobs.depth(), "counts": dict(jobs.counts()),
        "workers": [worker_view(process) for process in duties.working()],
    }  # fmt: skip
