"""A room, a sensor with readings at times of the test's choice, and the worker's evaluation, in this process."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from models.accounts import User
from models.alerts import Alert, AlertRule
from models.devices import Sensor
from models.messages import Message
from models.rooms import Room
from schemas.alerts import CreateRule
from services.alerting import rules
from services.alerting.watch import watched_aggregator
from services.rooms import rooms
from services.telemetry.aggregation import Aggregator
from services.telemetry.ingest import Source, ingest
from utils.clock import now_ms

SECOND = 1000
MINUTE = 60_000


@dataclass
class Bench:
    """A sensor "t" of Alice's with a room, and what the worker does about it."""

    alice: User
    room: Room
    sensor: Sensor
    source: Source
    worker: Aggregator = field(default_factory=watched_aggregator)
    fence: int = 1
    # Times in tests count from here: a while ago, so that what follows is in the past.
    t0: int = field(default_factory=lambda: now_ms() - 10 * MINUTE)

    def rule(self, when: str, threshold: float | None = None, **more: Any) -> AlertRule:
        values = {"when": when, "threshold": threshold, "room_id": str(self.room.id), **more}
        made = rules.create(self.sensor.id, self.alice, CreateRule.model_validate(values))
        self.work()
        return made

    def send(self, *readings: tuple[float, float]) -> None:
        """Store readings, (seconds after t0, value) each, and have the worker look at them."""
        self.store(*readings)
        self.work()

    def store(self, *readings: tuple[float, float]) -> None:
        answer = ingest(self.source, [[self.sensor.key, self.t0 + int(at * SECOND), value] for at, value in readings])
        assert not answer["rejected"]

    def work(self) -> None:
        """One pass of the worker."""
        for _ in self.worker.work(self.fence):
            pass

    def alerts(self) -> list[Alert]:
        return Alert.find(sort=[("_id", 1)])

    def messages(self) -> list[Message]:
        """The messages about alerts, without the lines that they are over."""
        return [message for message in self.all_messages() if message.reply_to is None]

    def all_messages(self) -> list[Message]:
        return Message.find({"room_id": self.room.id, "kind": "alert"}, sort=[("seq", 1)])


@pytest.fixture
def bench(alice: User, announce: Callable[..., dict[str, Sensor]], source: Source) -> Bench:
    """The sensor has no readings yet."""
    sensor = announce("t")["t"]
    return Bench(alice, rooms.create(alice, "Greenhouse"), sensor, source)
