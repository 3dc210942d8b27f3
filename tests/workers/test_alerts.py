"""Alerts with workers that are killed: each incident is told once, by whichever worker is left."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.accounts import User
from models.alerts import Alert
from models.leases import Lease
from models.messages import Message
from schemas.alerts import CreateRule
from schemas.sensors import AnnouncedSensor
from services.alerting import rules
from services.rooms import rooms
from services.telemetry import devices, sensors
from services.telemetry.aggregation import LEASE
from services.telemetry.ingest import Source, ingest
from tests.support.eventually import eventually
from tests.support.platforms import running
from tests.workers.test_aggregator import TAKEN_OVER_WITHIN, Worker
from utils.clock import now_ms

SENSORS = 12


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    """A device whose sensors each have a rule, in a database that this process shares with the workers."""
    with running(tmp_path):
        alice = User(username="alice", username_key="alice", nickname="Alice", password_hash="-").insert()
        room = rooms.create(alice, "Lab")
        device = devices.create(alice, "Pi")[0]
        known = sensors.announce(device, [AnnouncedSensor(key=f"t{n}", name=f"t{n}") for n in range(SENSORS)])
        for sensor_id in known.values():
            rule = CreateRule.model_validate({"when": "above", "threshold": 30.0, "room_id": str(room.id)})
            rules.create(sensor_id, alice, rule)
        yield Source.of(device)


def told() -> list[Message]:
    return Message.find({"kind": "alert"}, sort=[("_id", 1)])


def every_alert_is_told(state: str) -> bool:
    messages = [message for message in told() if message.reply_to is None]
    return len(messages) == SENSORS and all(message.alert is not None and message.alert.state == state for message in messages)


@pytest.mark.parametrize("after_messages", [1, 5])
def test_a_worker_killed_while_alerts_are_told_leaves_the_rest_to_the_next(
    tmp_path: Path, source: Source, after_messages: int
) -> None:
    workers = [Worker(tmp_path)]
    try:
        eventually(lambda: Lease.get(LEASE))
        workers.append(Worker(tmp_path))
        ingest(source, [[f"t{n}", now_ms() - 1_000 + at, 31.0 + at] for n in range(SENSORS) for at in range(5)])
        eventually(lambda: len(told()) >= after_messages, every=0.001)
        workers[0].end(signal.SIGKILL)
        killed_at = time.monotonic()
        ingest(source, [[f"t{n}", now_ms() + at, 35.0] for n in range(SENSORS) for at in range(5)])
        eventually(lambda: every_alert_is_told("firing"), within=TAKEN_OVER_WITHIN + 5)
        assert time.monotonic() - killed_at < TAKEN_OVER_WITHIN
        # One more comes back while others fire: a restart in the midst of it changes nothing.
        ingest(source, [[f"t{n}", now_ms() + 100, 20.0] for n in range(SENSORS)])
        eventually(lambda: every_alert_is_told("resolved"))
        assert Alert.count() == SENSORS
        assert workers[1].end(signal.SIGTERM) == 0
        # The message of each alert, and one line each that it is over.
        assert (
            len({(message.alert.alert_id, message.reply_to) for message in told() if message.alert}) == len(told()) == 2 * SENSORS
        )
    finally:
        for worker in workers:
            if worker.process.poll() is None:
                worker.process.kill()
                worker.process.wait()
