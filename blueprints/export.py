"""Taking conversations along: /api/chat-rooms/<id>/export and /api/messages/export."""

from collections.abc import Iterator
from typing import Any

from bson import ObjectId
from flask import Response

from blueprints.api import Api
from blueprints.identity import current_user
from schemas.search import ExportFormat, ExportMessages
from services.messaging import export
from utils.errors import Forbidden, NotFound

api = Api("export", "/api")
_MEDIA_TYPES = ("text/plain", "text/csv", "application/json")


@api.get(
    "/chat-rooms/<id:room_id>/export", query=ExportMessages, errors=(Forbidden, NotFound), media_types=_MEDIA_TYPES, limit="60/hour"
)
def room(room_id: ObjectId, query: ExportMessages) -> Any:
    """One conversation that one is a member of, as a file: all its messages in order, streamed."""
    parts = export.of_room(room_id, current_user(), query.format, locale=query.locale, tz=query.tz)
    return _download(parts, query.format)


@api.get("/messages/export", query=ExportMessages, media_types=_MEDIA_TYPES, limit="60/hour")
def everything(query: ExportMessages) -> Any:
    """All of one's conversations as a file, streamed: group rooms by name, then private ones."""
    parts = export.of_everything(current_user(), query.format, locale=query.locale, tz=query.tz)
    return _download(parts, query.format)


def _download(parts: Iterator[str], format: ExportFormat) -> Response:
    headers = {
        "Content-Disposition": f"attachment; filename=log.{format}",
        "Cache-Control": "no-store",
        # A proxy that collected all of it first would have to keep all of it.
        "X-Accel-Buffering": "no",
    }
    return Response(parts, content_type=export.MEDIA_TYPES[format], headers=headers)
