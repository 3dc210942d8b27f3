"""A real Fieldroom server in a process of its own, on a free port, with everything it keeps in a folder of its own."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from config import Config

ROOT = Path(__file__).resolve().parents[2]
READY = re.compile(r"Fieldroom ready on (http://\S+)")
START_SECONDS = 60


class Server:
    """Starts on entering (or `start`), ends on leaving; `kill` is kill -9, after which `start` starts it on the same data.

    with Server(tmp_path, ASYNC_MODE="gevent") as server:
        requests.get(server.url + "/healthz")
    """

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.data_dir = data_dir
        self.environment = environment
        self.url = ""
        self.port = 0
        self.process: subprocess.Popen[str] | None = None
        self.log: list[str] = []

    def start(self, **more: str) -> "Server":
        """Start it and wait until it says that it is ready. Raises AssertionError with its log where it does not."""
        environment = {
            **clean_environment(), "FLASK_ENV": "testing", "PORT": str(self.port), "DATA_DIR": str(self.data_dir),
            "RATELIMIT_ENABLED": "0", **self.environment, **more,
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-u", "app.py"], cwd=ROOT, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        ready = threading.Event()
        threading.Thread(target=self._read, args=(self.process, ready), daemon=True).start()
        assert ready.wait(START_SECONDS), "the server did not start:\n" + self.output
        assert self.url, "the server ended at start:\n" + self.output
        self.port = int(self.url.rpartition(":")[2])
        return self

    def _read(self, process: subprocess.Popen[str], ready: threading.Event) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.log.append(line)
            if match := READY.search(line):
                self.url = match[1]
                ready.set()
        ready.set()

    @property
    def output(self) -> str:
        """All that it printed, from every start."""
        return "".join(self.log)

    def kill(self) -> None:
        """kill -9: it gets no chance to finish anything."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> None:
        """Ask it to end, as a service manager does; kill it where it does not."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)

    def __enter__(self) -> "Server":
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.stop()


def clean_environment() -> Mapping[str, str]:
    """This process's environment without settings of a Fieldroom that the developer may have exported, or have in a file."""
    ours = set(Config.model_fields) | {"flask_env", "fieldroom_defaults"}
    return {name: value for name, value in os.environ.items() if name.lower() not in ours} | {"FIELDROOM_CONFIG": os.devnull}


class Api:
    """One person's or program's HTTP session with a server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()

    def call(self, method: str, path: str, expect: int | None = None, **options: Any) -> requests.Response:
        response = self.session.request(method, self.url + path, timeout=30, **options)
        if expect is not None:
            assert response.status_code == expect, f"{method} {path}: {response.status_code} {response.text[:500]}"
        return response

    def get(self, path: str, expect: int | None = 200, **options: Any) -> Any:
        return self.call("GET", path, expect, **options).json()

    def post(self, path: str, json: Any = None, expect: int | None = None, **options: Any) -> requests.Response:
        return self.call("POST", path, expect, json={} if json is None else json, **options)

    @property
    def cookie(self) -> str:
        """The Cookie header that a Socket.IO client sends along."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.session.cookies)


PASSWORD = "correct horse 7"


def register(url: str, username: str, **more: Any) -> Api:
    """A new account, signed in."""
    api = Api(url)
    api.post("/api/auth/register", {"username": username, "password": PASSWORD, **more}, expect=201)
    return api
