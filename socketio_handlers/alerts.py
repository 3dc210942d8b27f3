"""What people answer to alerts over Socket.IO."""

from realtime.connections import Person
from realtime.dispatch import Result
from schemas.alerts import AlertAnswer, AlertOnly
from services.alerting import alerts
from socketio_handlers.people import events


@events.on("acknowledge_alert", AlertOnly, answer=AlertAnswer, limit="120/minute")
def acknowledge_alert(person: Person, payload: AlertOnly) -> Result:
    """Say that somebody looks after an alert; the first one counts."""
    alerts.acknowledge(payload.alert_id, person.user)
    return {"alert": alerts.view(*alerts.visible(payload.alert_id, person.user))}
