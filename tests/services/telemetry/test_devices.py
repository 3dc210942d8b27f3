"""Devices: who manages them, what their tokens open, and whether they are online."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from models.accounts import User
from models.charts import Digest
from models.devices import Device, DeviceConnection, Sensor
from models.odm import Database
from models.processes import ServerProcess
from schemas.devices import UpdateDevice
from services.liveness import ALIVE_SECONDS, Processes, processes
from services.platform import current
from services.push import sensor_room
from services.telemetry import devices, sensors
from tests.support.realtime import Recorder
from utils.clock import now
from utils.errors import AuthenticationRequired, NotFound
from utils.ids import new_id

Announce = Callable[..., dict[str, Sensor]]


def person(name: str, role: str = "user") -> User:
    return User(username=name, username_key=name, nickname=name, password_hash="-", role=role).insert()


def test_a_token_opens_its_device_and_only_its_hash_is_kept(alice: User) -> None:
    device, token = devices.create(alice, "Pi")
    found = devices.authenticate(token)
    assert found is not None
    assert found.id == device.id
    assert devices.authenticate(token + "x") is None
    assert devices.authenticate("") is None
    (raw,) = Device.find_raw({"_id": device.id})
    assert token not in str(raw)
    assert raw["token_hash"] == hashlib.sha256(token.encode()).hexdigest()
    assert raw["token_hint"] == token[:6]


def test_rotating_gives_a_new_token_and_cuts_off_the_old_ones_connections(alice: User, told: Recorder) -> None:
    device, old = devices.create(alice, "Pi")
    devices.connected("s1", device, "process")
    devices.connected("s2", device, "another process")
    _, new = devices.rotate_token(device)
    assert devices.authenticate(old) is None
    assert devices.authenticate(new) is not None
    assert sorted(told.disconnected) == [("s1", "/devices"), ("s2", "/devices")]


def test_deleting_takes_the_sensors_and_the_token_along(device: Device, announce: Announce, told: Recorder) -> None:
    sensor = announce("t")["t"]
    devices.connected("s1", device, "process")
    devices.delete(device)
    assert not Device.exists({})
    assert not Sensor.exists({})
    assert told.disconnected == [("s1", "/devices")]
    assert told.emptied == [sensor_room(sensor.id)]


@pytest.mark.parametrize("whole", [True, False])
def test_a_deleted_sensors_digests_go_with_it(alice: User, device: Device, announce: Announce, told: Recorder, whole: bool) -> None:
    found = announce("t", "u")
    for sensor in found.values():
        Digest(sensor_id=sensor.id, room_id=new_id(), hour=8, tz="UTC", created_by=alice.id, due_at=now()).insert()
    if whole:
        devices.delete(device)
    else:
        sensors.delete(found["t"])
    assert [digest.sensor_id for digest in Digest.find({})] == ([] if whole else [found["u"].id])


def test_a_device_is_its_owners_and_every_administrators(alice: User) -> None:
    device, _ = devices.create(alice, "Pi")
    assert devices.visible(device.id, alice).id == device.id
    assert devices.visible(device.id, person("root", "admin")).id == device.id
    with pytest.raises(NotFound):
        devices.visible(device.id, person("bob"))
    with pytest.raises(NotFound):
        devices.visible(new_id(), alice)


def test_lists_are_paged_and_hold_only_what_one_manages(alice: User) -> None:
    bob = person("bob")
    mine = [devices.create(alice, f"Pi {n}")[0].id for n in range(3)]
    other = devices.create(bob, "Pi")[0].id
    first, after = devices.listing(alice, limit=2, after=None)
    rest, end = devices.listing(alice, limit=2, after=after)
    assert [device.id for device in [*first, *rest]] == mine
    assert end is None
    everyone, _ = devices.listing(person("root", "admin"), limit=10, after=None)
    assert {device.id for device in everyone} == {*mine, other}


def long_ago(process_id: str) -> None:
    """Have a process, and the begin of its connections, be so long ago that they are dead unless it says otherwise."""
    past = now() - timedelta(seconds=ALIVE_SECONDS + 1)
    ServerProcess.update_one({"_id": process_id}, {"$set": {"seen_at": past}})
    DeviceConnection.update_many({"process_id": process_id}, {"$set": {"began_at": past}})
    current().provide(Processes, Processes())


def test_a_device_is_online_while_any_connection_is_and_watchers_hear_of_it(
    device: Device, announce: Announce, told: Recorder
) -> None:
    sensor = announce("t")["t"]
    devices.connected("s1", device, "process")
    devices.connected("s2", device, "process")
    assert devices.view(device)["online"] is True
    devices.disconnected("s1", device.id)
    assert devices.view(device)["online"] is True
    devices.disconnected("s2", device.id)
    assert devices.view(device)["online"] is False
    assert [payload["online"] for payload in told.payloads("sensor_status")] == [True, False]
    assert {room for room, _, _ in told.published} == {sensor_room(sensor.id)}
    last_seen = devices.view(Device.get(device.id) or device)["last_seen"]
    assert last_seen is not None


def test_connections_of_a_killed_process_end_and_are_announced_once(device: Device, announce: Announce, told: Recorder) -> None:
    announce("t")
    devices.connected("s1", device, "killed")
    long_ago("killed")
    assert devices.view(device)["online"] is False
    for process in ("survivor", "survivor", "another"):
        processes().heartbeat(process)
        devices.sweep()
    assert [payload["online"] for payload in told.payloads("sensor_status")] == [True, False]
    assert not DeviceConnection.exists({})


def test_a_heartbeat_keeps_the_connections_of_its_process(device: Device, told: Recorder) -> None:
    devices.connected("s1", device, "process")
    long_ago("process")
    processes().heartbeat("process")
    assert devices.online() == devices.online_among([device.id]) == {device.id}
    seen = devices.view(device)["last_seen"]
    assert seen is not None
    assert now() - datetime.fromisoformat(seen) < timedelta(seconds=5)


def test_a_token_that_is_replaced_while_a_device_connects_lets_nobody_in(
    device: Device, told: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = DeviceConnection.insert

    def rotate_first(connection: DeviceConnection) -> DeviceConnection:
        devices.rotate_token(device)
        return insert(connection)

    monkeypatch.setattr(DeviceConnection, "insert", rotate_first)
    with pytest.raises(AuthenticationRequired):
        devices.connected("stolen", device, "process")
    assert not DeviceConnection.exists({})
    assert devices.view(device)["online"] is False


def test_an_open_connection_acts_for_the_device_as_it_is_now(device: Device, db: Database, told: Recorder) -> None:
    assert devices.signed_in(device.id, device.token_hash).location == ""
    devices.update(device, UpdateDevice(location="roof"))
    assert devices.signed_in(device.id, device.token_hash).location == "roof"
    with db.count_queries() as counts:
        devices.signed_in(device.id, device.token_hash)
    assert (counts.reads, counts.writes) == (0, 0)
    devices.rotate_token(device)
    with pytest.raises(AuthenticationRequired):
        devices.signed_in(device.id, device.token_hash)


def test_a_process_that_ends_takes_its_connections_along_and_no_others(device: Device, told: Recorder) -> None:
    devices.connected("s1", device, "ending")
    devices.connected("s2", device, "staying")
    devices.forget_process("ending")
    assert [connection.sid for connection in DeviceConnection.find({})] == ["s2"]


def fresh(device: Device) -> Device:
    found = Device.get(device.id)
    assert found is not None
    return found


def heard_every(device: Device, *pauses: timedelta) -> Device:
    """The device after it was heard of once more for each of the pauses, the last of which ends now."""
    devices.heard_from(fresh(device))
    for pause in pauses:
        heard = fresh(device)
        assert heard.last_seen is not None
        assert heard.heard_until is not None
        ago = now() - pause
        earlier = {"last_seen": ago, "heard_until": ago + (heard.heard_until - heard.last_seen)}
        Device.update_one({"_id": device.id}, {"$set": earlier})
        devices.heard_from(fresh(device))
    return fresh(device)


def test_hearing_from_a_device_over_http_is_noted_now_and_then(db: Database, device: Device, told: Recorder) -> None:
    devices.heard_from(device)
    heard = fresh(device)
    assert heard.last_seen is not None
    with db.count_queries() as counts:
        devices.heard_from(heard)
        devices.heard_from(device)  # as whoever keeps it does
    assert (counts.reads, counts.writes) == (0, 0)


def test_a_device_that_sends_without_a_connection_is_online_until_it_is_quiet_for_long(
    device: Device, announce: Announce, alice: User, told: Recorder
) -> None:
    sensor = announce("t")["t"]
    devices.heard_from(device)
    assert devices.view(fresh(device))["online"] is True
    assert sensors.view(sensor)["online"] is True
    assert [each.id for each in sensors.listing(alice, online=True, limit=9, after=None)[0]] == [sensor.id]
    assert sensors.listing(alice, online=False, limit=9, after=None)[0] == []
    devices.sweep()
    assert told.payloads("sensor_status") == [{"sensor_id": str(sensor.id), "online": True}]
    Device.update_one({"_id": device.id}, {"$set": {"heard_until": now()}})
    assert sensors.view(sensor)["online"] is False
    devices.sweep()
    devices.sweep()
    assert [payload["online"] for payload in told.payloads("sensor_status")] == [True, False]
    seen = devices.view(fresh(device))
    assert (seen["online"], seen["last_seen"] is None) == (False, False)
    devices.heard_from(fresh(device))
    assert [payload["online"] for payload in told.payloads("sensor_status")] == [True, False, True]


@pytest.mark.parametrize(
    ("pauses", "quiet"),
    [
        ([], 3),
        ([1.5, 1.5], 4.5),
        ([10, 10], 30),
        ([10, 2], 30),  # it sends two batches every ten minutes
        ([50, 1.5, 1.5], 4.5),  # it was away and is back
        ([60, 60], 180),
        ([60 * 24 * 7], 3),
    ],
)
def test_for_how_long_a_device_counts_as_online_follows_from_how_often_it_sends(
    device: Device, told: Recorder, pauses: list[float], quiet: float
) -> None:
    heard = heard_every(device, *(timedelta(minutes=pause) for pause in pauses))
    assert heard.heard_until is not None
    assert heard.heard_until - now() == pytest.approx(timedelta(minutes=quiet), abs=timedelta(seconds=20))


def test_a_connection_and_what_is_sent_beside_it_are_one_state(device: Device, announce: Announce, told: Recorder) -> None:
    announce("t")
    devices.connected("s1", device, "process")
    devices.heard_from(fresh(device))
    devices.disconnected("s1", device.id)
    assert devices.view(fresh(device))["online"] is True
    devices.connected("s2", device, "process")
    Device.update_one({"_id": device.id}, {"$set": {"heard_until": now()}})
    devices.sweep()
    assert devices.view(fresh(device))["online"] is True
    assert [payload["online"] for payload in told.payloads("sensor_status")] == [True]
    devices.disconnected("s2", device.id)
    devices.heard_from(fresh(device))  # within the minute after the connection ended
    assert [payload["online"] for payload in told.payloads("sensor_status")] == [True, False, True]


def test_this_machine_has_one_device_whose_token_is_renewed_where_it_is_lost(db: Database, told: Recorder) -> None:
    device, token = devices.ensure_agent("host", None)
    assert devices.ensure_agent("host", token) == (device, token)
    renamed_host = devices.ensure_agent("a container with a new name", token)
    assert renamed_host[1] == token
    again, other_token = devices.ensure_agent("host", None)
    assert again.id == device.id
    assert devices.authenticate(token) is None
    assert devices.authenticate(other_token) is not None
    assert devices.ensure_agent("second host", "wrong token")[0].id != device.id
    assert devices.view(device)["agent"] is True


def test_a_page_of_devices_costs_two_round_trips_besides(db: Database, alice: User) -> None:
    found = [devices.create(alice, f"Pi {n}")[0] for n in range(20)]
    with db.count_queries() as counts:
        devices.views(found)
    assert counts.reads == 2
