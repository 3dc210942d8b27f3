"""/healthz, /readyz and /metrics: for whoever watches the process."""

from flask import Flask, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

import database
from models.odm import OdmError


def register(app: Flask) -> None:
    """Attach the three paths. They need no sign-in and say nothing about anyone."""

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify({"status": "ok"})

    @app.get("/readyz")
    def readyz() -> tuple[Response, int]:
        checks = {"database": _database_answers()}
        ready = all(checks.values())
        return jsonify({"status": "ok" if ready else "unavailable", "checks": checks}), 200 if ready else 503

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _database_answers() -> bool:
    try:
        database.current().ping()
    except OdmError:
        return False
    return True
