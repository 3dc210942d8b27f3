"""Leases: one process at a time does what may only be done once, and another takes over when it dies."""

import time
from datetime import timedelta

from models.leases import Lease
from models.odm import DuplicateKey
from utils.clock import now


class LeaseLost(Exception):
    """The lease ran out, or another process holds it by now."""


class Leaseholder:
    """One process's claim to a lease.

    Processes compare their own clocks with the stored time of expiry, so the clocks of all machines have to agree to well
    under ttl_seconds. Where they do not, two may hold a lease at once; `fence` then tells whose writes are the older ones.
    """

    def __init__(self, name: str, owner: str, *, ttl_seconds: float = 10.0) -> None:
        self.name = name
        self.owner = owner
        self.fence = 0
        self._ttl = timedelta(seconds=ttl_seconds)
        self._renew_seconds = ttl_seconds / 3
        self._renewed_at = 0.0

    @property
    def held(self) -> bool:
        """Whether this process held the lease when it last asked."""
        return self.fence > 0

    def acquire(self) -> bool:
        """Take the lease or keep it for another ttl_seconds; whether that worked."""
        asked_at = time.monotonic()
        lease = self._renewed() or self._taken_over() or self._made()
        self.fence = 0 if lease is None else lease.fence
        self._renewed_at = asked_at
        return self.held

    def keep(self) -> None:
        """Renew the lease when a third of its time has passed. Raises LeaseLost where it is no longer ours."""
        if time.monotonic() - self._renewed_at < self._renew_seconds:
            return
        lease = self._renewed()
        if lease is None or lease.fence != self.fence:
            self.fence = 0
            raise LeaseLost(self.name)
        self._renewed_at = time.monotonic()

    def release(self) -> None:
        """Let another process take the lease at once."""
        if self.held:
            Lease.update_one({"_id": self.name, "owner": self.owner}, {"$set": {"expires_at": now()}})
            self.fence = 0

    def _renewed(self) -> Lease | None:
        moment = now()
        mine = {"_id": self.name, "owner": self.owner, "expires_at": {"$gt": moment}}
        return Lease.find_one_and_update(mine, {"$set": {"expires_at": moment + self._ttl}})

    def _taken_over(self) -> Lease | None:
        moment = now()
        free = {"_id": self.name, "expires_at": {"$lte": moment}}
        return Lease.find_one_and_update(
            free, {"$set": {"owner": self.owner, "expires_at": moment + self._ttl}, "$inc": {"fence": 1}}
        )

    def _made(self) -> Lease | None:
        lease = Lease(id=self.name, owner=self.owner, fence=1, expires_at=now() + self._ttl)
        try:
            return lease.insert()
        except DuplicateKey:
            return None


def is_held(name: str) -> bool:
    """Whether any process holds the lease now."""
    return Lease.exists({"_id": name, "expires_at": {"$gt": now()}})
