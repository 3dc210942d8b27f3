"""Alert rules, the incidents that they led to, and silences."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from models.alert_facts import AlertFacts, AlertState, Condition, EndedBy
from models.odm import ASC, DESC, Document, Id, Index
from utils.clock import now

Phase = Literal["ok", "pending", "firing"]

ALERT_DAYS = 365
SILENCE_DAYS = 30


class Incident(BaseModel):
    """The newest incident of a rule, as its evaluation knows it. Times are those of readings, in ms since the epoch.

    since_ms: from when the condition holds; fired_ms: since when that is long enough. value: the one that it fired at (a
    change a minute where the rule is about a rate; None of a sensor that is silent), peak: the most extreme one. occurrences:
    how often it fired, where it ended and soon began again. version counts its changes.
    """

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    alert_id: Id
    version: int = 1
    open: bool = True
    since_ms: int
    fired_ms: int
    ended_ms: int | None = None
    ended_by: EndedBy | None = None
    value: float | None = None
    peak: float | None = None
    occurrences: int = 1


class AlertRule(Document, Condition):
    """When a sensor's readings are an alert, and in which room. See docs/alerts.md for how it is evaluated exactly once.

    hysteresis: in the unit of the threshold. number: of the sensor, as in its readings.
    created_by: in whose name it speaks in the room.
    """

    class Settings:
        collection = "alert_rules"
        indexes = [
            Index("number"),
            Index("sensor_id"),
            Index("room_id"),
            Index("due_at", partial={"due_at": {"$exists": True}}),
        ]

    sensor_id: Id
    number: int
    room_id: Id
    created_by: Id
    name: str | None = None
    hysteresis: float = 0.0
    mail: bool = False
    enabled: bool = True
    created_at: datetime = Field(default_factory=now)

    # What follows is the evaluation's. revision counts all changes: whoever writes says which one they know of. fence is that of
    # the lease under which the worker wrote last.
    revision: int = 0
    fence: int = 0
    # Readings up to here are evaluated; what comes later with an earlier time changes nothing.
    seen_ms: int = 0
    phase: Phase = "ok"
    since_ms: int | None = None
    peak: float | None = None
    incident: Incident | None = None
    # When a trigger about a rate goes off if nothing comes until then.
    lapses_at: datetime | None = None
    # When to look at it though no reading came; None: not before one does.
    due_at: datetime | None = None


class Alert(Document, AlertFacts):
    """One incident, as people see it. What the rule said when it fired is kept: the rule may be changed or deleted.

    incident_version: of the Incident that it shows. revision counts that and what people do. due_at: when the room has to be
    told what is new about it; None: it has been.
    """

    class Settings:
        collection = "alerts"
        indexes = [
            Index(("sensor_id", ASC), ("_id", DESC)),
            Index(("room_id", ASC), ("_id", DESC)),
            Index(("owner_id", ASC), ("_id", DESC)),
            Index(("rule_id", ASC), ("_id", DESC)),
            # The same for what is open, however much is over.
            Index(("sensor_id", ASC), ("open", ASC), ("_id", DESC)),
            Index(("room_id", ASC), ("open", ASC), ("_id", DESC)),
            Index(("owner_id", ASC), ("open", ASC), ("_id", DESC)),
            Index(("rule_id", ASC), ("open", ASC), ("_id", DESC)),
            Index(("open", ASC), ("_id", DESC)),
            Index("number"),
            Index("due_at", partial={"due_at": {"$exists": True}}),
            Index("resolved_at", ttl_seconds=ALERT_DAYS * 86_400),
        ]

    number: int
    device_id: Id
    # Of the sensor.
    owner_id: Id | None = None
    room_id: Id
    created_by: Id
    sensor_name: str
    mail: bool = False

    incident_version: int
    due_at: datetime | None = None
    open: bool = True
    fired_at: datetime
    acknowledged_by: Id | None = None
    acknowledged_by_username: str | None = None
    message_id: Id | None = None
    # What the room was told last, that it fires or that it is over; when, if that was a line below the message; what was mailed.
    # again_id: the last of those lines that says that it fires again.
    told_open: bool = True
    again_id: Id | None = None
    told_at: datetime | None = None
    mailed: list[AlertState] = Field(default_factory=list, max_length=3)

    @property
    def state(self) -> AlertState:
        """Over, or seen by somebody, or neither."""
        if not self.open:
            return "resolved"
        return "firing" if self.acknowledged_at is None else "acknowledged"


class AlertSilence(Document):
    """Nobody is told of alerts of a rule, a sensor or a device until it ends; exactly one of the three is given."""

    class Settings:
        collection = "alert_silences"
        indexes = [
            Index("rule_id", partial={"rule_id": {"$exists": True}}),
            Index("sensor_id", partial={"sensor_id": {"$exists": True}}),
            Index("device_id", partial={"device_id": {"$exists": True}}),
            Index("created_by"),
            Index("until", ttl_seconds=SILENCE_DAYS * 86_400),
        ]

    rule_id: Id | None = None
    sensor_id: Id | None = None
    device_id: Id | None = None
    until: datetime
    reason: str | None = None
    created_by: Id
    created_by_username: str
    created_at: datetime = Field(default_factory=now)
