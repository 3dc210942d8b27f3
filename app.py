"""create_app, the table of contents of the platform, and the entry point that serves it."""

import os
import sys

from utils import concurrency, settings_file

if __name__ == "__main__" and (asked := settings_file.peek("ASYNC_MODE", os.environ, "eventlet")) in concurrency.MODES:
    # Before anything else is imported; a wrong value is left for the configuration to refuse by name.
    concurrency.patch(asked)

import atexit
import gc
import signal
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from bson import ObjectId
from cachelib import FileSystemCache
from flask import Flask
from flask.json.provider import DefaultJSONProvider
from flask_socketio import SocketIO
from socketio import Manager
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

import socketio_handlers
from blueprints import APIS, docs, errors, health, identity, pages, security
from blueprints.sessions import Sessions
from config import Config, ConfigError, load_config
from extensions import Extensions
from models.odm import OdmError
from realtime import transport
from realtime.entering import Inside
from realtime.outgoing import Bounds
from realtime.packet import Packet
from realtime.serving import listen, serve
from realtime.wiring import wire
from services import filtering, liveness
from services.metrics import Metrics
from services.people import presence
from services.platform import Platform, spawn
from services.rooms import rooms
from services.telemetry import devices
from utils import logs, redis_client
from utils.expired_files import remove_older_than
from utils.rate_limits import storage_options
from workers.crew import Crew
from workers.host_agent import HostAgent

MAX_PACKET = 5_000_000
SESSION_LIFETIME = timedelta(days=30)
SESSION_COOKIE = "fieldroom_session"
SESSION_FOLDER = "sessions"
SWEEP_SECONDS = 6 * 3600


class IdConverter(BaseConverter):
    """An id in a path: 24 hex digits become an ObjectId; anything else is not found."""

    regex = "[0-9a-f]{24}"
    part_isolating = True

    def to_python(self, value: str) -> ObjectId:
        return ObjectId(value)

    def to_url(self, value: ObjectId) -> str:
        return str(value)


class CompactJson(DefaultJSONProvider):
    """JSON answers in UTF-8, keys in the order the view gave them."""

    ensure_ascii = False
    sort_keys = False
    compact = True


def create_app(config: Config | None = None) -> Flask:
    """The whole application: a platform of its own (`app.extensions["fieldroom"]`) behind HTTP and Socket.IO."""
    config = config or load_config()
    logs.configure(json=config.json_logs, level=config.log_level)
    platform = wire(config)
    with platform.entered():
        rooms.ensure_lobby()
        filtering.refresh()
    extensions = Extensions()
    app = Flask(__name__, static_folder=None)
    app.json = CompactJson(app)
    app.url_map.converters["id"] = IdConverter
    app.config.from_mapping(_flask_settings(config))
    app.extensions["fieldroom"] = platform
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    origins = frozenset(config.allowed_origins)
    security.register(app, origins, secure=config.secure_cookies)
    extensions.server_session.init_app(app)
    app.session_interface = Sessions(app.session_interface)
    extensions.limiter.init_app(app)
    errors.register(app, extensions.limiter)
    for api in APIS:
        app.register_blueprint(api.blueprint)
    health.register(app, config, extensions.limiter)
    docs.register(app, socketio_handlers.EVENTS)
    pages.register(app, extensions.limiter)
    _init_socketio(app, platform, extensions.socketio, origins)
    app.wsgi_app = Inside(platform, app.wsgi_app)  # type: ignore[method-assign]
    return app


def _flask_settings(config: Config) -> dict[str, Any]:
    """Our configuration in the words of Flask and its extensions."""
    settings: dict[str, Any] = {
        "SECRET_KEY": config.secret_key,
        "TESTING": config.env == "testing",
        "MAX_CONTENT_LENGTH": 64_000_000,
        "SESSION_COOKIE_NAME": SESSION_COOKIE,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": config.secure_cookies,
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PERMANENT_SESSION_LIFETIME": SESSION_LIFETIME,
        "RATELIMIT_ENABLED": config.ratelimit_enabled,
        "RATELIMIT_STORAGE_URI": config.redis_url or "memory://",
        "RATELIMIT_STORAGE_OPTIONS": storage_options(config.redis_url or "memory://"),
        "RATELIMIT_STRATEGY": "moving-window",
    }
    if config.redis_url is None:
        settings["SESSION_TYPE"] = "cachelib"
        # Threshold 0: never evict a live session to make room for another.
        settings["SESSION_CACHELIB"] = FileSystemCache(str(config.data_dir / SESSION_FOLDER), threshold=0, mode=0o600)
    else:
        settings["SESSION_TYPE"] = "redis"
        settings["SESSION_REDIS"] = redis_client.client(config.redis_url)
    return settings


