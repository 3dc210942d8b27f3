"""Structured logs: one readable line an event in development, one JSON object in production, each with the request's id."""

import logging
import sys
from typing import Any

import structlog


def configure(*, json: bool, level: str = "info") -> None:
    """Send every log of this process, ours and the libraries', to standard error in one form."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Any
    if json:
        shared.append(structlog.processors.format_exc_info)
        renderer = structlog.processors.JSONRenderer()
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # The transports log every packet at INFO and every malformed one with a traceback: noise that a client controls.
    for noisy in ("engineio.server", "socketio.server", "geventwebsocket", "werkzeug"):
        logging.getLogger(noisy).setLevel("CRITICAL")


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger for a module: log.info("what happened", room_id=..., seq=...)."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger
