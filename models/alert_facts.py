"""The fields of an alert, once for all who bear them: the rule, the alert, and the message that shows it."""

from typing import Literal

from pydantic import BaseModel

from models.odm import Id, UtcDatetime

AlertWhen = Literal["above", "below", "silent", "rate"]
AlertState = Literal["firing", "acknowledged", "resolved"]
Severity = Literal["info", "warning", "critical"]
EndedBy = Literal["readings", "rule_changed", "rule_deleted", "sensor_deleted"]


class Condition(BaseModel):
    """What an alert is about. threshold: in the sensor's unit; of a rate in the unit a minute. window_seconds: over what time a
    rate is taken."""

    when: AlertWhen
    threshold: float | None = None
    for_seconds: int = 0
    window_seconds: int = 300
    severity: Severity = "warning"


class AlertFacts(Condition):
    """One incident as it stands. started_at: from when the condition holds. value: the one that it fired at, peak: the most
    extreme one. occurrences: how often it fired, where it ended and soon began again. revision counts its changes."""

    revision: int = 1
    rule_id: Id
    rule_name: str | None = None
    sensor_id: Id
    unit: str = ""
    value: float | None = None
    peak: float | None = None
    occurrences: int = 1
    started_at: UtcDatetime
    resolved_at: UtcDatetime | None = None
    ended_by: EndedBy | None = None
    acknowledged_at: UtcDatetime | None = None


CONDITION = tuple(Condition.model_fields)
FACTS = tuple(AlertFacts.model_fields)
