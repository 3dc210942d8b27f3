"""Sensors: announced by devices, changed by people, seen by whom they may be seen."""

import threading
from collections.abc import Callable

import pytest

from models.accounts import Connection, User
from models.devices import Device, Sensor
from models.odm import Database
from schemas.sensors import AnnouncedSensor, CreateSensor, UpdateSensor
from services.push import sensor_room
from services.telemetry import devices, sensors
from services.telemetry.sensors import KeyTaken
from tests.support.realtime import Recorder
from tests.support.threads import context_thread
from utils.errors import Forbidden, NotFound, ValidationFailed

Announce = Callable[..., dict[str, Sensor]]


def person(name: str, role: str = "user") -> User:
    return User(username=name, username_key=name, nickname=name, password_hash="-", role=role).insert()


def said(key: str, name: str = "Name", unit: str = "°C", kind: str = "temperature") -> AnnouncedSensor:
    return AnnouncedSensor(key=key, name=name, unit=unit, kind=kind)


def test_announcing_creates_sensors_and_again_gives_the_same_ids(device: Device) -> None:
    first = sensors.announce(device, [said("in"), said("out")])
    assert sensors.announce(device, [said("out"), said("in")]) == first
    assert sensors.announce(device, [said("in")]) == {"in": first["in"]}
    assert Sensor.count() == 2
    sensor = Sensor.get(first["in"])
    assert sensor is not None
    assert (sensor.name, sensor.unit, sensor.kind, sensor.visibility) == ("Name", "°C", "temperature", "public")


def test_what_a_person_changed_stays_until_the_device_says_something_new(device: Device) -> None:
    sensor_id = sensors.announce(device, [said("t", name="temp0")])["t"]

    def now_called() -> tuple[str, str]:
        sensor = Sensor.get(sensor_id)
        assert sensor is not None
        return sensor.name, sensor.unit

    sensor = Sensor.get(sensor_id)
    assert sensor is not None
    sensors.update(sensor, UpdateSensor(name="Under the bench"))
    sensors.announce(device, [said("t", name="temp0")])
    assert now_called() == ("Under the bench", "°C")
    sensors.announce(device, [said("t", name="temp0", unit="K")])
    assert now_called() == ("Under the bench", "K")
    sensors.announce(device, [said("t", name="probe", unit="K")])
    assert now_called() == ("probe", "K")


def test_a_device_has_at_most_64_sensors_however_they_come(device: Device) -> None:
    sensors.announce(device, [said(f"s{n}") for n in range(63)])
    with pytest.raises(ValidationFailed):
        sensors.announce(device, [said("s0"), said("a"), said("b")])
    assert Sensor.count() == 63, "none of a batch that does not fit"
    sensors.announce(device, [said(f"s{n}") for n in range(63)] + [said("last")])
    with pytest.raises(ValidationFailed):
        sensors.create(device, CreateSensor(device_id=str(device.id), key="one-more", name="x"))
    sensor = Sensor.find_one({"key": "s0"})
    assert sensor is not None
    sensors.delete(sensor)
    sensors.announce(device, [said("in-its-place")])


