"""/metrics of a process that serves nothing else: the numbers of `python -m workers`, for Prometheus."""

from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from services import stats
from services.metrics import metrics
from services.platform import Platform


class _Quiet(WSGIRequestHandler):
    timeout = 10.0

    def log_message(self, format: str, *args: Any) -> None:
        return


def listen(platform: Platform, host: str, port: int) -> WSGIServer:
    """A server of the platform's numbers at /metrics, to be run by its `serve_forever`. Raises OSError where the port is taken."""
    with platform.entered():
        page = make_wsgi_app(metrics().registry)

    @platform.inside
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/metrics":
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"Only /metrics is here.\n"]
        stats.observe()
        answer: Iterable[bytes] = page(environ, start_response)
        return answer

    return make_server(host, port, application, handler_class=_Quiet)
