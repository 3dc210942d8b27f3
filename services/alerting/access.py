"""Who may do what with rules and alerts.

Whoever manages the sensor may do everything; the members of the room that a rule speaks in may acknowledge and silence; whoever
sees the sensor sees its rules and alerts, but not in which room they are told.
"""

from dataclasses import dataclass

from bson import ObjectId

from models.accounts import User
from models.alerts import Alert, AlertRule
from models.rooms import Member
from services import sensors
from utils.errors import Forbidden, NotFound


@dataclass(frozen=True, slots=True)
class Access:
    """What somebody is to a rule or an alert. manages: its sensor. in_room: they are a member of the room it speaks in."""

    manages: bool
    in_room: bool

    @property
    def knows_room(self) -> bool:
        return self.manages or self.in_room

    def require_answering(self) -> None:
        """Raises Forbidden where they may neither acknowledge nor silence."""
        if not (self.manages or self.in_room):
            raise Forbidden("Only members of its room and whoever manages the sensor may do this.")

    def require_managing(self) -> None:
        """Raises Forbidden where they may not change the rule."""
        if not self.manages:
            raise Forbidden("Only the owner of its device may change a sensor's alert rules.")


def access(what: AlertRule | Alert, user: User) -> Access:
    """What `user` is to it. Raises NotFound where they neither see the sensor nor are in the room."""
    in_room = Member.exists({"room_id": what.room_id, "user_id": user.id})
    try:
        sensor = sensors.visible(what.sensor_id, user)
    except NotFound:
        if not in_room:
            raise
        return Access(manages=False, in_room=True)
    return Access(sensors.manages(sensor, user), in_room)


def rooms_of(user: User) -> set[ObjectId]:
    """The rooms that a person is a member of."""
    return {row["room_id"] for row in Member.find_raw({"user_id": user.id}, projection=("room_id",))}
