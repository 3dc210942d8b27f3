"""The aggregating worker: a thread of the server, or a process of its own (`python -m workers`)."""

from services.alerting.watch import watched_aggregator
from services.telemetry.aggregation import LEASE
from workers.leased import LeasedWorker

# How long after a crash another takes over, at the latest: this, and the pause between two looks.
LEASE_SECONDS = 8.0
# Alerts are looked at as often: of a longer pause people would notice.
IDLE_SECONDS = 1.0
STANDBY_SECONDS = 2.0
# Of a sensor that sends all the time nobody is told more often than this that its chart changed (aggregation.CHART_SECONDS), and
# each pass over it is a write to the disk.
ROLLUP_SECONDS = 2.0


class AggregatingWorker(LeasedWorker):
    """Aggregates while it holds the lease; stands by while another process does.

    owner: what names this process among others. Its work comes in slices of some milliseconds, and between two of them
    everyone else in the process has a turn.
    """

    def __init__(self, owner: str) -> None:
        self._aggregator = watched_aggregator(ROLLUP_SECONDS)
        super().__init__(
            LEASE, owner, self._aggregator.work, ttl_seconds=LEASE_SECONDS, idle_seconds=IDLE_SECONDS,
            standby_seconds=STANDBY_SECONDS, breath_seconds=None,
        )  # fmt: skip

    @property
    def behind(self) -> bool:
        """Whether more was due than the last pass took."""
        return self._aggregator.behind
