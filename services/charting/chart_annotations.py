"""What of a sensor's alert rules and alerts its chart marks. Whoever sees the sensor sees them."""

from datetime import datetime

from models.alerts import Alert, AlertRule
from models.devices import Sensor
from services.charting.charts import Annotations, Span, Threshold
from utils.clock import from_ms

# More alerts than this in one range could not be told apart.
_MOST_SPANS = 200


def of(sensor: Sensor, start: int, end: int) -> Annotations:
    """The thresholds of the sensor's enabled rules, and when its alerts were firing between `start` and `end` (ms)."""
    rules = AlertRule.find_raw(
        {"sensor_id": sensor.id, "enabled": True, "when": {"$in": ["above", "below"]}}, projection=("when", "threshold")
    )
    during = {"sensor_id": sensor.id, "fired_at": {"$lte": from_ms(end)}}
    alerts = Alert.find_raw(during, projection=("fired_at", "resolved_at"), sort=[("_id", -1)], limit=_MOST_SPANS)
    spans = [
        Span(_ms(alert["fired_at"]), None if alert.get("resolved_at") is None else _ms(alert["resolved_at"])) for alert in alerts
    ]
    return Annotations(
        thresholds=[Threshold(rule["threshold"], rule["when"]) for rule in rules if rule.get("threshold") is not None],
        spans=[span for span in spans if span.end_ms is None or span.end_ms >= start],
    )


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
