"""Digests: once a day a sensor's last day as a chart in a room, at an hour of the room's own clock.

Exactly once, whatever dies: a digest is posted under a client_id made of its id and its day, so that a repeated send finds the
first message, and only then moves on to the next day. One that is half a day late (the platform was down) is left out.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bson import ObjectId

from models.accounts import User
from models.charts import Digest
from models.devices import Sensor
from models.messages import MAX_CHART_POINTS, ChartSnapshot
from models.odm import DuplicateKey
from models.rooms import Member
from schemas.charts import CreateDigest
from schemas.statistics import Statistics
from services.charting import sensor_charts
from services.messaging import messages
from services.telemetry import sensors, statistics
from utils.chunks import chunks
from utils.clock import now
from utils.errors import Conflict, FieldroomError, Forbidden, NotFound, RateLimited, Unavailable, ValidationFailed
from utils.logs import get_logger

log = get_logger(__name__)

LATEST_SECONDS = 12 * 3600
# What devices measured up to the hour may take so long to arrive and to be rolled up.
SETTLE_SECONDS = 60
MOST_PER_PERSON = 50
_AT_ONCE = 20


class DigestExists(Conflict):
    default_message = "The room gets this sensor's digest already."


def create(sensor_id: ObjectId, user: User, wanted: CreateDigest) -> Digest:
    """Have a sensor's day posted into a room every day, in `user`'s name.

    Raises NotFound or Forbidden where they may not see the sensor or not write in the room, Forbidden for a private sensor that
    is not theirs to show, DigestExists, ValidationFailed.
    """
    sensor = _shown_by(sensor_id, user)
    messages.speaker(wanted.room_id, user)
    if Digest.count({"created_by": user.id}, limit=MOST_PER_PERSON) >= MOST_PER_PERSON:
        raise ValidationFailed({"room_id": f"One person has at most {MOST_PER_PERSON} digests."})
    digest = Digest(
        sensor_id=sensor.id, room_id=wanted.room_id, hour=wanted.hour, tz=wanted.tz, created_by=user.id,
        due_at=next_due(wanted.hour, wanted.tz, now()),
    )  # fmt: skip
    try:
        return digest.insert()
    except DuplicateKey:
        raise DigestExists() from None


def of_sensor(sensor_id: ObjectId, user: User) -> list[Digest]:
    """The digests of a sensor that concern `user`: their own, those of their rooms, all of a sensor of theirs. Raises NotFound."""
    sensor = sensors.visible(sensor_id, user)
    found = Digest.find({"sensor_id": sensor.id}, sort=[("_id", 1)])
    if user.role == "admin" or sensor.owner_id == user.id:
        return found
    rooms = [digest.room_id for digest in found]
    mine = {
        row["room_id"]
        for some in chunks(rooms)
        for row in Member.find_raw({"user_id": user.id, "room_id": {"$in": some}}, projection=("room_id",))
    }
    return [digest for digest in found if digest.created_by == user.id or digest.room_id in mine]


def delete(digest_id: ObjectId, user: User) -> None:
    """End a digest: whoever made it, whoever runs the room, the sensor's owner. Raises NotFound for anyone else."""
    digest = Digest.get(digest_id)
    if digest is None or not _ends(digest, user):
        raise NotFound()
    Digest.delete_one({"_id": digest.id})


def work() -> Iterator[None]:
    """Post what is due, one digest at each step."""
    moment = now()
    settled = moment - timedelta(seconds=SETTLE_SECONDS)
    for digest in Digest.find({"due_at": {"$lte": settled}}, sort=[("due_at", 1)], limit=_AT_ONCE):
        late = (moment - digest.due_at).total_seconds()
        failure = "Nothing could be posted for half a day." if late > LATEST_SECONDS else None
        try:
            if failure is None and not _post(digest):
                Digest.delete_one({"_id": digest.id})
                yield
                continue
        except (RateLimited, Unavailable) as error:
            log.warning("digest waits", digest=str(digest.id), reason=error.message)
            yield
            continue
        except FieldroomError as error:
            failure = error.message
        changes = {"due_at": next_due(digest.hour, digest.tz, moment), "failure": failure}
        Digest.update_one(
            {"_id": digest.id, "due_at": digest.due_at},
            {"$set": changes if failure is not None else {**changes, "last_posted_at": moment}},
        )
        yield


def next_due(hour: int, tz: str, after: datetime) -> datetime:
    """The next moment after `after` at which clocks in `tz` show that full hour (the first of two, the one after a skipped one)."""
    return next(moment for days in range(4) if (moment := _at(hour, tz, after, days)) > after)


def _at(hour: int, tz: str, around: datetime, days: int) -> datetime:
    """The moment, in UTC, of that hour of the local day of `around`, or some days later."""
    day = around.astimezone(ZoneInfo(tz)).date() + timedelta(days=days)
    local = datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(tz))
    return datetime.fromtimestamp(local.timestamp(), around.tzinfo)


def _post(digest: Digest) -> bool:
    """Post the day that ended when the digest fell due; whether there still is somebody and something to post."""
    author = User.get(digest.created_by)
    if author is None or not Sensor.exists({"_id": digest.sensor_id}):
        return False
    sensor = _shown_by(digest.sensor_id, author)
    end, start = _ms(digest.due_at), _ms(_at(digest.hour, digest.tz, digest.due_at, -1))
    points = sensor_charts.points(sensor, start, end, MAX_CHART_POINTS)
    snapshot = ChartSnapshot(sensor_id=sensor.id, name=sensor.name, unit=sensor.unit, start_ms=start, end_ms=end, points=points)
    day = f"{digest.due_at.astimezone(ZoneInfo(digest.tz)):%Y-%m-%d}"
    body = _in_words(sensor, day, statistics.of_range(sensor, start, end), chinese=author.locale == "zh-CN")
    messages.send(digest.room_id, author, body, client_id=f"digest-{digest.id}-{day}", chart=snapshot)
    return True


def _shown_by(sensor_id: ObjectId, user: User) -> Sensor:
    """A sensor that `user` may show to others. Raises NotFound, Forbidden."""
    sensor = sensors.visible(sensor_id, user)
    return sensor if sensor.visibility == "public" else sensors.manageable(sensor_id, user)


def _ends(digest: Digest, user: User) -> bool:
    if user.role == "admin" or digest.created_by == user.id:
        return True
    if Member.exists({"room_id": digest.room_id, "user_id": user.id, "role": {"$in": ["owner", "moderator"]}}):
        return True
    try:
        sensors.manageable(digest.sensor_id, user)
    except (NotFound, Forbidden):
        return False
    return True


def _in_words(sensor: Sensor, day: str, found: Statistics | None, *, chinese: bool) -> str:
    """What the day was like, for whoever cannot see the chart."""
    if found is None:
        return f"{sensor.name}，{day}：没有读数" if chinese else f"{sensor.name}, {day}: no readings"
    last, mean, low, high = (f"{found[name]:.6g} {sensor.unit}".strip() for name in ("last", "mean", "min", "max"))
    if chinese:
        return f"{sensor.name}，{day}：最新 {last}，平均 {mean}，最低 {low}，最高 {high}，共 {found['count']:,} 个读数"
    return f"{sensor.name}, {day}: {last} at the end, {mean} on average, between {low} and {high}; {found['count']:,} readings"


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
