"""The one loop of what one process of all does in the background, while the others stand by."""

import threading
from collections.abc import Callable, Generator
from contextlib import closing

from models.odm import OdmError
from services import duties
from services.leases import Leaseholder, LeaseLost
from utils import concurrency
from utils.logs import get_logger

log = get_logger(__name__)

Work = Generator[None, None, None]
"""A pass, slice by slice."""


class LeasedWorker:
    """Works while it holds the lease `name`; stands by while another process does.

    work: one pass under the lease of that fence, a generator that yields between its slices, where everyone else in the process
    has a turn and the lease is kept. It raises LeaseLost where it learns by itself that the lease is another's, and is closed where
    it is left in the middle. owner: what names this process among others. ttl_seconds: of the lease, longer than any slice takes.
    idle_seconds: between two passes. standby_seconds: until the next try where it is another's turn, or something failed.
    breath_seconds: between two slices; None: as long as it takes to give way.
    """

    def __init__(
        self,
        name: str,
        owner: str,
        work: Callable[[int], Work],
        *,
        ttl_seconds: float,
        idle_seconds: float,
        standby_seconds: float = 5.0,
        breath_seconds: float | None = 0.01,
    ) -> None:
        self._name = name
        self._lease = Leaseholder(name, owner, ttl_seconds=ttl_seconds)
        self._work = work
        self._idle, self._standby, self._breath = idle_seconds, standby_seconds, breath_seconds
        self._stopping = threading.Event()
        self._ended = threading.Event()

    @property
    def behind(self) -> bool:
        """Whether the pass just done left work that is due: then the next one follows at once."""
        return False

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
            acting = self._kept_or_taken()
            duties.note(self._name, "acting" if acting else "standing by")
            if acting:
                self._pass()
                return 0.0 if self.behind else self._idle
        except LeaseLost:
            log.warning("background work handed over", lease=self._name, reason="the lease was lost")
        except OdmError as error:
            log.error("background work interrupted", lease=self._name, reason=str(error))
        except Exception:
            log.exception("background work failed", lease=self._name)
        return self._standby

    def _kept_or_taken(self) -> bool:
        """Whether it is this process's turn. Raises LeaseLost where it was, and another's it is by now.

        What is held is renewed when a third of its time has passed and not at each look: each renewal is a write to the disk.
        """
        if not self._lease.held:
            return self._lease.acquire()
        self._lease.keep()
        return True

    def _pass(self) -> None:
        # Closed here and not when its garbage is collected: it may hold a connection.
        with closing(self._work(self._lease.fence)) as slices:
            for _ in slices:
                self._breathe()
                self._lease.keep()
                if self._stopping.is_set():
                    return

    def _breathe(self) -> None:
        if self._breath is None:
            concurrency.give_way()
        else:
            concurrency.sleep(self._breath)
