"""The single-page app: its built files, and its index for every path that is the app's own."""

import mimetypes
from pathlib import Path

from flask import Flask, Response, request, send_from_directory
from flask_limiter import Limiter
from werkzeug.exceptions import NotFound as FileNotThere
from werkzeug.routing import PathConverter
from werkzeug.security import safe_join

from utils.errors import NotFound

DIST = Path(__file__).resolve().parent.parent / "frontend" / "dist"
_YEAR = 31_536_000
# What the build made of its larger files, the smallest first (frontend/precompress.ts).
_PACKED = (("br", ".br"), ("gzip", ".gz"))


class PagePath(PathConverter):
    """Any path but those of the interfaces for programs: what these do not have, the page does not have either."""

    regex = r"(?!api/|socket\.io)[^/].*?"


def register(app: Flask, limiter: Limiter) -> None:
    """Attach the page below /."""
    app.url_map.converters["page"] = PagePath

    @app.get("/")
    @app.get("/<page:path>")
    @limiter.exempt  # files: cheaper to send than to count
    def page(path: str = "index.html") -> Response:
        try:
            response = _file(path)
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
        return _file("index.html")
    except FileNotThere:
        return Response("The page is not built. Run: make setup", status=503, content_type="text/plain; charset=utf-8")


def _file(path: str) -> Response:
    """A built file, packed in the best way that the browser takes. Raises FileNotThere."""
    response = _packed(path) or send_from_directory(DIST, path, max_age=0)
    response.vary.add("Accept-Encoding")
    return response


def _packed(path: str) -> Response | None:
    for encoding, suffix in _PACKED:
        packed = safe_join(str(DIST), path + suffix)
        if request.accept_encodings.quality(encoding) > 0 and packed is not None and Path(packed).is_file():
            media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
            response = send_from_directory(DIST, path + suffix, mimetype=media_type, max_age=0)
            response.content_encoding = encoding
            return response
    return None
