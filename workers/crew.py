"""Everything that works beside requests, in a server or by itself (`python -m workers`): begun together and ended together."""

from collections.abc import Callable, Sequence
from typing import Protocol

from config import Config
from services.jobs.queue import HueyQueue
from utils import concurrency
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
    """The duties of one process. queues: of what is done in the background. owner: what names the process among others; of most
    duties one process acts and the others stand by."""

    def __init__(self, config: Config, queues: Sequence[HueyQueue], owner: str) -> None:
        worker, housekeeper = AggregatingWorker(owner), Housekeeper(owner)
        job_worker, keeper = JobWorker(queues, owner), ChartKeeper(owner)
        self._loops: list[tuple[str, Callable[[], None]]] = [
            ("aggregator", worker.run),
            ("housekeeper", housekeeper.run),
            ("jobs", job_worker.run),
            ("charts", keeper.run),
        ]
        self._duties: list[Duty] = [worker, housekeeper, keeper, job_worker]
        if (bridge := mqtt_bridge(config, owner)) is not None:
            self._loops.append(("mqtt", bridge.run))
            self._duties.append(bridge)

    def start(self) -> None:
        """Have all of it begin, beside the caller."""
        for name, loop in self._loops:
            concurrency.spawn(loop, name=name)

    def stop(self) -> None:
        """Have all of it end, at the same time, and wait a little for each: then another process can take over at once."""
        for duty in self._duties:
            duty.stop(0)
        for duty in self._duties:
            duty.stop()
