"""The housekeeper: a thread of the server, or of `python -m workers`, that clears deleted rooms and mends what crashes left."""

import threading
import time
from collections.abc import Iterator

from models.odm import OdmError
from services import duties, room_removal
from services.leases import Leaseholder, LeaseLost
from services.room_upkeep import SETTLE_SECONDS, Upkeep
from utils import concurrency
from utils.logs import get_logger

log = get_logger(__name__)

LEASE = "housekeeper"
LEASE_SECONDS = 15.0
IDLE_SECONDS = 2.0
STANDBY_SECONDS = 5.0
LOOK_SECONDS = 3600.0
# Between two slices of work: it is in no hurry, and each slice keeps everyone else in the process waiting for some ms.
_BREATH_SECONDS = 0.01


class Housekeeper:
    """Works while it holds the lease; stands by while another process does.

    owner: what names this process among others. settle_seconds: how long something has to look wrong before it is mended.
    """

    def __init__(self, owner: str, *, settle_seconds: float = SETTLE_SECONDS) -> None:
        self._lease = Leaseholder(LEASE, owner, ttl_seconds=LEASE_SECONDS)
        self._settle = settle_seconds
        self._upkeep = Upkeep(settle_seconds)
        self._looked_at = self._looked_again_at = float("-inf")
        self._stopping = threading.Event()
        self._ended = threading.Event()

    def run(self) -> None:
        """Work until `stop` is called."""
        while not self._stopping.is_set():
            try:
                acting = self._lease.acquire()
                duties.note(LEASE, "acting" if acting else "standing by")
                pause = self._pass() if acting else STANDBY_SECONDS
            except LeaseLost:
                pause = STANDBY_SECONDS
            except OdmError as error:
                log.error("housekeeping interrupted", reason=str(error))
                pause = STANDBY_SECONDS
            except Exception:
                log.exception("housekeeping failed")
                pause = STANDBY_SECONDS
            self._stopping.wait(pause)
        try:
            self._lease.release()
        except OdmError as error:
            log.warning("lease not released", reason=str(error))
        self._ended.set()

    def stop(self, wait_seconds: float = 2.0) -> None:
        """Have `run` end after the slice it is at, and wait a little for it: then another process can take over at once."""
        self._stopping.set()
        self._ended.wait(wait_seconds)

    def _pass(self) -> float:
        for _ in self._work():
            concurrency.sleep(_BREATH_SECONDS)
            self._lease.keep()
            if self._stopping.is_set():
                break
        return IDLE_SECONDS

    def _work(self) -> Iterator[None]:
        yield from room_removal.work(self._settle)
        moment = time.monotonic()
        if moment - self._looked_at >= LOOK_SECONDS:
            yield from self._upkeep.look()
            self._looked_at = self._looked_again_at = moment
        elif self._upkeep.suspects and moment - self._looked_again_at >= self._settle:
            self._upkeep.look_again()
            self._looked_again_at = moment
