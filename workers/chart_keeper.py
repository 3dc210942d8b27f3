"""The keeper of charts: a thread of the server, or of `python -m workers`, that keeps charts drawn and posts the daily ones."""

from services import digests
from services.charting import stored_charts
from workers.leased import LeasedWorker, Work

LEASE = "charts"
# Longer than a chart may wait for the renderer and be drawn.
LEASE_SECONDS = 60.0
IDLE_SECONDS = 5.0
# Between two charts: people who ask for one get theirs in between.
_BREATH_SECONDS = 0.2


class ChartKeeper(LeasedWorker):
    """Works while it holds the lease; stands by while another process does. owner: what names this process among others."""

    def __init__(self, owner: str) -> None:
        super().__init__(LEASE, owner, _work, ttl_seconds=LEASE_SECONDS, idle_seconds=IDLE_SECONDS, breath_seconds=_BREATH_SECONDS)


def _work(_fence: int) -> Work:
    yield from digests.work()
    yield from stored_charts.keep()
