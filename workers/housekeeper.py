"""The housekeeper: a thread of the server, or of `python -m workers`, that clears deleted rooms and mends what crashes left."""

import time

from services.rooms import removal
from services.rooms.upkeep import SETTLE_SECONDS, Upkeep
from workers.leased import LeasedWorker, Work

LEASE = "housekeeper"
LEASE_SECONDS = 15.0
# Of a deleted room nobody sees anything from the moment it is deleted; only the disk waits.
IDLE_SECONDS = 5.0
LOOK_SECONDS = 3600.0


class Housekeeper(LeasedWorker):
    """Works while it holds the lease; stands by while another process does.

    owner: what names this process among others. settle_seconds: how long something has to look wrong before it is mended.
    """

    def __init__(self, owner: str, *, settle_seconds: float = SETTLE_SECONDS) -> None:
        super().__init__(LEASE, owner, self._look, ttl_seconds=LEASE_SECONDS, idle_seconds=IDLE_SECONDS)
        self._settle = settle_seconds
        self._upkeep = Upkeep(settle_seconds)
        self._looked_at = self._looked_again_at = float("-inf")

    def _look(self, _fence: int) -> Work:
        yield from removal.work(self._settle)
        moment = time.monotonic()
        if moment - self._looked_at >= LOOK_SECONDS:
            yield from self._upkeep.look()
            self._looked_at = self._looked_again_at = moment
        elif self._upkeep.suspects and moment - self._looked_again_at >= self._settle:
            self._upkeep.look_again()
            self._looked_again_at = moment
