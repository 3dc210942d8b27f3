"""What the sensor side counts of itself, for /metrics."""

from prometheus_client import Counter, Gauge

_READINGS = Counter("fieldroom_readings", "Readings received, by what became of them.", ["outcome"])
_ACCEPTED, _DUPLICATES, _REJECTED = (_READINGS.labels(outcome) for outcome in ("accepted", "duplicate", "rejected"))
ROLLUPS = Counter("fieldroom_rollups_written", "Buckets of rollups written.")
AGGREGATION_LAG = Gauge("fieldroom_aggregation_lag_seconds", "How long the oldest readings wait to be aggregated.")


def count_readings(accepted: int, duplicates: int, rejected: int) -> None:
    """Count one batch."""
    _ACCEPTED.inc(accepted)
    _DUPLICATES.inc(duplicates)
    _REJECTED.inc(rejected)
