"""Listening and serving, for each kind of concurrency."""

import logging
import socket
from typing import Any

from utils import concurrency

BACKLOG = 1024
# A connection that sends nothing for this long, between requests or in the middle of one, is closed.
IDLE_SECONDS = 75
MAX_CONNECTIONS = 50_000
# How long requests under way have, once the process was told to stop.
GRACE_SECONDS = 1.0


def listen(host: str, port: int) -> socket.socket:
    """A listening socket whose connections send at once.

    Linux hands TCP_NODELAY on to accepted sockets. Without it Nagle's algorithm waits for the receiver's delayed ACK, which costs
    a busy room 40 ms stalls. Raises OSError where the address is taken or not ours.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def serve(application: Any, listener: socket.socket) -> None:
    """Serve a WSGI application on `listener` until the process is told to stop."""
    mode = concurrency.mode()
    if mode == "eventlet":
        _serve_eventlet(application, listener)
    elif mode == "gevent":
        _serve_gevent(application, listener)
    else:
        _serve_threads(application, listener)


def _serve_eventlet(application: Any, listener: socket.socket) -> None:
    import eventlet.wsgi

    class Protocol(eventlet.wsgi.HttpProtocol):  # type: ignore[misc]
        """What eventlet leaves out of a request or adds to it."""

        def get_environ(self) -> dict[str, Any]:
            environ: dict[str, Any] = super().get_environ()
            # Where a body in chunks ends its input knows, and Werkzeug, unless it is told so, takes such a one for empty. Of one
            # that is shorter than announced it would say nothing: there Werkzeug counts.
            if self.headers.get("transfer-encoding", "").lower() == "chunked":
                environ["wsgi.input_terminated"] = True
            if "content-type" not in self.headers:
                environ["CONTENT_TYPE"] = ""  # and not the text/plain of mails
            return environ

    class Pool(eventlet.GreenPool):  # type: ignore[misc]
        """What requests run in. At the end eventlet waits for all of them, and a long poll takes half a minute."""

        def waitall(self) -> None:
            with eventlet.Timeout(GRACE_SECONDS, False):
                super().waitall()

    eventlet.wsgi.server(
        listener, application, log=logging.getLogger("eventlet.wsgi"), log_output=False, debug=False,
        custom_pool=Pool(MAX_CONNECTIONS), protocol=Protocol, socket_timeout=IDLE_SECONDS, max_http_version="HTTP/1.1",
    )  # fmt: skip


def _serve_gevent(application: Any, listener: socket.socket) -> None:
    from gevent import pywsgi

    pywsgi.WSGIServer(listener, application, log=None, spawn=MAX_CONNECTIONS).serve_forever()


def _serve_threads(application: Any, listener: socket.socket) -> None:
    from werkzeug.serving import WSGIRequestHandler, make_server

    class QuietHandler(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = IDLE_SECONDS

        def log(self, type: str, message: str, *args: Any) -> None:
            return

        def connection_dropped(self, error: BaseException, environ: dict[str, Any] | None = None) -> None:
            self.close_connection = True  # where it was taken over as a WebSocket there is nothing more to read

    host, port = listener.getsockname()[:2]
    server = make_server(
        host, port, application, threaded=True, request_handler=QuietHandler, fd=listener.fileno()
    )  # its threads are daemons
    server.serve_forever()
