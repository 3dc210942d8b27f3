"""What becomes of the alerts of sensors that are deleted: their messages say so, then they go."""

from collections.abc import Iterator

from models.alerts import Alert, AlertRule, AlertSilence
from services.alerting import notes
from utils.clock import now

_SLICE = 50


def remove(number: int) -> Iterator[None]:
    """Remove the rules, alerts and silences of the deleted sensor of that number, some at each step. Doing it again is fine."""
    rules = [row["_id"] for row in AlertRule.find_raw({"number": number}, projection=("_id",))]
    if rules:
        AlertRule.delete_many({"number": number})
        AlertSilence.delete_many({"rule_id": {"$in": rules}})
    while alerts := Alert.find({"number": number}, limit=_SLICE):
        for alert in alerts:
            if alert.open:
                over = {"open": False, "resolved_at": now(), "ended_by": "sensor_deleted"}
                ended = Alert.find_one_and_update({"_id": alert.id, "open": True}, {"$set": over, "$inc": {"revision": 1}})
                if ended is not None:
                    notes.refresh(ended)
        AlertSilence.delete_many({"sensor_id": {"$in": [alert.sensor_id for alert in alerts]}})
        Alert.delete_many({"_id": {"$in": [alert.id for alert in alerts]}})
        yield
