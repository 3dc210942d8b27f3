"""What administrators and /metrics see of ingest, aggregation and storage."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from models.accounts import Connection
from models.devices import DeviceConnection
from models.leases import Lease
from models.odm import OdmError
from models.readings import RollupMark
from schemas.base import time_text
from schemas.stats import ConnectionStats, LeaseView, ReadingStats, StorageStats
from services import jobs
from services.mail import outbox
from services.metrics import accepted, metrics
from services.people import presence
from services.platform import current
from services.telemetry import devices, marks
from utils.clock import now

_COUNT_SECONDS = 60.0


class Storage:
    """How much is stored, counted by `count` at most once a minute: on SQLite that reads every page."""

    def __init__(self) -> None:
        self._counted_at = float("-inf")
        self._known: StorageStats | None = None

    def view(self, count: Callable[[], dict[str, Any]]) -> StorageStats:
        """What was counted last."""
        if self._known is None or time.monotonic() - self._counted_at > _COUNT_SECONDS:
            found = count()
            counted_at = time_text(now()) or ""
            self._known = {"documents": found["collections"], "bytes": found["bytes"], "counted_at": counted_at}
            self._counted_at = time.monotonic()
        return self._known


def storage() -> StorageStats:
    """How much is stored, as it was counted last."""
    platform = current()
    return platform.part(Storage).view(platform.database.stats)


def observe() -> None:
    """Bring the gauges of /metrics up to date, as far as the database can be asked."""
    with suppress(OdmError):
        jobs.observe()
        outbox.observe()
        moment, watermark = now(), marks.watermark()
        metrics().aggregation_lag.set((moment - watermark).total_seconds())
        metrics().watermark.set(watermark.timestamp())


def readings() -> ReadingStats:
    """How ingest and aggregation are doing."""
    watermark = marks.watermark()
    counts = metrics().readings_so_far()
    return {
        "accepted": counts["accepted"], "duplicates": counts["duplicate"], "rejected": counts["rejected"],
        "accepted_per_second": accepted().per_second(), "watermark": time_text(watermark) or "",
        "lag_seconds": max(0.0, (now() - watermark).total_seconds()), "waiting": RollupMark.count(),
    }  # fmt: skip


def connections() -> ConnectionStats:
    """Who is online, and over how many connections."""
    return {
        "people": len(presence.online_users()), "devices": len(devices.online()),
        "lines": Connection.count() + DeviceConnection.count(),
    }  # fmt: skip


def leases() -> list[LeaseView]:
    """Who holds which lease, by name; one that has run out is nobody's."""
    moment = now()
    return [
        {
            "name": lease.id, "owner": lease.owner if lease.expires_at > moment else None,
            "expires_at": time_text(lease.expires_at),
        }
        for lease in Lease.find(sort=[("_id", 1)])
    ]  # fmt: skip
