"""Telling connected people that something about an alert is new, for their pages to look again."""

from bson import ObjectId

from models.alerts import Alert
from models.devices import Sensor
from schemas.alerts import AlertRulesUpdated, alert_view
from services.alerting.access import public_among
from services.push import member_room, push, sensor_room, user_room


def announce(alert: Alert) -> None:
    """Push an alert to those who watch its sensor, and to those whom it concerns wherever they look: the members of its room
    and the sensor's owner."""
    # Whoever watches the sensor need not be in the room.
    push().publish(sensor_room(alert.sensor_id), "sensor_alert", {"alert": alert_view(alert, in_room=False)})
    concerned = [] if alert.owner_id is None else [user_room(alert.owner_id)]
    hidden = Sensor.exists({"_id": alert.sensor_id, "visibility": "private"}) and alert.room_id in public_among([alert.room_id])
    if not hidden:
        concerned.insert(0, member_room(alert.room_id))
    if concerned:
        push().publish(concerned, "sensor_alert", {"alert": alert_view(alert, in_room=True)})


def announce_rules(sensor_id: ObjectId) -> None:
    """Have those who watch a sensor look again at its rules: each sees of them what they may."""
    told: AlertRulesUpdated = {"sensor_id": str(sensor_id)}
    push().publish(sensor_room(sensor_id), "alert_rules_updated", {**told})
