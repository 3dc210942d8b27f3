"""Logging that says when something breaks and when it works again, and is silent in between."""

from __future__ import annotations

import logging
import threading


class FaultLog:
    """Remembers which subjects are faulty, so that a sensor unplugged for a week is two lines and not 60,000."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._faulty: set[str] = set()
        self._lock = threading.Lock()

    def failed(self, subject: str, why: object) -> None:
        """Log the fault if the subject worked until now."""
        with self._lock:
            if subject in self._faulty:
                return
            self._faulty.add(subject)
        self._logger.warning("%s: %s", subject, why)

    def recovered(self, subject: str) -> None:
        """Log the recovery if the subject was faulty until now."""
        with self._lock:
            if subject not in self._faulty:
                return
            self._faulty.remove(subject)
        self._logger.info("%s: works again", subject)
