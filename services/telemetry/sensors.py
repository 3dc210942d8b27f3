"""Sensors: what a device announces, what people make of it, and who sees it."""

from collections.abc import Iterable, Sequence

from bson import ObjectId
from pydantic import ValidationError

from models.accounts import Connection, User
from models.devices import Announced, Counter, Device, Sensor
from models.odm import DuplicateKey
from models.readings import MAX_NUMBER
from schemas.sensors import MAX_SENSOR_NAME, MAX_SENSORS, AnnouncedSensor, CreateSensor, SensorView, UpdateSensor, sensor_view
from services.push import push, sensor_room
from services.telemetry import devices, discards, pinned, recent, retention, sensor_search
from utils.errors import Conflict, Forbidden, NotFound, Unavailable, ValidationFailed

_NUMBERS = "sensors"


class KeyTaken(Conflict):
    default_message = "The device has a sensor with this key already."


def announce(device: Device, announced: Sequence[AnnouncedSensor]) -> dict[str, ObjectId]:
    """Create the sensors that the device does not have yet and take over what it says new of the others; ids by key.

    What a person has changed stays until the device says something else than the last time. Of a key that comes twice the
    last counts. Raises ValidationFailed where the device would have too many sensors, NotFound where it is gone.
    """
    wanted = {item.key: item for item in announced}
    known = _add(device, [_announced_sensor(device, item) for item in wanted.values()], "sensors")
    _follow([(known[key], item) for key, item in wanted.items()])
    return {key: known[key].id for key in wanted}


def create(device: Device, wanted: CreateSensor) -> Sensor:
    """Add a sensor to a device. Raises KeyTaken, or ValidationFailed where the device has as many as it may."""
    sensor = Sensor(
        number=0, slot=0, device_id=device.id, owner_id=device.owner_id, key=wanted.key, name=wanted.name, unit=wanted.unit,
        kind=wanted.kind, visibility=wanted.visibility, device_location=device.location,
    )  # fmt: skip
    if _add(device, [sensor], "key")[wanted.key].id != sensor.id:
        raise KeyTaken()
    return sensor


def visible(sensor_id: ObjectId, user: User) -> Sensor:
    """A sensor that `user` may see. Raises NotFound otherwise."""
    sensor = Sensor.get(sensor_id)
    if sensor is None or not _may_see(sensor, user):
        raise NotFound()
    return sensor


def follow(sensor_id: ObjectId, user: User, sid: str) -> Sensor:
    """Have the connection `sid` of `user` get what comes from a sensor, from now on. Raises NotFound for one they may not see."""
    room = sensor_room(visible(sensor_id, user).id)
    push().enter(sid, room)
    # Looked at after entering: of a sensor that is made private or deleted while they enter they would be left listening.
    try:
        return visible(sensor_id, user)
    except NotFound:
        push().leave(sid, room)
        raise


def all_visible(sensor_ids: Sequence[ObjectId], user: User) -> list[Sensor]:
    """The sensors of these ids in their order, each once. Raises NotFound where `user` may not see one of them."""
    found = {sensor.id: sensor for sensor in Sensor.find({"_id": {"$in": list(sensor_ids)}}) if _may_see(sensor, user)}
    wanted = dict.fromkeys(sensor_ids)
    if len(found) < len(wanted):
        raise NotFound()
    return [found[sensor_id] for sensor_id in wanted]


def manageable(sensor_id: ObjectId, user: User) -> Sensor:
    """A sensor that `user` may change. Raises NotFound for one they may not see, Forbidden for another's."""
    sensor = visible(sensor_id, user)
    if not manages(sensor, user):
        raise Forbidden("Only the owner of its device may change a sensor.")
    return sensor


def listing(
    user: User, *, device_id: ObjectId | None = None, label: str | None = None, query: str | None = None,
    online: bool | None = None, limit: int, after: ObjectId | None,
) -> tuple[list[Sensor], ObjectId | None]:  # fmt: skip
    """The sensors that `user` sees, oldest first, and the id to go on after.

    device_id: those of one device; label: those that bear it; query: see services.telemetry.sensor_search; online: those whose
    device is, or is not.
    """
    which: dict[str, object] = {}
    if user.role != "admin":
        which["$or"] = [{"visibility": "public"}, {"owner_id": user.id}]
    if label is not None:
        which["labels"] = label
    if query is not None:
        which.update(sensor_search.condition(query))
    if online is not None:
        alive = list(devices.online())
        which["device_id"] = {"$in": alive} if online else {"$nin": alive}
    if device_id is not None:
        which["$and"] = [{"device_id": device_id}]
    if after is not None:
        which["_id"] = {"$gt": after}
    found = Sensor.find(which, sort=[("_id", 1)], limit=limit + 1)
    page = found[:limit]
    return page, page[-1].id if len(found) > limit else None


def update(sensor: Sensor, changes: UpdateSensor) -> Sensor:
    """Change what is given. Made private, a sensor loses its watchers but for its owner and administrators."""
    values = changes.model_dump(exclude_none=True)
    if not values:
        return sensor
    if changes.retention is not None:
        retention.check(values["retention"])
    changed = Sensor.find_one_and_update({"_id": sensor.id}, {"$set": values})
    if changed is None:
        raise NotFound()
    if changes.retention is not None:  # the processes that take its readings have to know
        Device.update_one({"_id": sensor.device_id}, {"$inc": {"sensors_version": 1}})
    sensor_search.refresh(changed)
    if changed.visibility == "private" and sensor.visibility == "public":
        _send_strangers_away(changed)
        pinned.withdraw([changed.id])
    return changed


def delete(sensor: Sensor) -> None:
    """Remove a sensor; the worker removes its readings."""
    discards.order([sensor.number])
    if Sensor.delete_one({"_id": sensor.id}):
        Device.update_one({"_id": sensor.device_id}, {"$inc": {"sensors_version": 1}})
    devices.let_go([sensor])


def views(sensors: Iterable[Sensor]) -> list[SensorView]:
    """Sensors as the wire has them."""
    sensors = list(sensors)
    online = devices.online_among({sensor.device_id for sensor in sensors})
    usual = retention.defaults().view()
    return [
        sensor_view(
            sensor,
            online=sensor.device_id in online,
            last=recent.newest(sensor),
            retention=retention.of(None if sensor.retention is None else sensor.retention.model_dump()).view(),
            retention_default=usual,
        )
        for sensor in sensors
    ]


def view(sensor: Sensor) -> SensorView:
    """A sensor as the wire has it."""
    return views([sensor])[0]


def _may_see(sensor: Sensor, user: User) -> bool:
    return sensor.visibility == "public" or manages(sensor, user)


def manages(sensor: Sensor, user: User) -> bool:
    """Whether `user` may change a sensor: its device's owner and administrators."""
    return user.role == "admin" or sensor.owner_id == user.id


def _announced_sensor(device: Device, item: AnnouncedSensor) -> Sensor:
    said = Announced(name=item.name, unit=item.unit, kind=item.kind)
    return Sensor(
        number=0, slot=0, device_id=device.id, owner_id=device.owner_id, key=item.key, name=item.name, unit=item.unit,
        kind=item.kind, announced=said, device_location=device.location,
    )  # fmt: skip


def _follow(pairs: Iterable[tuple[Sensor, AnnouncedSensor]]) -> None:
    """Store what a device says of its sensors, as far as it is something else than the last time."""
    for sensor, item in pairs:
        said = Announced(name=item.name, unit=item.unit, kind=item.kind)
        if said == sensor.announced:
            if not sensor.terms:  # stored by a version that had none
                sensor_search.refresh(sensor)
            continue
        before = {} if sensor.announced is None else sensor.announced.model_dump()
        changed = {name: value for name, value in said.model_dump().items() if before.get(name) != value}
        followed = Sensor.find_one_and_update({"_id": sensor.id}, {"$set": {**changed, "announced": said.model_dump()}})
        if followed is not None:
            sensor_search.refresh(followed)


def _add(device: Device, wanted: Sequence[Sensor], field: str) -> dict[str, Sensor]:
    """Store those of the wanted sensors whose keys the device does not have yet; returns all of its sensors by key.

    Each takes a free slot, and the index over slots decides between processes that take the same at once. Raises
    ValidationFailed, about `field`, where there are not enough, NotFound where the device is gone.
    """
    while True:
        known = {sensor.key: sensor for sensor in Sensor.find({"device_id": device.id})}
        new = [sensor for sensor in wanted if sensor.key not in known]
        if not new:
            return known
        free = sorted(set(range(MAX_SENSORS)) - {sensor.slot for sensor in known.values()})
        if len(new) > len(free):
            raise ValidationFailed({field: f"A device has at most {MAX_SENSORS} sensors."})
        for sensor, slot, number in zip(new, free, _new_numbers(len(new)), strict=False):
            sensor.slot, sensor.number = slot, number
            sensor.terms = sensor_search.terms(sensor)
        Sensor.insert_many(new)
        current = Device.find_one_and_update({"_id": device.id}, {"$inc": {"sensors_version": 1}})
        if current is None:
            Sensor.delete_many({"device_id": device.id})
            raise NotFound()
        if current.location != device.location:  # it was moved since this connection began
            devices.place_sensors(current)


def _new_numbers(count: int) -> range:
    """Numbers that no sensor has or had."""
    while True:
        try:
            counter = Counter.find_one_and_update({"_id": _NUMBERS}, {"$inc": {"value": count}}, upsert=True)
        except DuplicateKey:  # another process made the counter at the same moment
            continue
        if counter is None or counter.value > MAX_NUMBER:
            raise Unavailable("This installation has had as many sensors as it can.")
        return range(counter.value - count + 1, counter.value + 1)


def _send_strangers_away(sensor: Sensor) -> None:
    staying = [row["_id"] for row in User.find_raw({"role": "admin"}, projection=("_id",))]
    if sensor.owner_id is not None:
        staying.append(sensor.owner_id)
    for connection in Connection.find_raw({"user_id": {"$nin": staying}}, projection=("sid",)):
        push().leave(connection["sid"], sensor_room(sensor.id))


def announce_keys(device: Device, keys: Iterable[str]) -> None:
    """Announce sensors with these keys, as far as the device may have more; what is no key is left out.

    For protocols in which nobody announces them: a sensor is made when its first reading comes.
    """
    wanted: list[AnnouncedSensor] = []
    for key in keys:
        try:
            wanted.append(AnnouncedSensor(key=key, name=key[:MAX_SENSOR_NAME]))
        except ValidationError:
            continue
    if not wanted:
        return
    try:
        announce(device, wanted)
    except ValidationFailed:
        for one in wanted:
            try:
                announce(device, [one])
            except ValidationFailed:
                return
