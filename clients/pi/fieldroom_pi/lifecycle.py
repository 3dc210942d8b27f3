"""The process: its signals, its parent, and that there is only one of it for a queue."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path
from types import TracebackType

from fieldroom_pi.errors import QueueInUse

_STOP = frozenset({signal.SIGTERM, signal.SIGINT})
_PARENT_GONE = signal.SIGUSR1
_PR_SET_PDEATHSIG = 1
_LOCK_NAME = "run.lock"


class Signals:
    """Turns signals into return values of ``wait``.

    Nothing is done inside a signal handler: it would run in the main thread at any moment, also while that thread holds
    a lock which the handler needs.
    """

    def __enter__(self) -> Signals:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._before_fd = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, _ignore) for number in (*_STOP, _PARENT_GONE)}
        return self

    def wait(self, timeout_s: float) -> bool:
        """Wait for a signal, at most ``timeout_s``; True if it was one that asks to stop."""
        if not select.select([self._reader], [], [], timeout_s)[0]:
            return False
        return any(number in _STOP for number in self._reader.recv(64))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._before_fd)
        self._reader.close()
        self._writer.close()


def _ignore(number: int, frame: object) -> None:
    """A handler is needed for the number to reach the wake-up socket."""


class ParentWatch:
    """Notices that the process which started this one is gone.

    pid: the parent's, as it gave it itself; 0 for whoever the parent is now. Needs ``Signals`` in place.

    On Linux the kernel sends a signal at that moment, but also when only the *thread* that started us ends (prctl(2),
    PR_SET_PDEATHSIG). So the signal merely cuts the wait short, and the parent's pid decides.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid or os.getppid()
        if sys.platform == "linux":
            import ctypes  # only here: loading it needs memory that hardened services may not have

            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(_PARENT_GONE), 0, 0, 0)

    def gone(self) -> bool:
        """Whether the parent has ended."""
        return os.getppid() != self._pid


class InstanceLock:
    """Held by the one process that runs on a state directory; the kernel frees it however that process ends."""

    def __init__(self, state_dir: Path, wait_s: float = 3.0) -> None:
        """Take the lock, waiting ``wait_s`` for a predecessor that is just ending. Raises QueueInUse, OSError."""
        state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = (state_dir / _LOCK_NAME).open("a+", encoding="ascii")
        deadline = time.monotonic() + wait_s
        while not _try_lock(self._file.fileno()):
            if time.monotonic() >= deadline:
                self._file.close()
                raise QueueInUse(f"{state_dir} is in use by another fieldroom-pi, process {running_pid(state_dir)}")
            time.sleep(0.1)
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Free the lock."""
        self._file.close()


def running_pid(state_dir: Path) -> int | None:
    """The process that holds the lock of a state directory, or None if nobody does."""
    try:
        with (state_dir / _LOCK_NAME).open(encoding="ascii") as file:
            if _try_lock(file.fileno()):
                return None
            return int(file.read() or 0)
    except (FileNotFoundError, ValueError):
        return None


def _try_lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
