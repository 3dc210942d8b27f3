"""Pushes that are gathered and sent at most so often: what comes within one interval goes out together."""

import threading
from collections.abc import Callable

from services.platform import spawn
from utils import concurrency
from utils.logs import get_logger

log = get_logger(__name__)


class Pulse:
    """Calls `push` after `wake` was called: at once after a pause, and never twice within `interval_seconds`.

    Nothing runs before the first `wake`. A push that fails is logged and ends nothing: what it was to send is lost, what comes
    next is not.
    """

    def __init__(self, push: Callable[[], None], interval_seconds: float, name: str) -> None:
        self._push = push
        self._interval = interval_seconds
        self._name = name
        self._some = threading.Event()
        self._lock = threading.Lock()
        self._started = False

    def wake(self) -> None:
        """Say that there is something to push."""
        if not self._started:
            with self._lock:
                if not self._started:
                    self._started = True
                    spawn(self._run, name=self._name)
        if not self._some.is_set():
            self._some.set()

    def _run(self) -> None:
        while True:
            self._some.wait()
            self._some.clear()
            try:
                self._push()
            except Exception:  # the message queue is away, say
                log.exception("not pushed", what=self._name)
            concurrency.sleep(self._interval)
