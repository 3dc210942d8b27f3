"""/api/alert-rules, /api/alerts, /api/silences: rules about sensors, what came of them, and silence for a while."""

from typing import Any

from bson import ObjectId

from blueprints.api import Api
from blueprints.identity import current_user
from schemas.alerts import (
    AlertAnswer,
    AlertPage,
    AlertQuery,
    CreateRule,
    CreateSilence,
    RuleAnswer,
    RulePage,
    SilenceAnswer,
    SilencePage,
    SilenceQuery,
    UpdateRule,
    silence_view,
)
from services.alerting import alerts, rules, silences
from utils.errors import Forbidden, NotFound, ValidationFailed
from utils.pagination import decode_id_cursor, encode_cursor

api = Api("alerts", "/api")


@api.get("/sensors/<id:sensor_id>/alert-rules", answer=RulePage, errors=(NotFound,))
def rules_of_sensor(sensor_id: ObjectId) -> Any:
    """The alert rules of a sensor that one sees, oldest first."""
    return {"items": rules.of_sensor(sensor_id, current_user()), "next": None}


@api.post(
    "/sensors/<id:sensor_id>/alert-rules", body=CreateRule, answer=RuleAnswer, status=201,
    errors=(NotFound, Forbidden, ValidationFailed), limit="300/hour",
)  # fmt: skip
def create_rule(sensor_id: ObjectId, body: CreateRule) -> Any:
    """Have a room of one's own told when the readings of a sensor of one's own are too high, too low, change too fast, or stop."""
    user = current_user()
    return {"rule": rules.view(rules.create(sensor_id, user, body), user)}


@api.get("/alert-rules/<id:rule_id>", answer=RuleAnswer, errors=(NotFound,))
def show_rule(rule_id: ObjectId) -> Any:
    """One alert rule."""
    user = current_user()
    return {"rule": rules.view(rules.visible(rule_id, user)[0], user)}


@api.patch("/alert-rules/<id:rule_id>", body=UpdateRule, answer=RuleAnswer, errors=(NotFound, Forbidden, ValidationFailed))
def update_rule(rule_id: ObjectId, body: UpdateRule) -> Any:
    """Change a rule of a sensor of one's own; what is left out stays. What fires by the old rule is over."""
    user = current_user()
    return {"rule": rules.view(rules.update(rule_id, user, body), user)}


@api.delete("/alert-rules/<id:rule_id>", status=204, errors=(NotFound, Forbidden))
def delete_rule(rule_id: ObjectId) -> None:
    """Remove a rule; its alerts stay."""
    rules.delete(rule_id, current_user())


@api.get("/alerts", query=AlertQuery, answer=AlertPage, errors=(NotFound, Forbidden))
def listing(query: AlertQuery) -> Any:
    """Alerts, newest first: of a sensor, a rule or a room, or else of one's rooms and one's own sensors.

    `state` open is firing or acknowledged.
    """
    user = current_user()
    found, last = alerts.listing(query, user, limit=query.limit, before=decode_id_cursor(query.cursor))
    return {"items": alerts.views(found, user), "next": encode_cursor(None if last is None else str(last))}


@api.get("/alerts/<id:alert_id>", answer=AlertAnswer, errors=(NotFound,))
def show(alert_id: ObjectId) -> Any:
    """One alert."""
    return {"alert": alerts.view(*alerts.visible(alert_id, current_user()))}


@api.post("/alerts/<id:alert_id>/acknowledge", answer=AlertAnswer, errors=(NotFound, Forbidden))
def acknowledge(alert_id: ObjectId) -> Any:
    """Say that somebody looks after it: for members of its room and whoever manages the sensor. The first one counts."""
    user = current_user()
    alerts.acknowledge(alert_id, user)
    return {"alert": alerts.view(*alerts.visible(alert_id, user))}


@api.get("/silences", query=SilenceQuery, answer=SilencePage, errors=(NotFound,))
def silences_now(query: SilenceQuery) -> Any:
    """The silences that hold now, oldest first: of a rule, of a sensor with its rules and its device, of a device, or else one's
    own and those of rules that speak in one's rooms."""
    after = decode_id_cursor(query.cursor)
    found, last = silences.listing(query, current_user(), limit=query.limit, after=after)
    return {"items": [silence_view(each) for each in found], "next": encode_cursor(None if last is None else str(last))}


@api.post(
    "/silences", body=CreateSilence, answer=SilenceAnswer, status=201, errors=(NotFound, Forbidden, ValidationFailed),
    limit="300/hour",
)  # fmt: skip
def silence(body: CreateSilence) -> Any:
    """Have nobody told of alerts for a while: of a rule (members of its room may, too), of a sensor or a device of one's own."""
    return {"silence": silence_view(silences.create(body, current_user()))}


@api.delete("/silences/<id:silence_id>", status=204, errors=(NotFound, Forbidden))
def end_silence(silence_id: ObjectId) -> None:
    """End a silence now; what is still so is told."""
    silences.end(silence_id, current_user())
