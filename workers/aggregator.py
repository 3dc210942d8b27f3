"""The aggregating worker: a thread of the server, or a process of its own (`python -m workers`)."""

import threading

from models.odm import OdmError
from services import duties
from services.alerting.watch import watched_aggregator
from services.leases import Leaseholder, LeaseLost
from services.telemetry.aggregation import LEASE
from services.telemetry.rollups import Fenced
from utils import concurrency
from utils.logs import get_logger
from workers.leased import kept_or_taken

log = get_logger(__name__)

# How long after a crash another takes over, at the latest: this, and the pause between two looks.
LEASE_SECONDS = 8.0
IDLE_SECONDS = 1.0
STANDBY_SECONDS = 2.0


class AggregatingWorker:
    """Aggregates while it holds the lease; stands by while another process does.

    owner: what names this process among others. Its work comes in slices of some milliseconds, and between two of them
    everyone else in the process has a turn.
    """

    def __init__(self, owner: str) -> None:
        self._lease = Leaseholder(LEASE, owner, ttl_seconds=LEASE_SECONDS)
        self._aggregator = watched_aggregator()
        self._stopping = threading.Event()
        self._ended = threading.Event()

    def run(self) -> None:
        """Work until `stop` is called."""
        while not self._stopping.is_set():
            try:
                acting = kept_or_taken(self._lease)
                duties.note(LEASE, "acting" if acting else "standing by")
                pause = self._pass() if acting else STANDBY_SECONDS
            except (LeaseLost, Fenced):
                log.warning("aggregation handed over", reason="the lease was lost")
                pause = STANDBY_SECONDS
            except OdmError as error:
                log.error("aggregation interrupted", reason=str(error))
                pause = STANDBY_SECONDS
            except Exception:
                log.exception("aggregation failed")
                pause = STANDBY_SECONDS
            self._stopping.wait(pause)
        self._release()
        self._ended.set()

    def stop(self, wait_seconds: float = 2.0) -> None:
        """Have `run` end after the slice it is at, and wait a little for it: then another process can take over at once."""
        self._stopping.set()
        self._ended.wait(wait_seconds)

    def _pass(self) -> float:
        """One pass; returns how many seconds to wait before the next."""
        for _ in self._aggregator.work(self._lease.fence):
            concurrency.give_way()
            self._lease.keep()
            if self._stopping.is_set():
                break
        return 0.0 if self._aggregator.behind else IDLE_SECONDS

    def _release(self) -> None:
        try:
            self._lease.release()
        except OdmError as error:
            log.warning("lease not released", reason=str(error))
