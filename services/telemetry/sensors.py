"""Sensors: what a device announces, what people make of it, and who sees it."""

from collections.abc import Iterable, Sequence

from bson import ObjectId
from pydantic import ValidationError

from models.accounts import Connection, User
from models.devices import Announced, Counter, Device, Sensor
from models.odm import DuplicateKey
from models.readings import MAX_NUMBER
from schemas.sensors import MAX_SENSOR_NAME, MAX_SENSORS, AnnouncedSensor, CreateSensor, SensorView, UpdateSensor, sensor_view
from services import changes
from services.push import push, sensor_room
from services.telemetry import devices, discards, pinned, recent, retention, sensor_search, sensors_seen
from utils import concurrency
from utils.chunks import chunks
from utils.errors import Conflict, Forbidden, NotFound, Unavailable, ValidationFailed
from utils.ids import parse_id

_NUMBERS = "sensors"
# Of what kind a change is after which people may watch a sensor who may not see it.
WATCHED = "watched-sensor"
# A list of what is online, or is not, looks at so many sensors a page, so many at a time.
_LOOKED_AT = 2_000
_AT_ONCE = 250


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
    if sensor is None or not sensors_seen.sees(user, sensor):
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
    known = [sensor for some in chunks(sensor_ids) for sensor in Sensor.find({"_id": {"$in": list(some)}})]
    found = {sensor.id: sensor for sensor in known if sensors_seen.sees(user, sensor)}
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
    device is, or is not. A page of the latter looks at _LOOKED_AT sensors at most: it may be short, and yet have a next one.
    """
    if device_id is not None:  # a few dozen
        own = [sensor for sensor in Sensor.find({"device_id": device_id}) if sensors_seen.sees(user, sensor)]
        found = [sensor for sensor in own if label is None or label in sensor.labels]
        found = [sensor for sensor in found if query is None or sensor_search.matches(sensor, query)]
        found = sorted((sensor for sensor in found if after is None or sensor.id > after), key=lambda sensor: sensor.id)
        found = found if online is None else _online(found, online)
        return found[:limit], found[limit - 1].id if len(found) > limit else None
    which: dict[str, object] = {} if label is None else {"labels": label}
    if query is not None:
        which.update(sensor_search.condition(query))
    prefix = "terms" in which
    if online is None:
        found = sensors_seen.page(user, which, limit=limit + 1, after=after, prefix=prefix)
        return found[:limit], found[limit - 1].id if len(found) > limit else None
    found = []
    for _ in range(_LOOKED_AT // _AT_ONCE):
        some = sensors_seen.page(user, which, limit=_AT_ONCE, after=after, prefix=prefix)
        found += _online(some, online)
        if len(found) > limit:
            return found[:limit], found[limit - 1].id
        if len(some) < _AT_ONCE:
            return found, None
        after = some[-1].id
        concurrency.give_way()
    return found, after


def update(sensor: Sensor, wanted: UpdateSensor) -> Sensor:
    """Change what is given. Made private, a sensor loses its watchers but for its owner and administrators."""
    values = wanted.model_dump(exclude_none=True)
    if not values:
        return sensor
    if wanted.retention is not None:
        retention.check(values["retention"])
    changed = Sensor.find_one_and_update({"_id": sensor.id}, {"$set": values})
    if changed is None:
        raise NotFound()
    if wanted.retention is not None:  # the processes that take its readings have to know
        Device.update_one({"_id": sensor.device_id}, {"$inc": {"sensors_version": 1}})
    sensor_search.refresh(changed)
    if changed.visibility == "private" and sensor.visibility == "public":
        changes.tell(WATCHED, changed.id)
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


def _online(sensors: Sequence[Sensor], online: bool) -> list[Sensor]:
    """Those of the sensors whose device is online, or is not."""
    alive = devices.online_among({sensor.device_id for sensor in sensors})
    return [sensor for sensor in sensors if (sensor.device_id in alive) is online]


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


def review_watchers(sensor_id: str | None) -> None:
    """Have those connections of this process stop watching a sensor whose people may not see it any more.

    None: something was not heard of. Then all of this process's people are hung up on, and watch what they may from anew.
    """
    found = None if sensor_id is None else parse_id(sensor_id)
    sensor = None if found is None else Sensor.get(found)
    if sensor is None:
        return
    room = sensor_room(sensor.id)
    for some in chunks(push().here(room)):
        owners = {row["sid"]: row["user_id"] for row in Connection.find_raw({"sid": {"$in": some}}, projection=("sid", "user_id"))}
        people = {user.id: user for user in User.find({"_id": {"$in": list(set(owners.values()))}})} if owners else {}
        for sid in some:
            person = people.get(owners[sid]) if sid in owners else None
            if person is None or not sensors_seen.sees(person, sensor):
                push().leave(sid, room)
