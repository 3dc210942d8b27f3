"""Sensors that a room keeps in sight."""

from datetime import datetime

from pydantic import Field

from models.odm import Document, Id, Index
from utils.clock import now

MAX_PINS = 6


class Pin(Document):
    """A sensor shown at the top of a room. slot: its place among the room's, of which there are MAX_PINS."""

    class Settings:
        collection = "pins"
        indexes = [
            Index("room_id", "sensor_id", unique=True),
            Index("room_id", "slot", unique=True),
            Index("sensor_id"),
        ]

    room_id: Id
    sensor_id: Id
    slot: int
    pinned_by: Id
    created_at: datetime = Field(default_factory=now)
