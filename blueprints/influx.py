"""InfluxDB's paths for writing, so that Telegraf, its official clients and scripts work unchanged.

Version 1 with the path /api (`InfluxDBClient(host, port, path="api", password=token)`; Telegraf: `urls = ["http://host:port/api"]`),
version 2 at the server's own address (`InfluxDBClient(url="http://host:port", token=token, org="-")`), or below /api.
"""

import zlib
from typing import Any

from flask import Response, jsonify, request

from blueprints.api import Api, read_body
from blueprints.health import database_answers
from blueprints.identity import require_writer
from services.telemetry.protocols import influx
from services.telemetry.protocols.line_protocol import PRECISIONS
from utils.clock import now, rfc3339
from utils.errors import AuthenticationRequired, TooLarge, UnsupportedMediaType

api = Api("influx", "/api")
at_root = Api("influx-at-root", "")

VERSION = "1.8-fieldroom"
_MAX_BODY = 8_000_000
_MAX_TEXT = 16_000_000
_NAMED_ERRORS = 5
_STARTED = now()
_NOT_ALL = {400: "Some lines or all of them were not stored; `error` says which and why."}
_UNHEALTHY = {503: "The database does not answer."}
_NO_QUERY = {400: "What was asked is not understood."}
_ERRORS = (AuthenticationRequired, TooLarge, UnsupportedMediaType)


@api.post("/write", auth="public", status=204, other_statuses=_NOT_ALL, errors=_ERRORS)
def write() -> Any:
    """Store readings in InfluxDB's line protocol, plain or gzip; 204 where all of them are stored.

    Signed by a device's token: `Authorization: Token` or `Bearer`, the password of basic authentication, or `p`. `precision` is
    the unit of timestamps: ns (the default), us, ms, s, m or h. Each field is a sensor with the key measurement.field,tag=value,…
    (the measurement alone where the field is called value), made when it comes first. Booleans are 1 and 0; strings are not stored.
    Where something is not stored the answer is 400 and says which lines; the others are.
    """
    return _write()


@api.post("/v2/write", auth="public", status=204, other_statuses=_NOT_ALL, errors=_ERRORS)
def write_v2() -> Any:
    """The same where clients of InfluxDB 2 look for it at the server's own address; organisation and bucket count for nothing."""
    return _write()


@api.post("/api/v2/write", auth="public", status=204, other_statuses=_NOT_ALL, errors=_ERRORS)
def write_v2_below() -> Any:
    """The same where clients of InfluxDB 2 look for it below /api."""
    return _write()


@api.get("/ping", auth="public", status=204)
def ping() -> Any:
    """Say that somebody is there, as InfluxDB does."""
    return Response(status=204, headers={"X-Influxdb-Version": VERSION})


@at_root.get("/ping", auth="public", status=204)
def ping_at_root() -> Any:
    """The same where clients of InfluxDB 2 look for it at the server's own address."""
    return ping()


@api.get("/health", auth="public", answer=dict[str, Any], other_statuses=_UNHEALTHY)
def health() -> Any:
    """Say whether readings can be stored, as InfluxDB 2 does."""
    return _health()


@at_root.get("/health", auth="public", answer=dict[str, Any], other_statuses=_UNHEALTHY)
def health_at_root() -> Any:
    """The same where clients of InfluxDB 2 look for it at the server's own address."""
    return _health()


@api.get("/ready", auth="public", answer=dict[str, Any])
def ready() -> Any:
    """Say since when this process serves, as InfluxDB 2 does."""
    return _ready()


@at_root.get("/ready", auth="public", answer=dict[str, Any])
def ready_at_root() -> Any:
    """The same where clients of InfluxDB 2 look for it at the server's own address."""
    return _ready()


@api.get("/query", auth="public", answer=dict[str, Any], other_statuses=_NO_QUERY)
def query() -> Any:
    """Answer what clients ask before they write; nothing can be read in InfluxQL."""
    return _queried()


@api.post("/query", auth="public", answer=dict[str, Any], other_statuses=_NO_QUERY)
def post_query() -> Any:
    """Answer what clients ask before they write: CREATE DATABASE has nothing to do here."""
    return _queried()


def _write() -> Response | None:
    device = require_writer()
    precision = request.args.get("precision", "ns")
    if precision not in PRECISIONS:
        return _refusal(f"invalid precision {precision[:20]!r} (use ns, us, ms, s, m or h)")
    try:
        text = _body().decode()
    except UnicodeDecodeError:
        return _refusal("the body is not UTF-8")
    written = influx.write(device, text, precision)
    if not written.errors:
        return None
    named = "; ".join(f"line {line}: {reason}" for line, reason in written.errors[:_NAMED_ERRORS])
    kind = "partial write" if written.stored else "unable to parse"
    return _refusal(f"{kind}: {named} dropped={len(written.errors)}")


def _health() -> Response:
    """https://docs.influxdata.com/influxdb/v2/api/v2/#operation/GetHealth"""
    passes = database_answers()
    message = "ready for queries and writes" if passes else "the database does not answer"
    response = jsonify(
        {"name": "influxdb", "message": message, "status": "pass" if passes else "fail", "checks": [], "version": VERSION}
    )
    response.status_code = 200 if passes else 503
    return response


def _ready() -> Response:
    """https://docs.influxdata.com/influxdb/v2/api/v2/#operation/GetReady"""
    seconds = int((now() - _STARTED).total_seconds())
    up = f"{seconds // 3600}h{seconds // 60 % 60}m{seconds % 60}s"
    return jsonify({"status": "ready", "started": rfc3339(_STARTED), "up": up})


def _queried() -> Response:
    words = (request.values.get("q") or "").upper().split()
    if words[:2] == ["CREATE", "DATABASE"]:
        return jsonify({"results": [{"statement_id": 0}]})
    if words[:2] == ["SHOW", "DATABASES"]:
        series = {"name": "databases", "columns": ["name"], "values": [["fieldroom"]]}
        return jsonify({"results": [{"statement_id": 0, "series": [series]}]})
    return _refusal("only CREATE DATABASE and SHOW DATABASES are understood; read through /api/sensors")


def _body() -> bytes:
    data = read_body(_MAX_BODY)
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding == "identity":
        return data
    if encoding != "gzip":
        raise UnsupportedMediaType("Send the lines as they are, or with Content-Encoding: gzip.")
    unpacking = zlib.decompressobj(wbits=31)
    try:
        text = unpacking.decompress(data, _MAX_TEXT)
    except zlib.error:
        raise UnsupportedMediaType("The body is not gzip.") from None
    if unpacking.unconsumed_tail or not unpacking.eof:
        raise TooLarge(f"The body is cut off, or larger than {_MAX_TEXT} bytes when it is unpacked.")
    return text


def _refusal(reason: str) -> Response:
    """InfluxDB's errors: `error` is what version 1 reads, `code` and `message` what version 2 does."""
    response = jsonify({"error": reason, "code": "invalid", "message": reason})
    response.status_code = 400
    response.headers["X-Influxdb-Error"] = reason.encode("ascii", "replace").decode().replace("\n", " ").replace("\r", " ")
    return response
