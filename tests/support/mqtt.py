"""A real mosquitto of the test's own, on a free port."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path


class Mosquitto:
    """Starts on entering, or with `start`, always on the same port. Raises FileNotFoundError where it is not installed."""

    def __init__(self, folder: Path) -> None:
        # Debian puts it where only root looks.
        self._program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        if self._program is None:
            raise FileNotFoundError("mosquitto is not installed: apt-get install mosquitto")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._config = folder / "mosquitto.conf"
        self._config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location {folder}/\n",
            encoding="ascii",
        )
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"mqtt://user:secret@127.0.0.1:{self.port}"

    def start(self) -> "Mosquitto":
        environment = {**os.environ}
        self._process = subprocess.Popen(
            [str(self._program), "-c", str(self._config)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise AssertionError("mosquitto did not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)

    def __enter__(self) -> "Mosquitto":
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.stop()
