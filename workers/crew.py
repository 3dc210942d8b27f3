"""Everything that works beside requests, in a server or by itself (`python -m workers`): begun together and ended together."""

from collections.abc import Callable
from typing import Protocol

from services.jobs.queue import Queues
from services.platform import Platform, spawn
from workers.aggregator import AggregatingWorker
from workers.chart_keeper import ChartKeeper
from workers.housekeeper import Housekeeper
from workers.jobs import JobWorker
from workers.mqtt_bridge import mqtt_bridge


class Duty(Protocol):
    """One kind of work."""

    def stop(self, wait_seconds: float = ...) -> None:
        """Have it end, and wait at most so long for that."""


class Crew:
    """The duties of one process of a platform; of all that share its database one acts, the others stand by."""

    def __init__(self, platform: Platform) -> None:
        owner = platform.id
        worker, housekeeper = AggregatingWorker(owner), Housekeeper(owner)
        job_worker, keeper = JobWorker(platform.part(Queues), owner), ChartKeeper(owner)
        self._loops: list[tuple[str, Callable[[], None]]] = [
            ("aggregator", worker.run),
            ("housekeeper", housekeeper.run),
            ("jobs", job_worker.run),
            ("charts", keeper.run),
        ]
        self._duties: list[Duty] = [worker, housekeeper, keeper, job_worker]
        if (bridge := mqtt_bridge(platform.config, owner)) is not None:
            self._loops.append(("mqtt", bridge.run))
            self._duties.append(bridge)

    def start(self) -> None:
        """Have all of it begin, beside the caller."""
        for name, loop in self._loops:
            spawn(loop, name=name)

    def stop(self) -> None:
        """Have all of it end, at the same time, and wait a little for each: then another process can take over at once."""
        for duty in self._duties:
            duty.stop(0)
        for duty in self._duties:
            duty.stop()