def test_two_announcements_at_once_make_each_sensor_once(device: Device) -> None:
    ready = threading.Barrier(4)
    answers = []

    def announce() -> None:
        ready.wait()
        answers.append(sensors.announce(device, [said(f"s{n}") for n in range(30)]))

    threads = [context_thread(target=announce) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert all(answer == answers[0] for answer in answers)
    assert len({sensor.number for sensor in Sensor.find()}) == Sensor.count() == 30


def test_numbers_are_never_given_out_twice(device: Device, announce: Announce, told: Recorder) -> None:
    first = announce("a", "b")
    for sensor in first.values():
        sensors.delete(sensor)
    again = announce("a", "b")
    assert {sensor.number for sensor in first.values()}.isdisjoint(sensor.number for sensor in again.values())


def test_a_key_is_taken_once_for_each_device(device: Device, alice: User) -> None:
    wanted = CreateSensor(device_id=str(device.id), key="t", name="T")
    sensors.create(device, wanted)
    with pytest.raises(KeyTaken):
        sensors.create(device, wanted)
    sensors.create(devices.create(alice, "Other")[0], wanted)
    assert Sensor.count() == 2


def test_everyone_sees_a_public_sensor_and_only_its_owner_and_admins_change_it(announce: Announce, alice: User) -> None:
    sensor = announce("t")["t"]
    bob = person("bob")
    assert sensors.visible(sensor.id, bob).id == sensor.id
    with pytest.raises(Forbidden):
        sensors.manageable(sensor.id, bob)
    assert sensors.manageable(sensor.id, alice).id == sensor.id
    assert sensors.manageable(sensor.id, person("root", "admin")).id == sensor.id


def test_a_private_sensor_does_not_exist_for_others(announce: Announce, alice: User, told: Recorder) -> None:
    sensor = sensors.update(announce("t")["t"], UpdateSensor(visibility="private"))
    bob, root = person("bob"), person("root", "admin")
    for look in (sensors.visible, sensors.manageable):
        with pytest.raises(NotFound):
            look(sensor.id, bob)
    with pytest.raises(NotFound):
        sensors.all_visible([sensor.id], bob)
    assert [len(sensors.listing(who, device_id=None, limit=10, after=None)[0]) for who in (bob, alice, root)] == [0, 1, 1]
    assert sensors.visible(sensor.id, alice).id == sensors.visible(sensor.id, root).id == sensor.id


def test_a_sensor_made_private_loses_its_strangers_only(announce: Announce, alice: User, told: Recorder) -> None:
    sensor = announce("t")["t"]
    for who in (alice, person("bob"), person("root", "admin")):
        Connection(sid=f"of {who.username}", user_id=who.id, session_key="k", process_id="p").insert()
        told.inside.setdefault(sensor_room(sensor.id), []).append(f"of {who.username}")
    sensors.update(sensor, UpdateSensor(visibility="private"))
    assert told.left == [("of bob", sensor_room(sensor.id))]


@pytest.mark.parametrize("fate", ["private", "deleted"])
def test_whoever_joins_a_sensor_while_it_is_taken_away_hears_nothing_of_it(
    announce: Announce, alice: User, told: Recorder, monkeypatch: pytest.MonkeyPatch, fate: str
) -> None:
    sensor = announce("t")["t"]
    inside: set[str] = set()

    def enter(sid: str, room: str) -> None:
        if fate == "private":
            sensors.update(sensor, UpdateSensor(visibility="private"))
        else:
            sensors.delete(sensor)
        inside.add(sid)

    monkeypatch.setattr(told, "enter", enter)
    monkeypatch.setattr(told, "leave", lambda sid, room: inside.discard(sid))
    with pytest.raises(NotFound):
        sensors.follow(sensor.id, person("bob"), "of bob")
    assert inside == set()


def test_lists_are_paged_and_can_be_of_one_device(announce: Announce, device: Device, alice: User) -> None:
    ids = [sensor.id for sensor in announce("a", "b", "c").values()]
    other = devices.create(alice, "Other")[0]
    sensors.announce(other, [said("d")])
    first, after = sensors.listing(alice, device_id=device.id, limit=2, after=None)
    rest, end = sensors.listing(alice, device_id=device.id, limit=2, after=after)
    assert [sensor.id for sensor in [*first, *rest]] == ids
    assert end is None
    assert len(sensors.listing(alice, device_id=None, limit=10, after=None)[0]) == 4


def test_sensors_are_online_with_their_device(announce: Announce, device: Device, told: Recorder) -> None:
    sensor = announce("t")["t"]
    assert sensors.view(sensor)["online"] is False
    devices.connected("s1", device, "process")
    assert sensors.view(sensor)["online"] is True


def test_a_page_of_sensors_costs_two_round_trips_besides(db: Database, announce: Announce) -> None:
    found = list(announce(*[f"s{n}" for n in range(40)]).values())
    with db.count_queries() as counts:
        sensors.views(found)
    assert (counts.reads, counts.writes) == (2, 0)
