"""Who is online: a person is, while any of their connections, in any process, was seen alive lately."""

from collections.abc import Iterable

from bson import ObjectId

from models.accounts import Connection
from models.rooms import Member
from services.liveness import Liveness
from services.realtime import member_room, realtime, user_room

_people = Liveness(Connection, "user_id")


def connected(sid: str, user_id: ObjectId, session_key: str, process_id: str) -> list[ObjectId]:
    """Record a new connection, put it into its rooms and tell those who share a room; returns the user's room ids."""
    was_online = is_online(user_id)
    Connection(sid=sid, user_id=user_id, session_key=session_key, process_id=process_id).insert()
    rooms = member_room_ids(user_id)
    realtime().enter(sid, user_room(user_id))
    for room_id in rooms:
        realtime().enter(sid, member_room(room_id))
    if not was_online:
        announce(user_id, rooms, online=True, skip=sid)
    return rooms


def disconnected(sid: str, user_id: ObjectId) -> None:
    """Forget a connection; where it was the last, tell those who share a room."""
    _people.ended(sid)
    if not is_online(user_id):
        announce(user_id, member_room_ids(user_id), online=False)


def member_room_ids(user_id: ObjectId) -> list[ObjectId]:
    """The rooms that a person is a member of."""
    return [member["room_id"] for member in Member.find_raw({"user_id": user_id}, projection=("room_id",))]


def announce(user_id: ObjectId, rooms: Iterable[ObjectId], *, online: bool, skip: str | None = None) -> None:
    """Push `presence` to all who share a room with the person, and to the person's own devices but for the one `skip`."""
    to = [user_room(user_id), *map(member_room, rooms)]
    realtime().publish(to, "presence", {"user_id": str(user_id), "online": online}, skip=skip)


def is_online(user_id: ObjectId) -> bool:
    return _people.is_online(user_id)


def online_among(user_ids: Iterable[ObjectId]) -> set[ObjectId]:
    """Those of `user_ids` who are online, in one query."""
    return _people.online_among(user_ids)


def online_users() -> set[ObjectId]:
    """Everyone who is online."""
    return _people.online()


def heartbeat(process_id: str) -> None:
    """Say that this process's connections are alive, and that those of a killed process are not. See Liveness.heartbeat."""
    _people.heartbeat(process_id)
    for user_id in _people.sweep():
        announce(user_id, member_room_ids(user_id), online=False)


def forget_process(process_id: str) -> None:
    """Remove the connections of a process that is ending."""
    _people.forget_process(process_id)


def follow_membership(user_id: ObjectId, room_id: ObjectId, *, member: bool) -> None:
    """Keep the user's connections in step with a membership that began or ended."""
    for connection in Connection.find({"user_id": user_id}):
        if member:
            realtime().enter(connection.sid, member_room(room_id))
        else:
            realtime().leave(connection.sid, member_room(room_id))
