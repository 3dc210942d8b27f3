"""A server of the ``/devices`` namespace as the contract has it, on python-socketio and Werkzeug, that can misbehave.

``DeviceServer`` runs within a test; ``python pi_device_server.py PORT DATABASE`` is the same server as a process that
can be killed. What it stored is in an SQLite file of its own, as (key, ts) -> value.
"""

from __future__ import annotations

import contextlib
import math
import socket
import sqlite3
import sys
import threading
import time
from dataclasses import dataclass, field

import socketio
from werkzeug.serving import WSGIRequestHandler, make_server

TOKEN = "a-device-token"


@dataclass
class Behaviour:
    """How the server is to misbehave; a test changes it while the server runs."""

    token: str = TOKEN
    delay_s: float = 0.0
    # How many of the next batches are stored without being acknowledged (-1: all).
    drop_acks: int = 0
    # How many of the next batches end the connection before anything is stored.
    hang_up: int = 0
    # Error codes for the next batches, refused whole.
    refuse_batches: list[str] = field(default_factory=list)
    # By sensor key: the code with which its readings are rejected, alone.
    reject: dict[str, str] = field(default_factory=dict)
    # Whole batches that hold a value in here are refused with the code.
    poison: dict[float, str] = field(default_factory=dict)
    # Sensors that announce does not take.
    refuse_sensors: set[str] = field(default_factory=set)
    # Announcements that hold anything besides sensors are refused, as by the first version of the server.
    only_sensors: bool = False
    # Batches above this size are refused with too_large.
    max_batch: int = 5_000


class DeviceServer:
    """Start and stop it as often as needed; the port stays the same from the first start on."""

    def __init__(self, database: str, port: int = 0) -> None:
        self.behaviour = Behaviour()
        self.port = port
        self.announcements: list[list[dict[str, str]]] = []
        self.reports: list[dict[str, float]] = []
        self.told: dict[str, object] = {}
        self.batches: list[dict[str, object]] = []
        self.connects: list[float] = []
        self.known: set[str] = set()
        self.duplicates = 0
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._db = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("CREATE TABLE IF NOT EXISTS stored (key TEXT, ts INTEGER, value REAL, PRIMARY KEY (key, ts))")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def stored(self) -> dict[tuple[str, int], float]:
        with self._lock:
            return {(key, ts): value for key, ts, value in self._db.execute("SELECT * FROM stored")}

    def start(self) -> None:
        self.sio = socketio.Server(async_mode="threading", logger=False)
        self.sio.on("connect", self._connect, namespace="/devices")
        self.sio.on("announce", self._announce, namespace="/devices")
        self.sio.on("status", self._status, namespace="/devices")
        self.sio.on("readings", self._readings, namespace="/devices")
        outer = self

        class Handler(WSGIRequestHandler):
            def setup(self) -> None:
                super().setup()
                outer._sockets.add(self.connection)

            def log_request(self, *args: object) -> None:
                pass

            def log_error(self, *args: object) -> None:
                pass

        self._http = make_server(
            "127.0.0.1", self.port, socketio.WSGIApp(self.sio), threaded=True, request_handler=Handler
        )
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self.port = self._http.port
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        """Be gone, without a word to anybody: sockets are cut, nothing is acknowledged any more."""
        self._http.shutdown()
        self._http.server_close()
        self.cut()
        self.known.clear()

    def cut(self) -> None:
        """Cut every connection that is open."""
        for connection in list(self._sockets):
            self._sockets.discard(connection)
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._closing.set()
        self.stop()
        with self._lock:
            self._db.close()

    def configure(self, payload: object) -> object:
        """Send ``configure`` to the one device that is connected; gives its answer."""
        (sid,) = [sid for sid, _ in self.sio.manager.get_participants("/devices", None)]
        return self.sio.call("configure", payload, to=sid, namespace="/devices", timeout=5)

    def disconnect_all(self) -> None:
        """End the namespace of every device, as the server does when a token is revoked."""
        for sid, _ in list(self.sio.manager.get_participants("/devices", None)):
            self.sio.disconnect(sid, namespace="/devices")

    def _connect(self, sid: str, environ: object, auth: object) -> None:
        self.connects.append(time.monotonic())
        if not isinstance(auth, dict) or auth.get("token") != self.behaviour.token:
            raise socketio.exceptions.ConnectionRefusedError("authentication_required")

    def _announce(self, sid: str, data: dict[str, list[dict[str, str]]]) -> dict[str, object]:
        if any(sensor["key"] in self.behaviour.refuse_sensors for sensor in data["sensors"]):
            return {"ok": False, "error": {"code": "validation_failed", "message": "no", "fields": {"unit": "odd"}}}
        if self.behaviour.only_sensors and len(data) > 1:
            return {"ok": False, "error": {"code": "validation_failed", "message": "no", "fields": {"version": "?"}}}
        self.told = {name: value for name, value in data.items() if name != "sensors"}
        self.announcements.append(data["sensors"])
        self.known.update(sensor["key"] for sensor in data["sensors"])
        return {"ok": True, "sensors": {key: f"{n:024x}" for n, key in enumerate(sorted(self.known))}}

    def _status(self, sid: str, data: dict[str, dict[str, float]]) -> dict[str, object]:
        self.reports.append(data["status"])
        return {"ok": True}

    def _readings(self, sid: str, data: dict[str, object]) -> object:
        behaviour = self.behaviour
        readings = data["readings"]
        self.batches.append(data)
        if self._closing.wait(behaviour.delay_s):
            return None
        if behaviour.hang_up:
            behaviour.hang_up -= 1
            self.cut()
            return None
        if behaviour.refuse_batches:
            return _no(behaviour.refuse_batches.pop(0))
        if len(readings) > behaviour.max_batch:
            return _no("too_large")
        for _, _, value in readings:
            if value in behaviour.poison:
                return _no(behaviour.poison[value])
        answer = self._store(readings)
        if behaviour.drop_acks:
            behaviour.drop_acks -= 1
            self._closing.wait()  # until then this thread does not return, so nothing is acknowledged
        return answer

    def _store(self, readings: list[tuple[str, int, float]]) -> dict[str, object] | None:
        accepted, duplicates, rejected = 0, 0, []
        with self._lock:
            if self._closing.is_set():
                return None
            self._db.execute("BEGIN")
            for index, (key, ts, value) in enumerate(readings):
                code = self._refusal(key, ts, value)
                if code:
                    rejected.append({"index": index, "code": code})
                elif self._db.execute("INSERT OR IGNORE INTO stored VALUES (?, ?, ?)", (key, ts, value)).rowcount:
                    accepted += 1
                else:
                    duplicates += 1
            self._db.execute("COMMIT")
            self.duplicates += duplicates
        return {"ok": True, "accepted": accepted, "duplicates": duplicates, "rejected": rejected}

    def _refusal(self, key: str, ts: object, value: object) -> str:
        if key not in self.known:
            return "unknown_sensor"
        if not isinstance(ts, int) or ts <= 0 or not isinstance(value, (int, float)) or not math.isfinite(value):
            return "bad_value"
        return self.behaviour.reject.get(key, "")


def _no(code: str) -> dict[str, object]:
    return {"ok": False, "error": {"code": code, "message": "as the test wants it"}}


if __name__ == "__main__":
    server = DeviceServer(sys.argv[2], int(sys.argv[1]))
    server.start()
    print("ready", flush=True)
    threading.Event().wait()
