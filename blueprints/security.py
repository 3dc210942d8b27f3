"""What every request passes: its id in the logs, and a refusal of what another site's page made a browser send.

What pages of the allowed sites may read is Flask-CORS's part. It keeps a browser from showing an answer to other pages, but not a
request of theirs from being acted on: that is refused here.
"""

import logging
import re
import secrets

import structlog
from flask import Flask, Request, Response, g, request
from flask_cors import CORS

from utils.errors import CrossOrigin

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# The values of Sec-Fetch-Site with which a request is our own page's, or of somebody who typed an address.
_OWN_SITE = ("same-origin", "none")
# The page loads nothing from anywhere else and nobody frames it. Vega compiles its expressions with its own interpreter
# (see frontend/src/sensors), so no eval is allowed either; Mantine and Vega set inline styles.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


def is_foreign(origin: str | None, fetch_site: str | None, own_host: str, allowed: frozenset[str]) -> bool:
    """Whether a browser says that a page of another site made this request.

    origin, fetch_site: the headers Origin and Sec-Fetch-Site, None where absent (a script, a Pi: they carry no cookies by
    themselves, so there is nothing to forge). own_host: the Host header. allowed: origins whose pages may, in lower case; what
    Sec-Fetch-Site says of them is that they are another site. Sources: OWASP's CSRF cheat sheet, "Fetch Metadata" and "verifying
    origin with standard headers"; W3C Fetch Metadata, 2.3.
    """
    if origin is not None and origin.lower() in allowed:
        return False
    if fetch_site is not None and fetch_site.strip().lower() not in _OWN_SITE:
        return True
    # By the whole of it: a page that came over another scheme, or from another port, is another origin. (Whether we are reached
    # by HTTPS only the proxy before us knows.)
    host = own_host.lower()
    return origin is not None and not (host and origin.lower() in (f"http://{host}", f"https://{host}"))


def origin_allowed(origin: str | None, environ: dict[str, str], allowed: frozenset[str]) -> bool:
    """The same question for the handshake of a Socket.IO connection."""
    return not is_foreign(origin, None, environ.get("HTTP_HOST", ""), allowed)


def register(app: Flask, allowed_origins: frozenset[str], *, secure: bool) -> None:
    """Attach the checks and the headers."""
    if allowed_origins:
        _let_read(app, allowed_origins)

    @app.before_request
    def begin() -> None:
        request_id = request.headers.get("X-Request-Id", "")
        g.request_id = request_id if request_id.isalnum() and len(request_id) <= 64 else secrets.token_hex(8)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id, method=request.method, path=request.path[:200])
        if request.method not in SAFE_METHODS and _from_elsewhere(request):
            raise CrossOrigin()

    def _from_elsewhere(incoming: Request) -> bool:
        headers = incoming.headers
        return is_foreign(headers.get("Origin"), headers.get("Sec-Fetch-Site"), incoming.host, allowed_origins)

    @app.after_request
    def finish(response: Response) -> Response:
        headers = response.headers
        headers["X-Request-Id"] = g.get("request_id", "")
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        if request.path.startswith("/api/"):
            headers.setdefault("Cache-Control", "no-store")
        if secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response


def _let_read(app: Flask, origins: frozenset[str]) -> None:
    """Have browsers show our answers, with their user's cookies, to pages of these origins."""
    # As patterns of our own: Flask-CORS takes an origin with brackets, [::1], for a regular expression.
    whole = [re.compile(re.escape(origin) + r"\Z", re.IGNORECASE) for origin in sorted(origins)]
    CORS(
        app, origins=whole, supports_credentials=True, always_send=False,
        methods=["GET", "POST", "PUT", "PATCH", "DELETE"], allow_headers=["Content-Type", "Authorization", "X-Request-Id"],
    )  # fmt: skip
    # It tells at level info of what anybody may ask for.
    logging.getLogger("flask_cors").setLevel(logging.WARNING)