def _init_socketio(app: Flask, platform: Platform, socketio: SocketIO, origins: frozenset[str]) -> None:
    config = platform.config
    socketio.init_app(
        app,
        client_manager=platform.part(Manager),
        async_mode=concurrency.mode(),
        manage_session=False,
        # One connection's events are handled one after the other, so that its messages keep their order.
        async_handlers=False,
        serializer=Packet,
        max_http_buffer_size=MAX_PACKET,
        cors_allowed_origins=lambda origin, environ: security.origin_allowed(origin, environ, origins),
    )
    bounds = Bounds(config.outgoing_queue_packets, config.outgoing_queue_bytes)
    transport.install(socketio.server, bounds, platform.part(Metrics).cut_off.inc)
    socketio_handlers.register(platform, socketio.server, partial(identity.claim, app))


def _start_background(platform: Platform) -> list[Callable[[], None]]:
    """Start what runs beside the requests of this process; returns what ends it, in order."""
    config = platform.config
    spawn(_heartbeat, platform, name="heartbeat")
    spawn(_sweep_sessions, config, name="session-sweep")
    spawn(filtering.keep_fresh, name="word-list")
    stops: list[Callable[[], None]] = []
    if config.host_agent:
        agent = HostAgent(config.own_url, config.data_dir / "host-agent")
        spawn(agent.run, name="host-agent")
        stops.append(agent.stop)
    if config.worker:
        crew = Crew(platform)
        crew.start()
        stops.append(crew.stop)
    return [*stops, partial(_forget_connections, platform)]


def _forget_connections(platform: Platform) -> None:
    try:
        presence.forget_process(platform.id)
        devices.forget_process(platform.id)
        liveness.processes().end(platform.id)
    except OdmError as error:
        logs.get_logger(__name__).warning("connections not forgotten", reason=str(error))


def _heartbeat(platform: Platform) -> None:
    log = logs.get_logger(__name__)
    while True:
        try:
            liveness.processes().heartbeat(platform.id)
            presence.sweep()
            devices.sweep()
            platform.database.sweep_expired()
        except OdmError as error:
            log.error("heartbeat missed", reason=str(error))
        except Exception:  # the message queue is away, say: without a next heartbeat everyone would look offline
            log.exception("heartbeat failed")
        concurrency.sleep(liveness.HEARTBEAT_SECONDS)


def _sweep_sessions(config: Config) -> None:
    while True:
        try:
            remove_older_than(config.data_dir / SESSION_FOLDER, SESSION_LIFETIME.total_seconds())
        except OSError as error:
            logs.get_logger(__name__).error("expired sessions not removed", reason=str(error))
        concurrency.sleep(SWEEP_SECONDS)


def main() -> int:
    """Serve until told to stop; returns the exit code."""
    try:
        config = load_config()
        listener = listen(config.host, config.port)
    except ConfigError as error:
        print(f"fieldroom: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"fieldroom: PORT: cannot listen on {config.host}:{config.port}: {error.strerror or error}", file=sys.stderr)
        return 2
    config = config.model_copy(update={"host": listener.getsockname()[0], "port": listener.getsockname()[1]})
    try:
        app = create_app(config)
    except ConfigError as error:
        print(f"fieldroom: {error}", file=sys.stderr)
        return 2
    except OdmError as error:
        print(f"fieldroom: DATABASE_URL: {error}", file=sys.stderr)
        return 2
    platform: Platform = app.extensions["fieldroom"]
    # What the imports made stays for good. Looking through it for garbage again and again would stop everyone for 30 ms and more.
    gc.collect()
    gc.freeze()
    # Nor does what connections hold become garbage: the usual thresholds, now that little counts as old, would look through it at
    # every chart and batch. What is young, where nearly all garbage is, is looked through as before, in larger portions.
    gc.set_threshold(2_000, 10, 100)
    concurrency.exit_on(signal.SIGTERM)
    atexit.register(platform.close)
    with platform.entered():
        stops = _start_background(platform)
        print(f"Fieldroom ready on http://{f'[{config.host}]' if ':' in config.host else config.host}:{config.port}", flush=True)
        try:
            serve(app, listener)
        except (KeyboardInterrupt, SystemExit):
            return 0
        finally:
            for stop in stops:
                stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
