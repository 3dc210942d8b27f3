"""/healthz, /readyz and /metrics: for whoever watches the process."""

from collections.abc import Callable

from flask import Flask, Response, jsonify
from flask_limiter import Limiter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis import Redis, RedisError

from config import Config
from models.odm import OdmError
from services import leases, stats
from services.metrics import metrics
from services.platform import current
from services.telemetry.aggregation import LEASE
from utils import redis_client


def register(app: Flask, config: Config, limiter: Limiter) -> None:
    """Attach the three paths. They need no sign-in and say nothing about anyone, and may be asked as often as one likes."""
    checks: dict[str, Callable[[], bool]] = {"database": database_answers, "worker": _worker_holds_its_lease}
    if config.redis_url is not None:
        queue = redis_client.client(config.redis_url)
        checks["queue"] = lambda: _answers(queue)

    @app.get("/healthz")
    @limiter.exempt
    def healthz() -> Response:
        return jsonify({"status": "ok"})

    @app.get("/readyz")
    @limiter.exempt
    def readyz() -> tuple[Response, int]:
        results = {name: check() for name, check in checks.items()}
        ready = all(results.values())
        return jsonify({"status": "ok" if ready else "unavailable", "checks": results}), 200 if ready else 503

    @app.get("/metrics")
    @limiter.exempt
    def show_metrics() -> Response:
        stats.observe()
        return Response(generate_latest(metrics().registry), content_type=CONTENT_TYPE_LATEST)


def database_answers() -> bool:
    """Whether anything can be read and stored."""
    try:
        current().database.ping()
    except OdmError:
        return False
    return True


def _worker_holds_its_lease() -> bool:
    """Whether some process, this one or another, aggregates readings."""
    try:
        return leases.is_held(LEASE)
    except OdmError:
        return False


def _answers(queue: "Redis") -> bool:
    try:
        return bool(queue.ping())
    except RedisError:
        return False
