"""What comes from a broker by the name of its device: found, stored, and no more written than that."""

from datetime import timedelta

from models.devices import Device, Sensor
from models.odm import Database
from services.telemetry.protocols import bridging
from tests.support.realtime import Recorder
from utils.clock import now, now_ms


def test_a_device_that_is_remembered_is_noted_once_not_with_each_batch(db: Database, device: Device, told: Recorder) -> None:
    # Long ago: as it is remembered, it would be so for half a minute.
    Device.update_one({"_id": device.id}, {"$set": {"last_seen": now() - timedelta(hours=1)}})
    name, start = str(device.id), now_ms() - 1_000

    def store(n: int) -> int:
        with db.count_queries() as counts:
            assert bridging.store([(name, "t", start + n, 1.0)]) == {"accepted": 1, "duplicate": 0}
        return counts.writes

    store(0)  # makes the sensor
    usual = store(1)
    assert [store(n) for n in range(2, 5)] == [usual] * 3
    assert usual == 3, "the mark, the reading, the mark"
    noted = Device.get(device.id)
    assert noted is not None
    assert noted.last_seen is not None
    assert noted.last_seen > now() - timedelta(minutes=1)


def test_sensors_of_one_message_are_made_together_as_far_as_there_may_be_more(db: Database, device: Device, told: Recorder) -> None:
    at = now_ms()
    many = [(str(device.id), f"k{n}", at, float(n)) for n in range(70)]
    first = bridging.store([*many[:60], (str(device.id), "a key", at, 1.0)])
    assert first == {"accepted": 60, "duplicate": 0, "unknown_sensor": 1}
    assert bridging.store(many)["accepted"] == 4
    assert Sensor.count({"device_id": device.id}) == 64
