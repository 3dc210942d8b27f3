"""How sensors are found: by what words of their name, labels, location or key begin with.

Each sensor holds its terms, so that a search is a range of one index on both engines (as rooms are found by theirs).
"""

from bson import ObjectId

from models.accounts import User
from models.devices import MAX_SEARCH_TERMS, Sensor
from services.telemetry import sensors_seen
from utils.prefix_terms import begins_with, name_terms
from utils.text_terms import normalize
from utils.validators import fold

_AT_ONCE = 100
_ROUNDS = 20


def terms(sensor: Sensor) -> list[str]:
    """What a sensor is found by, at most MAX_SEARCH_TERMS."""
    texts = (sensor.name, sensor.location or sensor.device_location, *sensor.labels, sensor.key)
    # The whole of what it may be called by comes first: of a long name it is not to fall off the end.
    whole = (normalize(sensor.name), normalize(sensor.key))
    beginnings = (term for text in texts if text for term in name_terms(text))
    return list(dict.fromkeys(term for term in (*whole, *beginnings) if term))[:MAX_SEARCH_TERMS]


def refresh(sensor: Sensor) -> None:
    """Store the terms of a sensor as it is now, where they are others."""
    wanted = terms(sensor)
    if wanted != sensor.terms:
        Sensor.update_one({"_id": sensor.id}, {"$set": {"terms": wanted}})


def condition(text: str) -> dict[str, object]:
    """Which sensors `text` finds; all of them where it is blank."""
    normal = normalize(text)
    return {"terms": begins_with(normal)} if normal else {}


def matches(sensor: Sensor, text: str) -> bool:
    """Whether `text` finds a sensor."""
    normal = normalize(text)
    return not normal or any(term.startswith(normal) for term in sensor.terms)


def called(name: str, user: User, most: int) -> list[Sensor]:
    """The sensors of that name or key, of those that `user` sees, oldest first: at most `most`."""
    wanted, normal = fold(name), normalize(name)
    if not normal:
        return []
    found: list[Sensor] = []
    after: ObjectId | None = None
    # Others' words may end like that name: they are few, or it is a name that nobody could tell from others.
    for _ in range(_ROUNDS):
        sensors = sensors_seen.page(user, {"terms": normal}, limit=_AT_ONCE, after=after)
        found += [sensor for sensor in sensors if wanted in (fold(sensor.name), fold(sensor.key))]
        if len(found) >= most or len(sensors) < _AT_ONCE:
            break
        after = sensors[-1].id
    return found[:most]
