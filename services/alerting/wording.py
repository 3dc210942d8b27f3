"""An alert in words, for whoever reads the room's text, a search result or a mail; a page has the fields to say it otherwise."""

from datetime import datetime

from models.alerts import Alert
from utils.clock import now


def body(alert: Alert) -> str:
    """What the message in the room says: one line, and a second one for what has become of it."""
    lines = [f"{alert.rule_name}: {_found(alert)}" if alert.rule_name else _found(alert)]
    if alert.open and alert.acknowledged_by_username is not None:
        lines.append(f"Acknowledged by {alert.acknowledged_by_username}.")
    if not alert.open:
        lines.append(resolved(alert))
    return "\n".join(lines)


def over(alert: Alert) -> str:
    """What the line below the message says when it is over."""
    return f"{alert.sensor_name}: {resolved(alert)}"


def again(alert: Alert) -> str:
    """What the line below the message says when it has begun again soon after it was over."""
    return f"{alert.sensor_name}: It fires again, for the {_ordinal(alert.occurrences)} time."


def resolved(alert: Alert) -> str:
    """That it is over."""
    lasted = duration(((alert.resolved_at or now()) - alert.started_at).total_seconds())
    if alert.ended_by == "readings":
        peak = "" if alert.when == "silent" or alert.peak is None else f"; at worst {_quantity(alert, alert.peak)}"
        return f"Resolved after {lasted}{peak}."
    why = {"rule_changed": "the rule was changed", "rule_deleted": "the rule was deleted", "sensor_deleted": "the sensor is gone"}
    return f"Ended after {lasted}: {why.get(alert.ended_by or '', 'no longer watched')}."


def subject(alert: Alert) -> str:
    """The subject of a mail."""
    title = alert.rule_name or {"above": "too high", "below": "too low", "silent": "silent", "rate": "changing fast"}[alert.when]
    return f"[{'Resolved' if not alert.open else alert.severity.capitalize()}] {alert.sensor_name}: {title}"


def duration(seconds: float) -> str:
    """A length of time in the two largest of its units."""
    left = max(0, round(seconds))
    parts: list[str] = []
    for name, length in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        if left >= length and len(parts) < 2:
            parts.append(f"{left // length} {name}")
            left %= length
        elif parts:
            break
    return " ".join(parts) or "0 s"


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _found(alert: Alert) -> str:
    name, since = alert.sensor_name, _moment(alert.started_at)
    if alert.when == "silent":
        if alert.value is None:
            return f"{name} has never sent anything, for {duration(alert.for_seconds)} or more since {since}"
        return f"{name} has sent nothing for {duration(alert.for_seconds)} or more; last {_quantity(alert, alert.value)} at {since}"
    value, limit = (_quantity(alert, number or 0.0) for number in (alert.value, alert.threshold))
    held = f" for {duration(alert.for_seconds)} or more" if alert.for_seconds else ""
    if alert.when == "rate":
        moves = "rises" if (alert.threshold or 0.0) > 0 else "falls"
        window = duration(alert.window_seconds)
        return f"{name} {moves} too fast{held}: {value} over {window} (limit {limit}), since {since}"
    return f"{name} is {alert.when} {limit}{held}: {value}, since {since}"


def _quantity(alert: Alert, value: float) -> str:
    per = " a minute" if alert.when == "rate" else ""
    return f"{value:.6g} {alert.unit}".strip() + per


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
