"""Devices: registering them, their tokens, and whether they are online."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bson import ObjectId

from models.accounts import User
from models.charts import Digest
from models.devices import Device, DeviceConnection, Sensor
from models.odm import DuplicateKey
from schemas.device_status import DeviceStatusReport
from schemas.devices import Configure, DeviceView, UpdateDevice, device_view
from services import changes
from services.known import Known
from services.liveness import Liveness
from services.platform import current
from services.push import push, sensor_room
from services.telemetry import discards, pinned, sensor_search
from utils.chunks import chunks
from utils.clock import now
from utils.errors import AuthenticationRequired, NotFound
from utils.ids import new_secret
from utils.prefix_terms import name_terms

NAMESPACE = "/devices"
_HINT_LENGTH = 6

# That a device without a connection made itself heard is written at most so often: a write a minute, however much it sends.
_NOTE_EVERY = timedelta(minutes=1)
# How many times its usual pause such a device may be quiet before it counts as offline; its shortest is _NOTE_EVERY.
_PATIENCE = 3
# A longer pause was an absence, and says nothing about how often the device sends.
_LONGEST_PAUSE = timedelta(minutes=90)
_SWEEP_LIMIT = 200

_connections = Liveness(DeviceConnection, "device_id")
# Told of is what a connection acts by: not each time that a device was heard of.
_KIND = "device"


class _Devices(Known[Device]):
    """Devices as they were read a moment ago at most."""

    def __init__(self) -> None:
        super().__init__(_KIND, Device.get)


def _known() -> _Devices:
    return current().part(_Devices)


def hash_token(token: str) -> str:
    """What is stored of a token.

    A plain SHA-256: a token is 32 random bytes, so there is no dictionary to try that a slow, salted hash would hold up,
    and the hash can be looked up by its index.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def create(owner: User | None, name: str, *, agent_host: str | None = None) -> tuple[Device, str]:
    """Register a device; returns it and its token, which cannot be had again.

    agent_host: the machine whose own device this is. Raises DuplicateKey where that machine has one already.
    """
    token = new_secret()
    device = Device(
        name=name, name_terms=name_terms(name), owner_id=None if owner is None else owner.id, agent_host=agent_host,
        token_hash=hash_token(token), token_hint=token[:_HINT_LENGTH],
    )  # fmt: skip
    return device.insert(), token


def authenticate(token: str) -> Device | None:
    """The device whose token this is, or None."""
    return Device.find_one({"token_hash": hash_token(token)})


def signed_in(device_id: ObjectId, token_hash: str) -> Device:
    """The device that an open connection stands for, as for people in known_people. Raises AuthenticationRequired."""
    device = _known().get(device_id)
    if device is None or device.token_hash != token_hash:
        device = _known().fresh(device_id)
    if device is None or device.token_hash != token_hash:
        raise AuthenticationRequired("This token does not count any more.")
    return device


def visible(device_id: ObjectId, user: User) -> Device:
    """A device that `user` may see and manage: their own, for an administrator any. Raises NotFound otherwise."""
    device = Device.get(device_id)
    if device is None or not (user.role == "admin" or device.owner_id == user.id):
        raise NotFound()
    return device


def listing(user: User, *, limit: int, after: ObjectId | None) -> tuple[list[Device], ObjectId | None]:
    """The user's devices (an administrator's: all) in the order of their registration, and the id to go on after."""
    which: dict[str, object] = {} if user.role == "admin" else {"owner_id": user.id}
    if after is not None:
        which["_id"] = {"$gt": after}
    found = Device.find(which, sort=[("_id", 1)], limit=limit + 1)
    page = found[:limit]
    return page, page[-1].id if len(found) > limit else None


def update(device: Device, wanted: UpdateDevice) -> Device:
    """Change what is given; where it stands goes for its sensors too, and its interval to itself, at once if it is connected.

    Raises NotFound where it is gone.
    """
    values = wanted.model_dump(exclude_none=True)
    interval_given = "interval_ms" in wanted.model_fields_set
    if interval_given:
        values["configured"] = device.configured or wanted.interval_ms is not None
    if not values:
        return device
    if "name" in values:
        values["name_terms"] = name_terms(values["name"])
    change = {"$set": values}
    if interval_given and wanted.interval_ms is None:
        change["$unset"] = {"interval_ms": ""}
    changed = Device.find_one_and_update({"_id": device.id}, change)
    if changed is None:
        raise NotFound()
    changes.tell(_KIND, device.id)
    if "location" in values:
        place_sensors(changed)
    if interval_given and changed.configured:
        connections = DeviceConnection.find_raw({"device_id": changed.id}, projection=("sid",))
        sids = [connection["sid"] for connection in connections]
        push().publish(sids, "configure", _configuration(changed), namespace=NAMESPACE)
    return changed


