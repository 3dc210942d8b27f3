"""/api/devices/client: the Raspberry Pi client, for pip to install from. Open to everyone: a Pi has no account."""

from typing import Any

from flask import Response, request

from blueprints.api import Api
from schemas.devices import PiClientAnswer
from services.telemetry import pi_client
from utils.errors import NotFound

api = Api("devices-client", "/api/devices/client")


@api.get("", auth="public", answer=PiClientAnswer)
def about() -> Any:
    """The Raspberry Pi client that this server hands out: `pip install "fieldroom-pi[all] @ <server><url>"`."""
    wheel = pi_client.wheel()
    found = {
        "version": wheel.version, "url": f"{api.prefix}/{wheel.name}", "size": len(wheel.content), "sha256": wheel.sha256,
    }  # fmt: skip
    return {"client": found}


@api.get(
    "/<string:name>", auth="public", errors=(NotFound,), media_types=("application/zip",),
    other_statuses={304: "The file is what the ETag in If-None-Match stands for."},
)  # fmt: skip
def download(name: str) -> Any:
    """The client as a wheel, by the name that /api/devices/client gives."""
    wheel = pi_client.wheel()
    if name != wheel.name:
        raise NotFound()
    if request.if_none_match.contains_weak(wheel.sha256):
        response = Response(status=304)
    else:
        response = Response(wheel.content, content_type="application/zip")
        response.headers["Content-Disposition"] = f'attachment; filename="{wheel.name}"'
    response.set_etag(wheel.sha256)
    response.headers["Cache-Control"] = "public, no-cache"
    return response
