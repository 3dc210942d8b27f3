"""Who is online, and who is away from all of their devices.

A person is online while any of their connections, in any process, was seen alive lately, and for a grace period after the last
one ended: a page that reloads, or a phone that changes its network, is not seen to leave and come back. They are away while
nobody is at any of their devices. Told of it are those who share a room with them and their friends, but not those whom they
block.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bson import ObjectId

from models.accounts import Connection
from models.friends import Block, Friendship
from models.rooms import Member
from schemas.accounts import Presence
from services.liveness import Liveness
from services.people import known_people
from services.people.departures import Departures
from services.platform import current
from services.push import chat_room, member_room, push, user_room
from utils.chunks import chunks
from utils.errors import AuthenticationRequired

_ANNOUNCEMENTS = 3
# Of somebody with more devices than this the first ones nearly always tell.
_FEW = 3
_people = Liveness(Connection, "user_id")


class State(NamedTuple):
    """online: any connection is alive. away: all that are say that nobody is there."""

    online: bool
    away: bool


OFFLINE = State(online=False, away=False)
HERE = State(online=True, away=False)


def connected(sid: str, user_id: ObjectId, session_key: str, process_id: str, epoch: int = 0) -> list[ObjectId]:
    """Record a new connection, put it into its rooms and tell those who may know; returns the user's room ids.

    epoch: that of the session. Raises AuthenticationRequired where the session is over, and nothing is recorded.
    """
    before = state(user_id)
    _people.began(Connection(sid=sid, user_id=user_id, session_key=session_key, process_id=process_id))
    # Looked at after recording: a session that ended since the sign-in was looked at did not find this connection to end it.
    if not known_people.still_signed_in(user_id, epoch):
        _people.ended([sid])
        raise AuthenticationRequired("This session has ended. Sign in again.")
    rooms = member_room_ids(user_id)
    push().enter(sid, user_room(user_id))
    for room_id in rooms:
        push().enter(sid, member_room(room_id))
    if before != HERE:
        announce(user_id, HERE, skip=sid, room_ids=rooms)
    return rooms


def disconnected(sid: str, user_id: ObjectId) -> None:
    """Forget a connection once the grace period has passed; where it was the last by then, tell those who may know."""
    current().part(_PeopleLeaving).add(sid, user_id)


def _depart(gone: Sequence[tuple[str, ObjectId]]) -> None:
    people = {user_id for _, user_id in gone}
    before = states(people)
    _people.ended(sid for sid, _ in gone)
    after = states(people)
    for person in people:
        actual = after.get(person, OFFLINE)
        if actual != before.get(person, OFFLINE):
            announce(person, actual)
            _settle(person, actual)


class _PeopleLeaving(Departures):
    """Connections of people that ended a moment ago."""

    def __init__(self) -> None:
        super().__init__(_depart, current().config.presence_grace_seconds)


def set_away(sid: str, user_id: ObjectId, *, away: bool) -> None:
    """Say whether anybody is at the device of a connection; where that changes the person's state, tell those who may know."""
    before = state(user_id)
    Connection.update_one({"sid": sid, "user_id": user_id}, {"$set": {"away": away}})
    _settle(user_id, before)


def _settle(user_id: ObjectId, told: State) -> None:
    """Announce the state until what was announced last is so: somebody may come back while their leaving is being told."""
    for _ in range(_ANNOUNCEMENTS):
        actual = state(user_id)
        if actual == told:
            return
        announce(user_id, actual)
        told = actual


def member_room_ids(user_id: ObjectId) -> list[ObjectId]:
    """The rooms that a person is a member of."""
    return [member["room_id"] for member in Member.find_raw({"user_id": user_id}, projection=("room_id",))]


def announce(user_id: ObjectId, now: State, *, skip: str | None = None, room_ids: Sequence[ObjectId] | None = None) -> None:
    """Push `presence` to all who share a room with the person, to their friends, and to their own devices but for `skip`.

    room_ids: the person's rooms, where they are known. The connections of those whom the person blocks are left out, whichever
    room they would be reached by.
    """
    to = [user_room(user_id)]
    to += map(member_room, member_room_ids(user_id) if room_ids is None else room_ids)
    to += map(user_room, Friendship.friends_of(user_id))
    left_out = [
        connection["sid"]
        for some in chunks(Block.blocked_by(user_id))
        for connection in Connection.find_raw({"user_id": {"$in": some}}, projection=("sid",))
    ]
    push().publish(to, "presence", view(user_id, now), skip=left_out if skip is None else [skip, *left_out])


