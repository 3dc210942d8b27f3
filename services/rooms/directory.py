"""Finding rooms, and the people in them: lists in pages, by name, with who is online.

A room is found by the beginnings of its words (utils.prefix_terms).
"""

import threading
import time
from collections.abc import Mapping, Sequence

from bson import ObjectId

from models.accounts import User
from models.rooms import Member, Room
from schemas.rooms import MemberView, RoomView, member_view, room_view
from services.people import presence
from services.platform import current
from services.rooms.newest import newest
from services.rooms.roles import role_of
from utils import concurrency
from utils.chunks import chunks
from utils.prefix_terms import begins_with
from utils.text_terms import normalize
from utils.validators import fold

# The most values of one $in; between two of them others have their turn.
_CHUNK = 500
# Counting the online members of some rooms takes a look-up for each room and person online, of some 2 us. Where that were more
# than this, all rooms are counted at once, and the counts are used for SNAPSHOT_SECONDS at least.
_LOOKUPS = 200
SNAPSHOT_SECONDS = 2.0
_SHARE = 0.02


def listing(
    user: User, *, query: str | None = None, mine: bool = False, limit: int = 50, after: tuple[str, ObjectId] | None = None
) -> tuple[list[RoomView], tuple[str, ObjectId] | None]:
    """The public rooms and the user's own private ones (`mine`: the user's own only), by name.

    query: what words of the name begin with. after: the name key and id of the last room of the page before.
    Returns a page of views, and its last name key and id where there are more.
    """
    own = {member.room_id: member for member in Member.find({"user_id": user.id})}
    which: dict[str, object] = {"kind": "group"}
    if query and (normal := normalize(query)):
        which["name_terms"] = begins_with(normal)
    if after is not None:
        name_key, last_id = after
        which["name_key"] = {"$gte": name_key}
        which["$or"] = [{"name_key": {"$gt": name_key}}, {"name_key": name_key, "_id": {"$gt": last_id}}]
    found = _rooms_of(list(own), which if mine else {**which, "visibility": "private"}, limit)
    if not mine:
        # Without a search the order of the names is an index; with one an equality would make SQLite read that one from its start.
        public = "public" if "name_terms" not in which else {"$ne": "private"}
        found += Room.find({**which, "visibility": public}, sort=[("name_key", 1), ("_id", 1)], limit=limit + 1)
    found.sort(key=lambda room: (room.name_key, room.id))
    page = found[:limit]
    newest().catch_up(page, [own[room.id] for room in page if room.id in own])
    online = online_counts([room.id for room in page])
    views = [room_view(room, own.get(room.id), online.get(room.id, 0)) for room in page]
    return views, (page[-1].name_key, page[-1].id) if len(found) > limit else None


def _rooms_of(ids: Sequence[ObjectId], which: dict[str, object], limit: int) -> list[Room]:
    found: list[Room] = []
    for some in chunks(ids):
        chosen = {**which, "_id": {"$in": list(some)}}
        found += Room.find(chosen, sort=[("name_key", 1), ("_id", 1)], limit=limit + 1)
    return found


def members(
    room: Room, viewer: User, *, query: str | None = None, limit: int = 50, after: tuple[str, str] | None = None
) -> tuple[list[MemberView], tuple[str, str] | None]:
    """Who is in a room, by nickname: the owner, then the moderators, then the members; with `query` whose nickname begins so.

    after: the role and nickname key of the last one of the page before. Returns a page of views, and its last role and
    nickname key where there are more.
    """
    which: dict[str, object] = {"room_id": room.id}
    order = [("role", -1), ("nickname_key", 1)]
    found: list[Member] = []
    if query and (key := fold(query)):
        which["nickname_key"] = begins_with(key)
        order = [("nickname_key", 1)]
        if after is not None:
            which = {"$and": [which, {"nickname_key": {"$gt": after[1]}}]}
    elif after is not None:
        # Two ranges of the index, for one that spans roles would be read from its start.
        role, key = after
        same = {**which, "role": role, "nickname_key": {"$gt": key}}
        found = Member.find(same, sort=[("nickname_key", 1)], limit=limit + 1)
        which["role"] = {"$lt": role}
    if len(found) <= limit:
        found += Member.find(which, sort=order, limit=limit + 1 - len(found))
    page = found[:limit]
    ids = [member.user_id for member in page]
    names = {row["_id"]: row["username"] for row in User.find_raw({"_id": {"$in": ids}}, projection=("username",))}
    online = presence.states_for(viewer.id, ids)
    views = [
        member_view(member, names.get(member.user_id, "?"), online=member.user_id in online, role=role_of(room, member))
        for member in page
    ]
    return views, (page[-1].role, page[-1].nickname_key) if len(found) > limit else None


def one_member(room: Room, member: Member, person: User, viewer: User) -> MemberView:
    """One member as the list has them."""
    online = bool(presence.states_for(viewer.id, [person.id]))
    return member_view(member, person.username, online=online, role=role_of(room, member))


def online_counts(room_ids: Sequence[ObjectId]) -> Mapping[ObjectId, int]:
    """How many members of each of these rooms are online; rooms without any may be left out.

    Where few people are online this is so now; else it was so SNAPSHOT_SECONDS ago at most, or longer where counting takes long.
    """
    return current().part(_Snapshot).counts(room_ids) if room_ids else {}


def _count(online: Sequence[ObjectId], which: dict[str, object]) -> dict[ObjectId, int]:
    counts: dict[ObjectId, int] = {}
    for some in chunks(online, _CHUNK):
        for room_id, count in Member.count_by("room_id", {**which, "user_id": {"$in": list(some)}}).items():
            counts[room_id] = counts.get(room_id, 0) + count
        concurrency.give_way()
    return counts


class _Snapshot:
    """How many members of every room are online, counted again when that was too long ago and somebody wants to know.

    Counting takes a look-up for each membership of whoever is online, so it is done rarely enough to take _SHARE of the time at
    most. While one counts, the others get what was counted before.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[ObjectId, int] | None = None
        self._good_until = float("-inf")

    def counts(self, room_ids: Sequence[ObjectId]) -> Mapping[ObjectId, int]:
        known = self._counts
        if known is not None and (time.monotonic() < self._good_until or self._lock.locked()):
            return known
        online = list(presence.online_users())
        if len(online) * len(room_ids) <= _LOOKUPS:
            return _count(online, {"room_id": {"$in": list(room_ids)}})
        with self._lock:
            if self._counts is None or time.monotonic() >= self._good_until:
                began = time.monotonic()
                self._counts = _count(online, {})
                ended = time.monotonic()
                self._good_until = ended + max(SNAPSHOT_SECONDS, (ended - began) / _SHARE)
            return self._counts
