"""What a platform counts of itself, for /metrics."""

import time
from collections import deque

from prometheus_client import CollectorRegistry, Counter, Gauge, GCCollector, Histogram, PlatformCollector, ProcessCollector

from services.platform import current


class Metrics:
    """The platform's numbers, and in `registry` those of its process too."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=registry)
        self._readings = Counter("fieldroom_readings", "Readings received, by what became of them.", ["outcome"], registry=registry)
        self._by_outcome = {outcome: self._readings.labels(outcome) for outcome in ("accepted", "duplicate", "rejected")}
        self.mqtt = Counter(
            "fieldroom_mqtt_messages", "What came from the MQTT broker, by what became of it.", ["outcome"], registry=registry
        )
        self.cut_off = Counter(
            "fieldroom_connections_cut_off",
            "Connections ended because they did not read what was sent to them.",
            registry=registry,
        )
        self.rollups = Counter("fieldroom_rollups_written", "Buckets of rollups written.", registry=registry)
        self.expired = Counter(
            "fieldroom_expired", "Readings and buckets removed because they were kept for long enough.", registry=registry
        )
        self.watermark = Gauge(
            "fieldroom_aggregation_watermark_seconds",
            "Up to when, as Unix time, all acknowledged readings are aggregated.",
            registry=registry,
        )
        self.aggregation_lag = Gauge(
            "fieldroom_aggregation_lag_seconds", "How long the oldest readings wait to be aggregated.", registry=registry
        )
        self.jobs_finished = Counter(
            "fieldroom_jobs_finished", "Background jobs that this process finished.", ["kind", "outcome"], registry=registry
        )
        self.job_seconds = Histogram("fieldroom_job_seconds", "How long background jobs took.", ["kind"], registry=registry)
        self.jobs = Gauge("fieldroom_jobs", "Background jobs of all processes, by state.", ["status"], registry=registry)
        self.job_queue = Gauge("fieldroom_job_queue_depth", "Background jobs that wait in the queue.", registry=registry)
        self.mails = Gauge("fieldroom_mails", "Mails of the last days, of all processes, by state.", ["status"], registry=registry)
        self.mails_finished = Counter(
            "fieldroom_mails_finished", "Mails that this process sent or gave up.", ["outcome"], registry=registry
        )
        self.mail_seconds = Histogram("fieldroom_mail_seconds", "How long handing over a mail took.", registry=registry)
        self.workers = Gauge(
            "fieldroom_workers", "Processes that do a duty in the background or stand by for it.", ["duty"], registry=registry
        )

    def count_readings(self, accepted: int, duplicates: int, rejected: int) -> None:
        """Count one batch."""
        self._by_outcome["accepted"].inc(accepted)
        self._by_outcome["duplicate"].inc(duplicates)
        self._by_outcome["rejected"].inc(rejected)

    def readings_so_far(self) -> dict[str, int]:
        """What was counted since the start, by outcome."""
        samples = [sample for metric in self._readings.collect() for sample in metric.samples if sample.name.endswith("_total")]
        return {sample.labels["outcome"]: int(sample.value) for sample in samples}


def metrics() -> Metrics:
    """The platform's numbers."""
    return current().part(Metrics)


RATE_SECONDS = 60


class Rate:
    """A mean of the last RATE_SECONDS; what is older is forgotten by the second."""

    def __init__(self) -> None:
        self._seconds: deque[tuple[int, int]] = deque()

    def add(self, count: int) -> None:
        """Count what happens now."""
        second = int(time.monotonic())
        if self._seconds and self._seconds[-1][0] == second:
            self._seconds[-1] = (second, self._seconds[-1][1] + count)
        else:
            self._seconds.append((second, count))
            self._forget(second)

    def per_second(self) -> float:
        """The mean."""
        self._forget(int(time.monotonic()))
        return sum(count for _, count in self._seconds) / RATE_SECONDS

    def _forget(self, second: int) -> None:
        while self._seconds and self._seconds[0][0] <= second - RATE_SECONDS:
            self._seconds.popleft()


def accepted() -> Rate:
    """The readings that this process accepts."""
    return current().part(Rate)