def configure(device_id: ObjectId, sid: str) -> None:
    """Tell a device at the connection `sid`, which has just begun, what somebody here said of its interval, if anybody ever did."""
    device = Device.get(device_id)
    while device is not None and device.configured:
        told = _configuration(device)
        push().publish(sid, "configure", told, namespace=NAMESPACE)
        # Looked at again after telling: a change that was told at the same moment may have been overtaken by this one.
        device = Device.get(device_id)
        if device is None or _configuration(device) == told:
            return


def _configuration(device: Device) -> Configure:
    return {"interval_ms": device.interval_ms}


def place_sensors(device: Device) -> None:
    """Note at each of the device's sensors where the device stands."""
    Sensor.update_many({"device_id": device.id}, {"$set": {"device_location": device.location}})
    for sensor in Sensor.find({"device_id": device.id}):
        sensor_search.refresh(sensor)


def report(device: Device, *, version: str | None, status: DeviceStatusReport | None) -> None:
    """Store what a device says of itself; its version stays what it was where it does not say."""
    values: dict[str, object] = {}
    if version is not None and version != device.version:
        values["version"] = version
    if status is not None:
        values |= {"status": status.stored().model_dump(exclude_none=True), "status_at": now()}
    if values:
        Device.update_one({"_id": device.id}, {"$set": values})
    if "version" in values:
        changes.tell(_KIND, device.id)


def disown(owner_id: ObjectId) -> None:
    """Give the devices of somebody whose account ends over to the administrators."""
    Device.update_many({"owner_id": owner_id}, {"$unset": {"owner_id": ""}})
    changes.tell(_KIND)


def rotate_token(device: Device) -> tuple[Device, str]:
    """Replace the token; what is connected with the old one is cut off. Raises NotFound where the device is gone."""
    token = new_secret()
    rotated = Device.find_one_and_update(
        {"_id": device.id}, {"$set": {"token_hash": hash_token(token), "token_hint": token[:_HINT_LENGTH]}}
    )
    if rotated is None:
        raise NotFound()
    changes.tell(_KIND, device.id)
    _cut_off(device.id)
    return rotated, token


def delete(device: Device) -> None:
    """Remove a device with its sensors; the worker removes their readings. What is connected with its token is cut off.

    The device goes last, so that a delete that was interrupted can be repeated; its token counts for nothing from the start.
    """
    Device.update_one({"_id": device.id}, {"$set": {"token_hash": hash_token(new_secret())}, "$inc": {"sensors_version": 1}})
    changes.tell(_KIND, device.id)
    _cut_off(device.id)
    sensors = Sensor.find({"device_id": device.id})
    discards.order(sensor.number for sensor in sensors)
    Sensor.delete_many({"device_id": device.id})
    let_go(sensors)
    Device.delete_one({"_id": device.id})


def let_go(deleted: Sequence[Sensor]) -> None:
    """End what shows sensors that are deleted: their pins and digests, and watching them."""
    ids = [sensor.id for sensor in deleted]
    pinned.withdraw(ids)
    Digest.delete_many({"sensor_id": {"$in": ids}})
    for sensor_id in ids:
        push().empty(sensor_room(sensor_id))


def ensure_agent(host: str, known_token: str | None) -> tuple[Device, str]:
    """The device that stands for the machine `host` itself, and its token.

    known_token: the one that the machine kept; it counts even where the machine (a container, say) has another name by now.
    Where it is lost or wrong the device gets a new one, where there is no device yet it is registered.
    """
    if known_token is not None:
        device = authenticate(known_token)
        if device is not None and device.agent_host is not None:
            return device, known_token
    registered = Device.find_one({"agent_host": host})
    if registered is None:
        try:
            return create(None, f"This machine ({host})", agent_host=host)
        except DuplicateKey:  # another process of this machine was first
            registered = Device.find_one({"agent_host": host})
    if registered is None:
        raise NotFound()
    return rotate_token(registered)


def connected(sid: str, device: Device, process_id: str) -> None:
    """Record a new connection and tell those who watch the device's sensors.

    Raises AuthenticationRequired where the token of `device` does not count any more, and nothing is recorded.
    """
    was_online = _is_online(device.id)
    _connections.began(DeviceConnection(sid=sid, device_id=device.id, process_id=process_id))
    # Looked at after recording: whoever has replaced the token since it was looked at did not find this connection to end it.
    stored = _known().fresh(device.id)
    if stored is None or stored.token_hash != device.token_hash:
        _connections.ended([sid])
        raise AuthenticationRequired("This token does not count any more.")
    if not was_online:
        _announce(device.id, online=True)


