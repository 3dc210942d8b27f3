"""How sensors are found: by what words of their name, labels, location or key begin with.

Each sensor holds its terms, so that a search is a range of one index on both engines (as rooms are found by theirs).
"""

from models.devices import MAX_SEARCH_TERMS, Sensor
from services.rooms.directory import begins_with, name_terms
from utils.text_terms import normalize


def terms(sensor: Sensor) -> list[str]:
    """What a sensor is found by, at most MAX_SEARCH_TERMS."""
    texts = (sensor.name, sensor.location or sensor.device_location, *sensor.labels, sensor.key)
    return list(dict.fromkeys(term for text in texts if text for term in name_terms(text) if term))[:MAX_SEARCH_TERMS]


def refresh(sensor: Sensor) -> None:
    """Store the terms of a sensor as it is now, where they are others."""
    wanted = terms(sensor)
    if wanted != sensor.terms:
        Sensor.update_one({"_id": sensor.id}, {"$set": {"terms": wanted}})


def condition(text: str) -> dict[str, object]:
    """Which sensors `text` finds; all of them where it is blank."""
    normal = normalize(text)
    return {"terms": begins_with(normal)} if normal else {}
