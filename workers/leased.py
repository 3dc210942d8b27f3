"""What one process of all does in the background, while the others stand by."""

import threading
from collections.abc import Callable, Iterator

from models.odm import OdmError
from services import duties
from services.leases import Leaseholder, LeaseLost
from utils import concurrency
from utils.logs import get_logger

log = get_logger(__name__)


def kept_or_taken(lease: Leaseholder) -> bool:
    """Whether it is this process's turn. Raises LeaseLost where it was, and another's it is by now.

    What is held is renewed when a third of its time has passed and not at each look: each renewal is a write to the disk.
    """
    if not lease.held:
        return lease.acquire()
    lease.keep()
    return True


class LeasedWorker:
    """Works while it holds the lease `name`; stands by while another process does.

    work: one pass, a generator that yields between its slices, where everyone else in the process has a turn and the lease is
    kept. owner: what names this process among others. ttl_seconds: of the lease, longer than any slice takes. idle_seconds:
    between two passes. breath_seconds: between two slices.
    """

    def __init__(
        self,
        name: str,
        owner: str,
        work: Callable[[], Iterator[None]],
        *,
        ttl_seconds: float,
        idle_seconds: float,
        standby_seconds: float = 5.0,
        breath_seconds: float = 0.01,
    ) -> None:
        self._name = name
        self._lease = Leaseholder(name, owner, ttl_seconds=ttl_seconds)
        self._work = work
        self._idle, self._standby, self._breath = idle_seconds, standby_seconds, breath_seconds
        self._stopping = threading.Event()
        self._ended = threading.Event()

    def run(self) -> None:
        """Work until `stop` is called."""
        while not self._stopping.is_set():
            self._stopping.wait(self._turn())
        try:
            self._lease.release()
        except OdmError as error:
            log.warning("lease not released", lease=self._name, reason=str(error))
        self._ended.set()

    def stop(self, wait_seconds: float = 2.0) -> None:
        """Have `run` end after the slice it is at, and wait a little for it: then another process can take over at once."""
        self._stopping.set()
        self._ended.wait(wait_seconds)

    def _turn(self) -> float:
        """One pass where it is this process's turn; returns how many seconds to wait before the next."""
        try:
            acting = kept_or_taken(self._lease)
            duties.note(self._name, "acting" if acting else "standing by")
            if acting:
                self._pass()
                return self._idle
        except LeaseLost:
            pass
        except OdmError as error:
            log.error("background work interrupted", lease=self._name, reason=str(error))
        except Exception:
            log.exception("background work failed", lease=self._name)
        return self._standby

    def _pass(self) -> None:
        for _ in self._work():
            concurrency.sleep(self._breath)
            self._lease.keep()
            if self._stopping.is_set():
                return
