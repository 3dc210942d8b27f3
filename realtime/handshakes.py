"""The requests that connections began with, kept for the connect handlers at a fraction of their size.

python-socketio keeps the WSGI environment of each connection for as long as that lives: with it the WSGI server's buffers, its
parsed headers and whatever the application hung onto it, 30 KiB (measured), for what is read once or twice.
"""

import sys
from collections.abc import Mapping
from io import BytesIO
from typing import Any

_DROPPED = ("wsgi.input", "eventlet.", "gevent.", "werkzeug.", "headers_raw", "HTTP_SEC_WEBSOCKET_", "SSL_")
# Keys and values that are the same for many are kept once. What is longer is a cookie.
_SHARED_LENGTH = 300
# Sets of keys, of which browsers have a few, and whoever means ill as many as they like.
_SHARED_KEYS = 100


class Handshakes(dict[str, Any]):
    """WSGI environments by connection, each handed out as a new dict without a body and without the server's own entries."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: dict[tuple[str, ...], tuple[str, ...]] = {}

    def __setitem__(self, sid: str, environ: Mapping[str, Any]) -> None:
        kept = {key: value for key, value in environ.items() if not key.startswith(_DROPPED)}
        keys = tuple(kept)
        if len(self._keys) >= _SHARED_KEYS:
            self._keys.clear()
        super().__setitem__(sid, (self._keys.setdefault(keys, keys), tuple(map(_shared, kept.values()))))

    def __getitem__(self, sid: str) -> dict[str, Any]:
        keys, values = super().__getitem__(sid)
        return {**dict(zip(keys, values, strict=True)), "wsgi.input": BytesIO()}

    def get(self, sid: str, default: Any = None) -> Any:
        try:
            return self[sid]
        except KeyError:
            return default


def _shared(value: Any) -> Any:
    return sys.intern(value) if type(value) is str and len(value) < _SHARED_LENGTH else value
