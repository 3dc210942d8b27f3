"""One child process of the renderer, seen from its parent."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from services.charting.renderer import frames
from services.charting.renderer.errors import RenderFailed
from services.charting.renderer.frames import WARM_UP_SECONDS, Deadline, Frame

_ROOT = Path(__file__).resolve().parents[3]
# The child draws pictures. Keys, addresses and passwords that the server has from its environment are not its business.
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH")
_REAP_SECONDS = 5.0
_LAST_WORDS = 1000


class ChildGone(Exception):
    """The process ended.

    Attributes: `began`, whether it had begun with the request; `exit_status`; `last_words`, what it wrote to its
    standard error, shortened.
    """

    def __init__(self, *, began: bool, exit_status: int | None, last_words: str) -> None:
        super().__init__(exit_status)
        self.began = began
        self.exit_status = exit_status
        self.last_words = last_words


class ChildProcess:
    """A started child. It takes about a second until it is ready, which `wait_ready` waits for.

    Not for use by two threads at a time. After any exception but RenderFailed its state is unknown: discard it.
    """

    def __init__(self, *, memory_limit_mb: int, font_dirs: Sequence[Path]) -> None:
        self.owner_pid = os.getpid()
        self.answered = 0
        self.resident_bytes = 0
        self._ready = False
        self._socket, childs_end = socket.socketpair()
        # A JavaScript engine that dies writes pages. They belong into the log's one line about it, not between lines.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
        fd = childs_end.fileno()
        command = [sys.executable, "-m", "services.charting.renderer", "--fd", str(fd), "--memory-mb", str(memory_limit_mb)]
        for folder in font_dirs:
            command += ["--font-dir", str(folder)]
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        # Not PR_SET_PDEATHSIG: it fires when the *thread* that started the child ends, and a request's thread does.
        # The child sees its socket close instead.
        try:
            self._process = subprocess.Popen(
                command,
                cwd=_ROOT,
                env={**environment, "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                pass_fds=(fd,),
            )
        except BaseException:
            self._socket.close()
            self._errors.close()
            raise
        finally:
            childs_end.close()

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def wait_ready(self, deadline: Deadline) -> None:
        """Return once the child takes requests. Raises TimeoutError, ChildGone."""
        if not self._ready:
            self._receive(deadline, began=False)
            self._ready = True

    def exchange(self, header: dict[str, Any], body: bytes, limit: float) -> bytes:
        """The child's answer to one request, within `limit` seconds, and those of getting ready where it has to.

        Raises RenderFailed when the answer is that it cannot be done, TimeoutError, ChildGone.
        """
        deadline = Deadline(limit)
        began = was_cold = False
        try:
            frames.send(self._socket, Frame({**header, "limit": limit}, body), deadline)
        except TimeoutError:
            raise
        except OSError as error:
            raise self._gone(began=False) from error
        while True:
            reply = self._receive(deadline, began=began)
            status = reply.header["status"]
            if status == "warming":
                was_cold, deadline = True, Deadline(WARM_UP_SECONDS)
                continue
            if status == "began":
                began = True
                if was_cold:
                    deadline = Deadline(limit)
                continue
            self.answered += 1
            self.resident_bytes = reply.header["rss"]
            if status == "failed":
                raise RenderFailed(reply.header["reason"])
            return reply.body

    def kill(self) -> None:
        """End the process, whatever it does. Whoever waits for it gets ChildGone."""
        if self.owner_pid == os.getpid():  # a process that was forked off with this object has no say
            self._process.kill()

    def discard(self) -> None:
        """End the process and let go of what belongs to it. Not while another thread waits for it."""
        self.kill()
        self._socket.close()
        self._errors.close()
        if self.owner_pid == os.getpid():
            self._reap()

    def _receive(self, deadline: Deadline, *, began: bool) -> Frame:
        try:
            return frames.receive(self._socket, deadline)
        except TimeoutError:
            raise
        except (EOFError, OSError) as error:
            raise self._gone(began=began) from error

    def _gone(self, *, began: bool) -> ChildGone:
        self._reap()
        return ChildGone(began=began, exit_status=self._process.poll(), last_words=self._last_words())

    def _last_words(self) -> str:
        if self._errors.closed:
            return ""
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").strip()
        # V8 says what happened first, Python last.
        return said if len(said) <= _LAST_WORDS else f"{said[: _LAST_WORDS // 2]} … {said[-_LAST_WORDS // 2 :]}"

    def _reap(self) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_REAP_SECONDS)
