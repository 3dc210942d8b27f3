"""Which readings to send next, and what becomes of them after the answer.

The rules, in the order of what they protect:
- a reading leaves the queue when the server has stored it, or has said for good that it never will;
- a batch that fails whole is sent again in halves, so that one bad reading is found and does not hold up the others;
- a single reading that the server neither takes nor refuses is set aside after a few attempts, and tried again an hour
  later: the queue moves on and nothing is lost.
"""

from __future__ import annotations

import logging
from collections import Counter

from fieldroom_pi.clock import Backoff
from fieldroom_pi.errors import ConnectionLost, ServerError
from fieldroom_pi.model import MAX_BATCH
from fieldroom_pi.outbox import Batch, Outbox
from fieldroom_pi.protocol import HINTS, NEVER, NOT_SIGNED_IN, TRY_LATER, UNKNOWN_SENSOR, BatchAnswer

_log = logging.getLogger(__name__)
_ATTEMPTS_ALONE = 5
_SET_ASIDE_FOR_MS = 3_600_000


class Delivery:
    """The sending side of the queue; used by one thread.

    max_batch: readings in one event; retry: delays after an answer that asks to try later.
    """

    def __init__(self, outbox: Outbox, retry: Backoff, max_batch: int = MAX_BATCH) -> None:
        self._outbox = outbox
        self._retry = retry
        self._max_batch = max_batch
        self._limit = max_batch
        self._attempts_alone = 0
        self._announced_again: set[str] = set()
        self._told: set[tuple[str, str]] = set()
        self.wants_announce = False
        """Set when the server does not know a sensor; the caller announces and clears it."""

    def connected(self) -> None:
        """A new connection: what the server knows may have changed."""
        self._announced_again.clear()
        self._told.clear()
        self.wants_announce = False

    def next(self) -> Batch | None:
        """The readings to send now, or None."""
        if self._outbox.requeue_set_aside(_SET_ASIDE_FOR_MS):
            _log.info("readings that were set aside are tried again")
        return self._outbox.next_batch(self._limit)

    def answered(self, batch: Batch, answer: BatchAnswer) -> float:
        """The server acknowledged the batch; gives the seconds to wait before the next one."""
        keep, unknown, final = [], set(), {}
        for index, code in answer.rejected.items():
            key = batch.readings[index].key
            if code in TRY_LATER:
                keep.append(index)
            elif code in UNKNOWN_SENSOR and key not in self._announced_again:
                # Deleted on the server while we were connected, or the server was restored from a backup.
                keep.append(index)
                unknown.add(key)
            else:
                final[index] = code
        if unknown:
            self._announced_again |= unknown
            self.wants_announce = True
        counts = {"accepted": answer.accepted, "duplicates": answer.duplicates, "rejected": len(final)}
        self._outbox.settle(batch, keep=keep, counts=counts)
        self._tell_of_rejections(batch, final)
        self._attempts_alone = 0
        self._limit = min(self._limit * 2, self._max_batch)
        if keep:
            return self._retry.next()
        self._retry.reset()
        return 0.0

    def refused(self, batch: Batch, error: ServerError) -> float:
        """The server refused the whole batch; gives the seconds to wait.

        Raises ConnectionLost if it does not know us any more: connecting again tells whether the token is still good.
        """
        if error.code in NOT_SIGNED_IN:
            self._outbox.release()
            raise ConnectionLost(str(error)) from error
        if error.code in TRY_LATER:
            self._outbox.release()
            return max(self._retry.next(), error.retry_after_s or 0.0)
        if error.code in UNKNOWN_SENSOR and not self._announced_again:
            self._outbox.release()
            self._announced_again.update(reading.key for reading in batch.readings)
            self.wants_announce = True
            return self._retry.next()
        if error.code in NEVER:
            if len(batch.ids) > 1:
                self._halve(batch)
                return 0.0
            self._outbox.settle(batch, counts={"rejected": 1})
            self._tell_of_rejections(batch, {0: str(error)})
            return 0.0
        self.unanswered(batch, str(error))
        return self._retry.next()

    def unanswered(self, batch: Batch, why: str) -> None:
        """The batch went out and nothing is known of it, or the answer means nothing to us."""
        _log.debug("batch of %d: %s", len(batch.ids), why)
        if len(batch.ids) > 1:
            self._halve(batch)
            return
        self._attempts_alone += 1
        if self._attempts_alone < _ATTEMPTS_ALONE:
            self._outbox.release()
            return
        self._attempts_alone = 0
        self._outbox.set_aside(batch)
        _log.warning("%s is set aside for an hour, the server does not deal with it: %s", batch.readings[0], why)

    def _halve(self, batch: Batch) -> None:
        self._outbox.release()
        self._limit = len(batch.ids) // 2

    def _tell_of_rejections(self, batch: Batch, final: dict[int, str]) -> None:
        causes = Counter((batch.readings[index].key, why) for index, why in final.items())
        for cause, n in causes.items():
            # Said once for each connection; how many there are is kept in the queue's counters.
            level = logging.DEBUG if cause in self._told else logging.WARNING
            self._told.add(cause)
            key, why = cause
            _log.log(level, "the server rejected %d reading(s) of %s for good: %s", n, key, HINTS.get(why, why))