def view(user_id: ObjectId, now: State) -> Presence:
    """A presence event as the wire has it."""
    if not now.online:
        return {"user_id": str(user_id), "online": False}
    return {"user_id": str(user_id), "online": True, "away": now.away}


def introduce(one: ObjectId, other: ObjectId) -> None:
    """Tell two people who have just become friends whether the other one is online."""
    now = states([one, other])
    for person, friend in ((one, other), (other, one)):
        push().publish(user_room(person), "presence", view(friend, now.get(friend, OFFLINE)))


def is_told(viewer_id: ObjectId, user_id: ObjectId) -> bool:
    """Whether one person's presence is pushed to another, blocks aside: they are friends or share a room."""
    return Friendship.are_friends(viewer_id, user_id) or not set(member_room_ids(viewer_id)).isdisjoint(member_room_ids(user_id))


def tell(viewer_id: ObjectId, user_id: ObjectId) -> None:
    """Push one person's presence as `viewer_id` may see it now: after it was hidden from them, or is no more."""
    now = states_for(viewer_id, [user_id]).get(user_id, OFFLINE)
    push().publish(user_room(viewer_id), "presence", view(user_id, now))


def state(user_id: ObjectId) -> State:
    """Whether a person is online and away. One query, that of a few connections; two where those are many and do not tell."""
    some, all_of_them = _people.some_alive(user_id, _FEW, "away")
    if some and not all(connection.get("away", False) for connection in some):
        return HERE
    if all_of_them:
        return State(online=True, away=True) if some else OFFLINE
    return states([user_id]).get(user_id, OFFLINE)


def states(user_ids: Iterable[ObjectId]) -> dict[ObjectId, State]:
    """The states of those of `user_ids` who are online, in one query."""
    away: dict[ObjectId, bool] = {}
    for connection in _people.alive(user_ids, "user_id", "away"):
        person = connection["user_id"]
        away[person] = connection.get("away", False) and away.get(person, True)
    return {person: State(online=True, away=is_away) for person, is_away in away.items()}


def states_for(viewer_id: ObjectId, user_ids: Iterable[ObjectId]) -> dict[ObjectId, State]:
    """The same as one person may see it: without those who block that person. Two queries at most."""
    found = states(user_ids)
    hidden = Block.blockers_of(viewer_id, found) if found else set()
    return {person: now for person, now in found.items() if person not in hidden}


def is_online(user_id: ObjectId) -> bool:
    return _people.is_online(user_id)


def online_among(user_ids: Iterable[ObjectId]) -> set[ObjectId]:
    """Those of `user_ids` who are online, in one query."""
    return _people.online_among(user_ids)


def online_users() -> set[ObjectId]:
    """Everyone who is online."""
    return _people.online()


def online_page(after: ObjectId | None, limit: int) -> tuple[list[ObjectId], ObjectId | None]:
    """Some of those who are online, at most `limit`, in the order of their ids; see Liveness.page."""
    return _people.page(after, limit)


def sweep() -> None:
    """Remove the connections of killed processes, and say who is offline for it."""
    for user_id in _people.sweep():
        announce(user_id, OFFLINE)


def forget_process(process_id: str) -> None:
    """Have the connections of a process that is ending count for the grace period yet.

    So nobody is seen to leave for a restart; who has not come back by then is announced by whichever process sweeps next.
    """
    _people.expire_process(process_id, current().config.presence_grace_seconds)


def follow_membership(user_id: ObjectId, room_id: ObjectId, *, member: bool) -> None:
    """Keep the user's connections in step with a membership that began, or that ended and with it all pushes of the room."""
    for connection in Connection.find_raw({"user_id": user_id}, projection=("sid",)):
        sid = connection["sid"]
        if member:
            push().enter(sid, member_room(room_id))
        else:
            push().leave(sid, member_room(room_id))
            push().leave(sid, chat_room(room_id))
