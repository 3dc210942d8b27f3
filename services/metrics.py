"""What the sensor side, the background jobs and mails count of themselves, for /metrics."""

from prometheus_client import Counter, Gauge, Histogram

_READINGS = Counter("fieldroom_readings", "Readings received, by what became of them.", ["outcome"])
_ACCEPTED, _DUPLICATES, _REJECTED = (_READINGS.labels(outcome) for outcome in ("accepted", "duplicate", "rejected"))
MQTT = Counter("fieldroom_mqtt_messages", "What came from the MQTT broker, by what became of it.", ["outcome"])
ROLLUPS = Counter("fieldroom_rollups_written", "Buckets of rollups written.")
EXPIRED = Counter("fieldroom_expired", "Readings and buckets removed because they were kept for long enough.")
WATERMARK = Gauge("fieldroom_aggregation_watermark_seconds", "Up to when, as Unix time, all acknowledged readings are aggregated.")
AGGREGATION_LAG = Gauge("fieldroom_aggregation_lag_seconds", "How long the oldest readings wait to be aggregated.")

JOBS_FINISHED = Counter("fieldroom_jobs_finished", "Background jobs that this process finished.", ["kind", "outcome"])
JOB_SECONDS = Histogram("fieldroom_job_seconds", "How long background jobs took.", ["kind"])
JOBS = Gauge("fieldroom_jobs", "Background jobs of all processes, by state.", ["status"])
JOB_QUEUE = Gauge("fieldroom_job_queue_depth", "Background jobs that wait in the queue.")
MAILS = Gauge("fieldroom_mails", "Mails of the last days, of all processes, by state.", ["status"])
MAILS_FINISHED = Counter("fieldroom_mails_finished", "Mails that this process sent or gave up.", ["outcome"])
MAIL_SECONDS = Histogram("fieldroom_mail_seconds", "How long handing over a mail took.")
WORKERS = Gauge("fieldroom_workers", "Processes that do a duty in the background or stand by for it.", ["duty"])


def count_readings(accepted: int, duplicates: int, rejected: int) -> None:
    """Count one batch."""
    _ACCEPTED.inc(accepted)
    _DUPLICATES.inc(duplicates)
    _REJECTED.inc(rejected)


def readings_so_far() -> dict[str, int]:
    """What was counted in this process since it started, by outcome."""
    samples = [sample for metric in _READINGS.collect() for sample in metric.samples if sample.name.endswith("_total")]
    return {sample.labels["outcome"]: int(sample.value) for sample in samples}