def disconnected(sid: str, device_id: ObjectId) -> None:
    """Forget a connection; where it was the last, tell those who watch the device's sensors."""
    _connections.ended([sid])
    Device.update_one({"_id": device_id}, {"$set": {"last_seen": now()}})
    if not _is_online(device_id):
        _announce(device_id, online=False)


def heard_from(device: Device) -> None:
    """Note that a device without a connection sent something, at most once a minute: for a while it counts as online.

    For how long follows from the longer of the last two pauses between such notes, so that one that sends every ten minutes is
    not offline in between. `device` is brought up to date, for whoever keeps it.
    """
    moment, before = now(), device.last_seen
    was_heard = device.heard_until is not None and device.heard_until > moment
    pause = timedelta() if before is None else moment - before
    if was_heard and pause <= _NOTE_EVERY:
        return
    if pause > _LONGEST_PAUSE:
        pause = timedelta()
    usual = max(pause, timedelta(seconds=device.heard_pause_seconds), _NOTE_EVERY)
    device.last_seen, device.heard_until, device.heard_pause_seconds = moment, moment + _PATIENCE * usual, pause.total_seconds()
    heard = {name: getattr(device, name) for name in ("last_seen", "heard_until", "heard_pause_seconds")}
    # Of several processes that hear it at once one writes.
    noted = Device.update_one({"_id": device.id, "last_seen": before}, {"$set": heard})
    if noted and not was_heard and not _connections.is_online(device.id):
        _announce(device.id, online=True)


def sweep() -> None:
    """Remove the connections of killed processes, and say which devices are offline for it or were not heard of for too long."""
    for device_id in _connections.sweep() | _fallen_silent():
        if not _is_online(device_id):
            _announce(device_id, online=False)


def forget_process(process_id: str) -> None:
    """Remove the connections of a process that is ending."""
    _connections.forget_process(process_id)


def online() -> set[ObjectId]:
    """All devices that are online."""
    return _connections.online() | _heard({})


def online_among(device_ids: Iterable[ObjectId]) -> set[ObjectId]:
    """Those of the devices that are online, in two queries."""
    wanted = list(device_ids)
    heard = (_heard({"_id": {"$in": some}}) for some in chunks(wanted))
    return _connections.online_among(wanted).union(*heard)


def views(devices: Sequence[Device]) -> list[DeviceView]:
    """Devices as the wire has them."""
    ids = [device.id for device in devices]
    seen: dict[ObjectId, datetime | None] = dict(_connections.last_seen(ids))
    moment = now()
    for device in devices:
        if device.heard_until is not None and device.heard_until > moment:
            seen.setdefault(device.id, device.last_seen)
    counts = Sensor.count_by("device_id", {"device_id": {"$in": ids}})
    return [device_view(device, sensor_count=counts.get(device.id, 0), seen=seen.get(device.id)) for device in devices]


def view(device: Device) -> DeviceView:
    """A device as the wire has it."""
    return views([device])[0]


def _is_online(device_id: ObjectId) -> bool:
    return _connections.is_online(device_id) or bool(_heard({"_id": device_id}))


def _heard(which: dict[str, object]) -> set[ObjectId]:
    """Those of the devices that count as online because they sent something lately."""
    return {row["_id"] for row in Device.find_raw({**which, "heard_until": {"$gt": now()}}, projection=("_id",))}


def _fallen_silent() -> set[ObjectId]:
    """The devices without a connection that were heard of, but not lately. Of several processes that ask, one gets each."""
    silent: set[ObjectId] = set()
    for _ in range(_SWEEP_LIMIT):
        device = Device.find_one_and_update({"heard_until": {"$lte": now()}}, {"$unset": {"heard_until": ""}})
        if device is None:
            break
        silent.add(device.id)
    return silent


def _announce(device_id: ObjectId, *, online: bool) -> None:
    for sensor in Sensor.find_raw({"device_id": device_id}, projection=("_id",)):
        payload = {"sensor_id": str(sensor["_id"]), "online": online}
        push().publish(sensor_room(sensor["_id"]), "sensor_status", payload)


def _cut_off(device_id: ObjectId) -> None:
    for connection in DeviceConnection.find_raw({"device_id": device_id}, projection=("sid",)):
        push().disconnect(connection["sid"], NAMESPACE)
