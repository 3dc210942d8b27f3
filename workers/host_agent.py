"""The Raspberry Pi client as a child of the server, so that this machine's own sensors are there from the first minute."""

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from models.odm import OdmError
from services.telemetry import devices
from utils.logs import get_logger

log = get_logger(__name__)

_CLIENT = Path(__file__).resolve().parents[1] / "clients" / "pi"
# Keys, addresses and passwords that the server has from its environment are not the client's business.
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")
INTERVAL_MS = 2_000
_POLL_SECONDS = 2.0
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
# A child that ran for this long was well; its end is no reason to wait longer than at first.
_WELL_SECONDS = 60.0
_STOP_SECONDS = 5.0


class HostAgent:
    """Keeps one client running: restarts it when it ends, with growing pauses, and ends it with the server.

    server_url: where the client reaches this server. folder: where it keeps its token, its queue and, in config.toml, what
    its owner may set (see the client's README).
    """

    def __init__(self, server_url: str, folder: Path) -> None:
        self._server_url = server_url
        self._folder = folder
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Run the client until `stop` is called."""
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                child = self._child = self._start(self._token())
                log.info("host agent started", pid=child.pid)
                self._wait(child)
            except (OdmError, OSError) as error:
                log.error("host agent not started", reason=str(error))
            if self._stopping.is_set():
                break
            pause = _FIRST_PAUSE if time.monotonic() - started > _WELL_SECONDS else min(2 * pause, _LONGEST_PAUSE)
            log.warning("host agent ended", exit_status=None if self._child is None else self._child.poll(), next_in=pause)
            self._stopping.wait(pause)
        self._end_child()

    def stop(self) -> None:
        """End the client and have `run` return."""
        self._stopping.set()
        self._end_child()

    def _token(self) -> str:
        """The token of this machine's device; registers the device where there is none yet."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / "token"
        known = path.read_text(encoding="ascii").strip() if path.exists() else None
        _, token = devices.ensure_agent(socket.gethostname(), known)
        if token != known:
            fresh = path.with_suffix(".new")
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(token)
            fresh.replace(path)
        return token

    def _start(self, token: str) -> subprocess.Popen[bytes]:
        settings = self._folder / "config.toml"
        settings.touch(mode=0o600)
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        environment |= {
            "PYTHONPATH": str(_CLIENT), "FIELDROOM_SERVER": self._server_url, "FIELDROOM_TOKEN": token,
            "FIELDROOM_STATE_DIR": str(self._folder.resolve()),
            "FIELDROOM_INTERVAL": os.environ.get("FIELDROOM_INTERVAL", str(INTERVAL_MS)),
        }  # fmt: skip
        command = [sys.executable, "-m", "fieldroom_pi", "run", "--log-level", "warning", "--config", str(settings.resolve())]
        return subprocess.Popen(
            [*command, "--exit-with-parent", str(os.getpid())], env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def _wait(self, child: subprocess.Popen[bytes]) -> None:
        # By looking and not by waiting: waiting for a process would stop a green server.
        while child.poll() is None and not self._stopping.is_set():
            self._stopping.wait(_POLL_SECONDS)

    def _end_child(self) -> None:
        child, self._child = self._child, None
        if child is None or child.poll() is not None:
            return
        child.terminate()
        ends = time.monotonic() + _STOP_SECONDS
        while child.poll() is None and time.monotonic() < ends:
            time.sleep(0.05)
        if child.poll() is None:
            child.kill()
            child.wait()
