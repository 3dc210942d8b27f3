"""A sensor's day in a room: once a day, at the hour of the room's own clock, whatever happens in between."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from models.accounts import User
from models.charts import Digest
from models.devices import Device, Sensor
from models.messages import Message
from models.rooms import Member, Room
from schemas.charts import CreateDigest
from services import digests
from services.rooms import rooms
from services.telemetry import sensors
from services.telemetry.aggregation import Aggregator
from services.telemetry.ingest import Source, ingest
from utils.clock import now
from utils.errors import Forbidden, NotFound

Announce = Callable[..., dict[str, Sensor]]
HOUR = 3_600_000


@pytest.fixture
def room(alice: User) -> Room:
    return rooms.create(alice, "Greenhouse")


@pytest.fixture
def sensor(announce: Announce) -> Sensor:
    return announce("t")["t"]


@pytest.fixture
def digest(sensor: Sensor, alice: User, room: Room) -> Digest:
    return digests.create(sensor.id, alice, wanted_digest(room.id, hour=7, tz="Europe/Berlin"))


def wanted_digest(room_id: ObjectId, hour: int, tz: str = "UTC") -> CreateDigest:
    return CreateDigest.model_validate({"room_id": str(room_id), "hour": hour, "tz": tz})


def fall_due(digest: Digest, ago: timedelta = timedelta(minutes=5)) -> datetime:
    """Have it be due since the last full hour that is as long ago as that."""
    due_at = (now() - ago).replace(minute=0, second=0, microsecond=0)
    Digest.update_one({"_id": digest.id}, {"$set": {"due_at": due_at, "hour": due_at.hour, "tz": "UTC"}})
    return due_at


def work() -> None:
    for _step in digests.work():
        pass


def posted(room: Room) -> list[Message]:
    return Message.find({"room_id": room.id, "kind": "chart"})


def stored(digest: Digest) -> Digest:
    found = Digest.get(digest.id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("tz", "hour", "after", "due"),
    [
        ("UTC", 7, "2026-06-10T06:59:00", "2026-06-10T07:00:00"),
        ("UTC", 7, "2026-06-10T07:00:00", "2026-06-11T07:00:00"),
        ("Asia/Kolkata", 7, "2026-06-10T00:00:00", "2026-06-10T01:30:00"),
        ("Europe/Berlin", 7, "2026-10-24T12:00:00", "2026-10-25T06:00:00"),
        ("Europe/Berlin", 2, "2026-10-24T12:00:00", "2026-10-25T00:00:00"),  # the first of two
        ("Europe/Berlin", 2, "2026-03-28T12:00:00", "2026-03-29T01:00:00"),  # skipped: an hour later
        ("Pacific/Auckland", 0, "2026-06-10T11:59:59", "2026-06-10T12:00:00"),
    ],
)
def test_the_hour_is_that_of_the_clock_in_the_zone(tz: str, hour: int, after: str, due: str) -> None:
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    assert digests.next_due(hour, tz, moment) == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_the_day_is_posted_with_what_it_was_like(digest: Digest, room: Room, sensor: Sensor, source: Source, alice: User) -> None:
    due_at = fall_due(digest)
    end = int(due_at.timestamp() * 1000)
    ingest(source, [["t", end - 30 * HOUR, 99.0], *(["t", end - n * HOUR, float(n)] for n in range(1, 11))])
    for _slice in Aggregator().work(1):
        pass
    work()
    [message] = posted(room)
    assert message.author_id == alice.id
    assert "1 °C at the end, 5.5 °C on average, between 1 °C and 10 °C; 10 readings" in message.body
    assert message.chart is not None
    assert (message.chart.sensor_id, len(message.chart.points)) == (sensor.id, 10)
    assert message.chart.end_ms == end
    assert stored(digest).due_at > now()


def test_it_comes_once_though_the_worker_dies_right_after_posting_and_another_begins_again(digest: Digest, room: Room) -> None:
    due_at = fall_due(digest)
    for _ in range(3):
        work()
        Digest.update_one({"_id": digest.id}, {"$set": {"due_at": due_at}})
    assert len(posted(room)) == 1


def test_it_is_left_out_where_it_would_be_half_a_day_late(digest: Digest, room: Room) -> None:
    fall_due(digest, timedelta(hours=13))
    work()
    assert posted(room) == []
    assert stored(digest).due_at > now()


def test_whoever_left_the_room_posts_no_more_and_the_digest_says_so(digest: Digest, room: Room, alice: User) -> None:
    Member.delete_many({"room_id": room.id, "user_id": alice.id})
    fall_due(digest)
    work()
    assert posted(room) == []
    assert stored(digest).failure is not None
    assert stored(digest).due_at > now()


def test_a_deleted_sensors_digest_ends(digest: Digest, sensor: Sensor, room: Room) -> None:
    sensors.delete(sensor)
    fall_due(digest)
    work()
    assert Digest.get(digest.id) is None
    assert posted(room) == []


def test_a_room_gets_a_sensors_digest_once_and_only_from_its_members(
    digest: Digest, sensor: Sensor, alice: User, room: Room
) -> None:
    wanted = wanted_digest(room.id, hour=9)
    with pytest.raises(digests.DigestExists):
        digests.create(sensor.id, alice, wanted)
    bob = User(username="bob", username_key="bob", nickname="Bob", password_hash="-").insert()
    with pytest.raises((Forbidden, NotFound)):
        digests.create(sensor.id, bob, wanted)
    with pytest.raises(NotFound):
        digests.create(sensor.id, alice, wanted_digest(ObjectId(), hour=9))
    with pytest.raises(NotFound):
        digests.delete(digest.id, bob)
    assert digests.of_sensor(sensor.id, bob) == []
    assert [each.id for each in digests.of_sensor(sensor.id, alice)] == [digest.id]
    digests.delete(digest.id, alice)
    assert Digest.find({}) == []


def test_a_private_sensor_is_shown_by_its_owner_alone(
    device: Device, sensor: Sensor, room: Room, digest: Digest, alice: User
) -> None:
    Sensor.update_one({"_id": sensor.id}, {"$set": {"visibility": "private", "owner_id": ObjectId()}})
    fall_due(digest)
    work()
    assert posted(room) == []
    assert stored(digest).failure is not None
