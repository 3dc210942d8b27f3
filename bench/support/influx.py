"""InfluxDB 1.x, as Debian packages it, on a free port with everything it keeps in a folder of its own."""

import shutil
import socket
import subprocess
import time
from pathlib import Path

import requests

START_SECONDS = 60


def installed() -> bool:
    """Whether this machine has it."""
    return shutil.which("influxd") is not None


class Influx:
    """Entering starts it with one database, `bench`; its defaults otherwise, so a write is on disk when it is answered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> "Influx":
        http, rpc = _free_port(), _free_port()
        self.folder.mkdir(parents=True)
        config = self.folder / "influxdb.conf"
        config.write_text(
            f'reporting-disabled = true\nbind-address = "127.0.0.1:{rpc}"\n[meta]\n  dir = "{self.folder}/meta"\n'
            f'[data]\n  dir = "{self.folder}/data"\n  wal-dir = "{self.folder}/wal"\n  query-log-enabled = false\n'
            f'[http]\n  bind-address = "127.0.0.1:{http}"\n  log-enabled = false\n[monitor]\n  store-enabled = false\n',
            encoding="ascii",
        )
        self._process = subprocess.Popen(["influxd", "-config", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.url, self.pid = f"http://127.0.0.1:{http}", self._process.pid
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                requests.post(f"{self.url}/query", params={"q": "CREATE DATABASE bench"}, timeout=5).raise_for_status()
                return self
            except requests.RequestException:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    self.__exit__()
                    raise RuntimeError("influxd did not start") from None
                time.sleep(0.2)

    def __exit__(self, *_exc: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
