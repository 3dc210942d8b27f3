"""create_app, the table of contents of the platform, and the entry point that serves it."""

import os
import sys

from utils import concurrency

if __name__ == "__main__" and (os.environ.get("ASYNC_MODE") or "eventlet") in concurrency.MODES:
    # Before anything else is imported; a wrong value is left for the configuration to refuse by name.
    concurrency.patch(os.environ.get("ASYNC_MODE") or "eventlet")  # type: ignore[arg-type]

import atexit
import gc
import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bson import ObjectId
from cachelib import FileSystemCache
from flask import Flask
from flask.json.provider import DefaultJSONProvider
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

import database
import socketio_handlers
from blueprints import APIS, docs, errors, health, pages, security
from config import Config, ConfigError, load_config
from extensions import limiter, server_session, socketio
from models.odm import OdmError
from realtime import transport
from realtime.connections import SocketIORealtime
from realtime.outgoing import Bounds
from realtime.packet import Packet
from realtime.redis_queue import RedisQueue
from services import filtering, jobs, liveness, mail
from services import limits as limits_port
from services import realtime as realtime_port
from services.charting import chart_files, drawing
from services.people import mailed_links, passwords, presence
from services.rooms import rooms
from services.telemetry import device_limits, devices, retention
from services.telemetry.device_limits import DeviceLimits
from services.telemetry.retention import Retention
from serving import listen, serve
from sessions import Sessions
from utils import logs, redis_client
from utils.expired_files import remove_older_than
from utils.ids import PROCESS_ID
from utils.rate_limits import RateLimits, storage_options
from workers.chart_files import ChartFolder
from workers.charting import RenderingProcess
from workers.crew import Crew
from workers.host_agent import HostAgent, own_url
from workers.jobs import HueyQueue
from workers.renderer import Renderer

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
    """The whole application, bound to its database, sessions, rate limits and Socket.IO server."""
    config = config or load_config()
    logs.configure(json=config.json_logs, level=config.log_level)
    app = Flask(__name__, static_folder=None)
    app.json = CompactJson(app)
    app.url_map.converters["id"] = IdConverter
    app.config.from_mapping(_flask_settings(config))
    app.extensions["fieldroom"] = config
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    database.connect(config)
    passwords.configure(config.password_cost)
    presence.configure(config.presence_grace_seconds)
    retention.configure(Retention(*config.retention_days))
    if config.ratelimit_enabled:
        device_limits.configure(DeviceLimits(config.device_readings_per_second, config.device_batches_in_flight))
    rooms.ensure_lobby()
    filtering.refresh()
    drawing.bind(RenderingProcess(Renderer(keep_in=config.data_dir / "cache")))
    mail.configure(config)
    page_url = config.public_url or (own_url(config.host, config.port) if config.listens_in_public else None)
    mailed_links.configure(page_url, RateLimits(config.redis_url or "memory://", enabled=config.ratelimit_enabled))
    chart_files.bind(ChartFolder(config.data_dir))
    jobs.bind(queue := HueyQueue(config))
    app.extensions["fieldroom-jobs"] = queue

    origins = frozenset(config.allowed_origins)
    security.register(app, origins, secure=config.secure_cookies)
    server_session.init_app(app)
    app.session_interface = Sessions(app.session_interface)
    limiter.init_app(app)
    errors.register(app)
    for api in APIS:
        app.register_blueprint(api.blueprint)
    health.register(app, config)
    docs.register(app, socketio_handlers.EVENTS)
    pages.register(app)
    _init_socketio(app, config, origins)
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


def _between_processes(queue: str | None) -> dict[str, Any]:
    """What tells the Socket.IO server of the message queue at `queue`."""
    if queue is not None and queue.startswith(("redis://", "rediss://", "unix://")):
        return {"client_manager": RedisQueue(queue)}
    return {"message_queue": queue}


def _init_socketio(app: Flask, config: Config, origins: frozenset[str]) -> None:
    socketio.init_app(
        app,
        **_between_processes(config.message_queue_url),
        async_mode=concurrency.mode(),
        manage_session=False,
        # One connection's events are handled one after the other, so that its messages keep their order.
        async_handlers=False,
        serializer=Packet,
        max_http_buffer_size=MAX_PACKET,
        cors_allowed_origins=lambda origin, environ: security.origin_allowed(origin, environ, origins),
    )
    server = socketio.server
    transport.install(server, Bounds(config.outgoing_queue_packets, config.outgoing_queue_bytes))
    realtime_port.bind(SocketIORealtime(server))
    limits = RateLimits(config.redis_url or "memory://", enabled=config.ratelimit_enabled)
    app.extensions["fieldroom-limits"] = limits
    # Slow mode is a rule of a room and no protection of the server: switching the limits off leaves it on.
    limits_port.bind(RateLimits(config.redis_url or "memory://"))
    socketio_handlers.register(app, server, limits)


def _start_background(config: Config, url: str, queue: HueyQueue) -> list[Callable[[], None]]:
    """Start what runs beside the requests of this process, which reaches itself at `url`; returns what ends it, in order."""
    concurrency.spawn(_heartbeat, name="heartbeat")
    concurrency.spawn(_sweep_sessions, config, name="session-sweep")
    concurrency.spawn(filtering.keep_fresh, name="word-list")
    drawing.renderer().warm_up()
    stops: list[Callable[[], None]] = []
    if config.host_agent:
        agent = HostAgent(url, config.data_dir / "host-agent")
        concurrency.spawn(agent.run, name="host-agent")
        stops.append(agent.stop)
    if config.worker:
        crew = Crew(config, queue, PROCESS_ID)
        crew.start()
        stops.append(crew.stop)
    return [*stops, _forget_connections]


def _forget_connections() -> None:
    try:
        presence.forget_process(PROCESS_ID)
        devices.forget_process(PROCESS_ID)
    except OdmError as error:
        logs.get_logger(__name__).warning("connections not forgotten", reason=str(error))


def _heartbeat() -> None:
    log = logs.get_logger(__name__)
    while True:
        concurrency.sleep(liveness.HEARTBEAT_SECONDS)
        try:
            presence.heartbeat(PROCESS_ID)
            devices.heartbeat(PROCESS_ID)
            database.sweep()
        except OdmError as error:
            log.error("heartbeat missed", reason=str(error))
        except Exception:  # the message queue is away, say: without a next heartbeat everyone would look offline
            log.exception("heartbeat failed")


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
    host, port = listener.getsockname()[:2]
    config = config.model_copy(update={"port": port})
    try:
        app = create_app(config)
    except OdmError as error:
        print(f"fieldroom: DATABASE_URL: {error}", file=sys.stderr)
        return 2
    # What the imports made stays for good. Looking through it for garbage again and again would stop everyone for 30 ms and more.
    gc.collect()
    gc.freeze()
    # Nor does what connections hold become garbage: the usual thresholds, now that little counts as old, would look through it at
    # every chart and batch. What is young, where nearly all garbage is, is looked through as before, in larger portions.
    gc.set_threshold(2_000, 10, 100)
    concurrency.exit_on(signal.SIGTERM)
    atexit.register(database.disconnect)
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    stops = _start_background(config, own_url(host, port), app.extensions["fieldroom-jobs"])
    print(f"Fieldroom ready on {url}", flush=True)
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
