"""What people who watch sensors send over Socket.IO."""

from realtime.connections import Person
from realtime.dispatch import Result
from schemas.base import Empty
from schemas.sensors import JoinSensor, JoinSensorAnswer, SensorOnly
from services.push import push, sensor_room
from services.telemetry import readings, sensors
from socketio_handlers.people import events


@events.on("join_sensor", JoinSensor, answer=JoinSensorAnswer, limit="600/minute")
def join_sensor(person: Person, payload: JoinSensor) -> Result:
    """Watch a sensor: get its recent readings, and from now on each new one."""
    sensor = sensors.follow(payload.sensor_id, person.user, person.sid)
    # Entered before reading: what comes in between comes twice rather than never, and its time tells.
    return {"sensor": sensors.view(sensor), "readings": readings.recent(sensor, payload.since)}


@events.on("leave_sensor", SensorOnly, answer=Empty)
def leave_sensor(person: Person, payload: SensorOnly) -> None:
    """Stop watching a sensor."""
    push().leave(person.sid, sensor_room(payload.sensor_id))
