"""The single-page app: its built files, and its index for every path that is the app's own."""

from pathlib import Path

from flask import Flask, Response, send_from_directory
from werkzeug.exceptions import NotFound as FileNotThere

from utils.errors import NotFound

DIST = Path(__file__).resolve().parent.parent / "frontend" / "dist"
_YEAR = 31_536_000


def register(app: Flask) -> None:
    """Attach the page below /."""

    @app.get("/")
    @app.get("/<path:path>")
    def page(path: str = "index.html") -> Response:
        if path.startswith(("api/", "socket.io")):
            raise NotFound("There is no such path in the API. See /api/docs.")
        try:
            response = send_from_directory(DIST, path, max_age=0)
        except FileNotThere:
            if path.startswith("assets/"):
                raise NotFound() from None
            response = _index()
        if path.startswith("assets/"):
            # Vite names these files by their contents.
            response.cache_control.max_age = _YEAR
            response.cache_control.immutable = True
        return response


def _index() -> Response:
    try:
        return send_from_directory(DIST, "index.html", max_age=0)
    except FileNotThere:
        return Response("The page is not built. Run: make setup", status=503, content_type="text/plain; charset=utf-8")
