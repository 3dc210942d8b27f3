"""`python -m workers`: what works in the background, as a process of its own."""

import signal
import subprocess
import sys
from pathlib import Path

from tests.support.server import ROOT, clean_environment


class Worker:
    """`python -m workers` on the database of a folder."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "workers"], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**clean_environment(), "FLASK_ENV": "testing", "DATA_DIR": str(data_dir), **environment},
        )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if line != "Fieldroom worker ready\n":
            self.process.kill()
            raise AssertionError(line + self.process.stdout.read())

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        status = self.process.wait(15)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status
