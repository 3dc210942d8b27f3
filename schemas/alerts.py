"""Alert rules, alerts and silences on the wire."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from typing_extensions import TypedDict

from models.alert_facts import AlertFacts, AlertState, AlertWhen, Condition, EndedBy, Severity
from models.alerts import Alert, AlertRule, AlertSilence
from models.messages import AlertSnapshot
from schemas.accounts import UserRef
from schemas.base import IdText, PageQuery, Payload, TimeText, WireId, time_text
from utils.clock import now
from utils.validators import clean_line

DAY = 86_400
MAX_NAME = 80
MAX_REASON = 200
MIN_SILENT_SECONDS = 1
MAX_SILENCE = timedelta(days=90)

Name = Annotated[str, Field(max_length=400), AfterValidator(lambda text: clean_line(text, MAX_NAME))]
Reason = Annotated[str, Field(max_length=800), AfterValidator(lambda text: clean_line(text, MAX_REASON))]
Seconds = Annotated[int, Field(ge=0, le=7 * DAY)]
Number = Annotated[float, Field(ge=-1e300, le=1e300)]
Window = Annotated[int, Field(ge=10, le=DAY)]


def check_rule(when: AlertWhen, threshold: float | None, for_seconds: int) -> dict[str, str]:
    """What is wrong with a rule, by field: what its kind needs."""
    wrong: dict[str, str] = {}
    if when == "silent":
        if for_seconds < MIN_SILENT_SECONDS:
            wrong["for_seconds"] = "Say for how many seconds the sensor has to be silent."
    elif threshold is None:
        wrong["threshold"] = "Give the value from which it is an alert."
    elif when == "rate" and threshold == 0:
        wrong["threshold"] = "Give a change a minute: above 0 for rising, below 0 for falling."
    return wrong


class CreateRule(Payload):
    """threshold: in the sensor's unit; with `rate`, the change a minute from which it is an alert: above 0 for rising, below 0 for
    falling. for_seconds: how long that has to be so, by the readings' times; with `silent`, how long nothing comes.
    hysteresis: how far it has to come back to be over. window_seconds: over what time a rate is taken. mail: to oneself too."""

    when: AlertWhen
    threshold: Number | None = None
    for_seconds: Seconds = 0
    hysteresis: Annotated[float, Field(ge=0, le=1e300)] = 0.0
    window_seconds: Window = 300
    room_id: WireId
    name: Name | None = None
    severity: Severity = "warning"
    mail: bool = False
    enabled: bool = True


class UpdateRule(Payload):
    """What is left out stays. A change of what is an alert begins anew: what fires by the old rule is over."""

    when: AlertWhen | None = None
    threshold: Number | None = None
    for_seconds: Seconds | None = None
    hysteresis: Annotated[float, Field(ge=0, le=1e300)] | None = None
    window_seconds: Window | None = None
    room_id: WireId | None = None
    name: Name | None = None
    severity: Severity | None = None
    mail: bool | None = None
    enabled: bool | None = None


class AlertOnly(Payload):
    alert_id: WireId


class AlertQuery(PageQuery):
    """Without `sensor_id`, `rule_id` and `room_id`: the alerts of one's rooms and of one's own sensors."""

    state: Literal["firing", "acknowledged", "resolved", "open"] | None = None
    sensor_id: WireId | None = None
    rule_id: WireId | None = None
    room_id: WireId | None = None


def _parse_end(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError("Give a time with its zone such as 2026-11-20T09:30:00Z.")
    return moment


class CreateSilence(Payload):
    """Of exactly one rule, sensor or device; it ends after `seconds` or at `until`, in 90 days at most."""

    rule_id: WireId | None = None
    sensor_id: WireId | None = None
    device_id: WireId | None = None
    seconds: Annotated[int, Field(ge=1, le=int(MAX_SILENCE.total_seconds()))] | None = None
    until: Annotated[datetime, BeforeValidator(_parse_end)] | None = None
    reason: Reason | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if sum(each is not None for each in (self.rule_id, self.sensor_id, self.device_id)) != 1:
            raise ValueError("Give either rule_id, sensor_id or device_id.")
        if (self.seconds is None) == (self.until is None):
            raise ValueError("Give either seconds or until.")
        return self

    def ends(self) -> datetime:
        """When it ends."""
        return self.until if self.until is not None else now() + timedelta(seconds=self.seconds or 0)


class SilenceQuery(PageQuery):
    """Of a sensor: those of its rules and of its device too."""

    rule_id: WireId | None = None
    sensor_id: WireId | None = None
    device_id: WireId | None = None


class ConditionView(TypedDict):
    """What an alert is about."""

    when: AlertWhen
    threshold: float | None
    for_seconds: int
    window_seconds: int
    severity: Severity


class RuleView(ConditionView):
    """state: of its newest incident, ok where there is none or it is over; alert_id: the incident's, where it is not over.
    silenced_until: by whichever silence ends last. room_id: null for who may not know it."""

    id: IdText
    sensor_id: IdText
    room_id: IdText | None
    name: str | None
    hysteresis: float
    mail: bool
    enabled: bool
    state: Literal["ok", "firing", "acknowledged"]
    alert_id: IdText | None
    silenced_until: TimeText | None
    created_by: IdText
    created_at: TimeText


class AlertFactsView(ConditionView):
    """One incident as it stands. started_at: from when the condition holds. value: the one that it fired at (of a rate the change
    a minute, of a silent sensor the last one), peak: the worst one. occurrences: how often it fired within a minute of being
    over."""

    revision: int
    rule_id: IdText
    rule_name: str | None
    sensor_id: IdText
    unit: str
    state: AlertState
    value: float | None
    peak: float | None
    occurrences: int
    started_at: TimeText
    resolved_at: TimeText | None
    ended_by: EndedBy | None
    acknowledged_at: TimeText | None


class AlertView(AlertFactsView):
    """An alert. fired_at: since when its condition holds long enough, by the readings' times. room_id, message_id: null for who is
    not in the room."""

    id: IdText
    sensor_name: str
    fired_at: TimeText
    acknowledged_by: UserRef | None
    room_id: IdText | None
    message_id: IdText | None


class MessageAlert(AlertFactsView):
    """What a message of kind alert is about, as of `revision` of the alert.

    turn: of a message that answers the alert's own: it says that the alert fires again, or is over, and is about that occurrence.
    """

    alert_id: IdText
    name: str
    acknowledged_by: str | None
    turn: Literal["again", "over"] | None


class SilenceView(TypedDict):
    id: IdText
    rule_id: IdText | None
    sensor_id: IdText | None
    device_id: IdText | None
    until: TimeText
    reason: str | None
    created_by: UserRef
    created_at: TimeText


class RuleAnswer(TypedDict):
    rule: RuleView


class AlertRulesUpdated(TypedDict):
    """A sensor has a rule more or less, or one is another than before."""

    sensor_id: IdText


class RulePage(TypedDict):
    items: list[RuleView]
    next: str | None


class AlertAnswer(TypedDict):
    alert: AlertView


class AlertPage(TypedDict):
    items: list[AlertView]
    next: str | None


class SilenceAnswer(TypedDict):
    silence: SilenceView


class SilencePage(TypedDict):
    items: list[SilenceView]
    next: str | None


def rule_view(
    rule: AlertRule, *, in_room: bool, acknowledged: bool = False, silenced_until: datetime | None = None
) -> RuleView:  # fmt: skip
    """A rule as the wire has it. in_room: whether whoever gets it may know which room it speaks in."""
    is_open = rule.incident is not None and rule.incident.open
    return {
        "id": str(rule.id), "sensor_id": str(rule.sensor_id), "room_id": str(rule.room_id) if in_room else None,
        "name": rule.name, **_condition_view(rule), "hysteresis": rule.hysteresis, "mail": rule.mail, "enabled": rule.enabled,
        "state": "ok" if not is_open else "acknowledged" if acknowledged else "firing",
        "alert_id": str(rule.incident.alert_id) if is_open and rule.incident is not None else None,
        "silenced_until": time_text(silenced_until), "created_by": str(rule.created_by),
        "created_at": time_text(rule.created_at) or "",
    }  # fmt: skip


def _condition_view(of: Condition) -> ConditionView:
    return {
        "when": of.when, "threshold": of.threshold, "for_seconds": of.for_seconds, "window_seconds": of.window_seconds,
        "severity": of.severity,
    }  # fmt: skip


def _facts_view(of: AlertFacts, state: AlertState) -> AlertFactsView:
    return {
        **_condition_view(of), "revision": of.revision, "rule_id": str(of.rule_id), "rule_name": of.rule_name,
        "sensor_id": str(of.sensor_id), "unit": of.unit, "state": state, "value": of.value, "peak": of.peak,
        "occurrences": of.occurrences, "started_at": time_text(of.started_at) or "", "resolved_at": time_text(of.resolved_at),
        "ended_by": of.ended_by, "acknowledged_at": time_text(of.acknowledged_at),
    }  # fmt: skip


def alert_view(alert: Alert, *, in_room: bool) -> AlertView:
    """An alert as the wire has it. in_room: whether whoever gets it may know which room was told."""
    who: Any = None
    if alert.acknowledged_by is not None:
        who = {"id": str(alert.acknowledged_by), "username": alert.acknowledged_by_username or "?"}
    return {
        **_facts_view(alert, alert.state), "id": str(alert.id), "sensor_name": alert.sensor_name,
        "fired_at": time_text(alert.fired_at) or "", "acknowledged_by": who,
        "room_id": str(alert.room_id) if in_room else None,
        "message_id": str(alert.message_id) if in_room and alert.message_id is not None else None,
    }  # fmt: skip


def message_alert(shown: AlertSnapshot | None) -> MessageAlert | None:
    """What a message says of an alert, as the wire has it."""
    if shown is None:
        return None
    return {
        **_facts_view(shown, shown.state), "alert_id": str(shown.alert_id), "name": shown.name,
        "acknowledged_by": shown.acknowledged_by, "turn": shown.turn,
    }  # fmt: skip


def silence_view(silence: AlertSilence) -> SilenceView:
    """A silence as the wire has it."""
    return {
        "id": str(silence.id), "rule_id": None if silence.rule_id is None else str(silence.rule_id),
        "sensor_id": None if silence.sensor_id is None else str(silence.sensor_id),
        "device_id": None if silence.device_id is None else str(silence.device_id),
        "until": time_text(silence.until) or "", "reason": silence.reason,
        "created_by": {"id": str(silence.created_by), "username": silence.created_by_username},
        "created_at": time_text(silence.created_at) or "",
    }  # fmt: skip
