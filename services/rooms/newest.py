"""What follows from the messages of rooms: how far each has come, and how far its authors have read by what they said themselves.

A message is stored, and nothing else: it alone is the truth. What a room says of its newest message (`last_seq`, `active_at`) and
an author's own pointer (`last_read_seq`) are written behind it, at most once in INTERVAL_SECONDS a room and person, and only ever
forward. They are where a reader begins: whoever shows a room calls `catch_up`, which asks the index (room_id, seq) for what came
since. So nobody sees a room older than it is, whichever process stored the message, and whether or not it lived to write the rest.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from bson import ObjectId

from models.messages import Message
from models.odm import DatabaseUnavailable, OdmError
from models.rooms import Member, Room
from services.platform import current, spawn
from services.push import push, user_room
from services.rooms import known_rooms
from utils import concurrency
from utils.chunks import chunks
from utils.clock import now
from utils.logs import get_logger

log = get_logger(__name__)

INTERVAL_SECONDS = 0.5
# What nobody has written behind for so long is left from a crash: whoever finds it writes it.
_LEFT_BEHIND = timedelta(seconds=10)
OWN_WORDS = ("text", "chart")
"""The kinds of messages that are their author's own words, and so read by them."""

_MOST = 4096
# The branches of one $or: each is a look-up in the index.
_BRANCHES = 100
# How many messages in a row are looked through at a time for the first that is somebody else's.
_STEP = 64
# Rooms further behind than that, taken together, are looked up one by one: nobody reads a million messages to know the last.
_PLENTY = 5_000


class Head(NamedTuple):
    """How far a room has come: 0 and None before the first message."""

    last_seq: int
    active_at: datetime | None


@dataclass(slots=True)
class _Run:
    """The newest messages of a room that this process knows of, as far back as one person said them all.

    sure: whether the message before the first is known to be somebody else's. read: whether its author had read that one.
    """

    last_seq: int
    active_at: datetime
    author_id: ObjectId | None
    first_seq: int
    sure: bool
    read: bool = False

    @property
    def head(self) -> Head:
        return Head(self.last_seq, self.active_at)


Pointer = tuple[ObjectId, ObjectId]
"""A room and one of its members."""


class Newest:
    """The newest messages that this process knows of, and what of them is still to be written behind."""

    def __init__(self, interval_seconds: float = INTERVAL_SECONDS) -> None:
        self._interval = interval_seconds
        self._runs: OrderedDict[ObjectId, _Run] = OrderedDict()
        self._rooms: dict[ObjectId, Head] = {}
        self._pointers: dict[Pointer, int] = {}
        # Those of whom only the database can say whether they have read up to what they said.
        self._unsure: set[Pointer] = set()
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._some = threading.Event()
        self._started = False
        current().at_close(self.end)

    def stored(self, message: Message, read_to: int | None = None) -> bool:
        """Note a message that was just stored, in the order of the numbers; whether its author is known to have read up to it.

        read_to: where the author's pointer was a moment ago, None where nobody looked.
        """
        room_id, seq, author_id = message.room_id, message.seq, message.author_id
        own = message.kind in OWN_WORDS
        with self._lock:
            run = self._runs.get(room_id)
            follows = run is not None and run.last_seq == seq - 1
            if run is not None and follows and own and run.author_id == author_id:
                run.last_seq, run.active_at = seq, message.created_at
            else:
                # What this process only saw (first_seq lies beyond it) may be anybody's.
                sure = run is not None and follows and run.first_seq <= run.last_seq
                run = _Run(seq, message.created_at, author_id if own else None, seq, sure)
                self._remember(room_id, run)
            self._rooms[room_id] = run.head
            if own:
                run.read = run.read or (read_to is not None and read_to >= run.first_seq - 1)
                if run.read:
                    self._pointers[room_id, author_id] = seq
                elif read_to is None or not run.sure:
                    self._unsure.add((room_id, author_id))
            read = own and run.read
        self._wake()
        return read

    def _remember(self, room_id: ObjectId, run: _Run) -> None:
        self._runs[room_id] = run
        self._runs.move_to_end(room_id)
        if len(self._runs) > _MOST:
            self._runs.popitem(last=False)

    def seq(self, room_id: ObjectId) -> int:
        """The seq of the newest message that this process knows of; 0 where it knows of none. There may be newer ones."""
        run = self._runs.get(room_id)
        return 0 if run is None else run.last_seq

    def look(self, room_id: ObjectId) -> int:
        """The seq of the newest message that is stored, 0 where there is none: one query. From then on this process knows of it."""
        found = Message.find_raw({"room_id": room_id}, projection=("seq", "created_at"), sort=[("seq", -1)], limit=1)
        if not found:
            return 0
        seq: int = found[0]["seq"]
        with self._lock:
            known = self._runs.get(room_id)
            if known is None or known.last_seq < seq:
                self._remember(room_id, _Run(seq, found[0]["created_at"], None, seq + 1, sure=False))
        return seq

    def read_to(self, room_id: ObjectId, user_id: ObjectId, pointer: int) -> int:
        """A member's pointer as stored, or further where this process has yet to write it."""
        return max(pointer, self._pointers.get((room_id, user_id), 0))

    def catch_up(self, rooms: Iterable[Room], members: Iterable[Member] = ()) -> None:
        """Bring rooms, and memberships of them, that were just read up to what has been said: `last_seq`, `active_at` and
        `last_read_seq`.

        One query for every 100 of them, and one or two more where somebody's own words were not yet written behind.
        """
        rooms, members = list(rooms), list(members)
        heads = {room.id: self._known(room.id, Head(room.last_seq, room.active_at)) for room in rooms}
        pointers = {
            (member.room_id, member.user_id): self.read_to(member.room_id, member.user_id, member.last_read_seq)
            for member in members
        }
        self._look_beyond(heads, pointers)
        for room in rooms:
            room.last_seq, room.active_at = heads[room.id]
        for member in members:
            member.last_read_seq = pointers[member.room_id, member.user_id]

    def heads(self, room_ids: Sequence[ObjectId]) -> dict[ObjectId, Head]:
        """How far each of these rooms has come; those that are no more are left out."""
        found: dict[ObjectId, Head] = {}
        for some in chunks(room_ids):
            for row in Room.find_raw({"_id": {"$in": list(some)}}, projection=("last_seq", "active_at")):
                found[row["_id"]] = self._known(row["_id"], Head(row.get("last_seq", 0), row.get("active_at")))
        self._look_beyond(found, {})
        return found

    def _known(self, room_id: ObjectId, stored: Head) -> Head:
        run = self._runs.get(room_id)
        return stored if run is None or run.last_seq <= stored.last_seq else _later(stored, run.head)

    def _look_beyond(self, heads: dict[ObjectId, Head], pointers: dict[Pointer, int]) -> None:
        """Move heads to the newest message, and pointers over the run of their owner's words that follows."""
        begin = dict(heads)
        behind: set[ObjectId] = set()
        own: set[Pointer] = set()
        for row in _since(begin, pointers):
            room_id, seq = row["room_id"], row["seq"]
            if room_id in begin and seq > begin[room_id].last_seq:
                heads[room_id] = _later(heads[room_id], Head(seq, row["created_at"]))
                behind.add(room_id)
            if pointers.get((room_id, row["author_id"])) == seq - 1:
                own.add((room_id, row["author_id"]))
        _pass_own_words(pointers, own)
        self._take_over({room_id: heads[room_id] for room_id in behind}, {key: pointers[key] for key in own})

    def _take_over(self, heads: Mapping[ObjectId, Head], pointers: Mapping[Pointer, int]) -> None:
        """Write what whoever stored the messages has not written, and will not."""
        long_ago = now() - _LEFT_BEHIND
        left = {room_id: head for room_id, head in heads.items() if head.active_at is not None and head.active_at < long_ago}
        if left or pointers:
            with self._lock:
                self._put_back(left, pointers, ())
            self._wake()

    def _put_back(self, heads: Mapping[ObjectId, Head], pointers: Mapping[Pointer, int], unsure: Iterable[Pointer]) -> None:
        for room_id, head in heads.items():
            self._rooms[room_id] = _later(self._rooms.get(room_id, head), head)
        for key, seq in pointers.items():
            self._pointers[key] = max(seq, self._pointers.get(key, 0))
        self._unsure.update(unsure)

    def _wake(self) -> None:
        if self._some.is_set():
            return
        if not self._started:
            with self._lock:
                start, self._started = not self._started, True
            if start:
                spawn(self._run, name="rooms-behind")
        self._some.set()

    def _run(self) -> None:
        while True:
            self._some.wait()
            concurrency.sleep(self._interval)
            self._some.clear()
            try:
                self.flush()
            except DatabaseUnavailable as error:
                log.warning("rooms not written behind", reason=str(error))
                self._some.set()
            except OdmError as error:  # what is lost here follows from the messages
                log.warning("rooms not written behind", reason=str(error))
            except Exception:
                log.exception("rooms not written behind")

    def flush(self) -> None:
        """Write what is to be written. Raises DatabaseUnavailable, and keeps what was not.

        Nothing is made that is no more: a room that was deleted and a membership that ended meanwhile match no update.
        """
        with self._writing:
            with self._lock:
                heads, self._rooms = self._rooms, {}
                pointers = dict(self._pointers)
                unsure, self._unsure = self._unsure, set()
            try:
                for room_id in list(heads):
                    _write_head(room_id, heads[room_id])
                    del heads[room_id]
                    concurrency.sleep()
                for key, seq in self._found_read(unsure).items():
                    pointers[key] = max(seq, pointers.get(key, 0))
                unsure = set()
                for (room_id, user_id), seq in list(pointers.items()):
                    Member.update_one({"room_id": room_id, "user_id": user_id}, {"$max": {"last_read_seq": seq}})
                    with self._lock:  # known here until it can be read there
                        if self._pointers.get((room_id, user_id), 0) <= seq:
                            self._pointers.pop((room_id, user_id), None)
                    del pointers[room_id, user_id]
                    concurrency.sleep()
            except DatabaseUnavailable:
                with self._lock:
                    self._put_back(heads, pointers, unsure)
                raise

    def _found_read(self, unsure: Iterable[Pointer]) -> dict[Pointer, int]:
        """Where those of `unsure` have read up to by what they said themselves; all their devices are told."""
        which = [{"room_id": room_id, "user_id": user_id} for room_id, user_id in unsure]
        members = [member for some in chunks(which, _BRANCHES) for member in Member.find({"$or": list(some)})]
        stored = {(member.room_id, member.user_id): member.last_read_seq for member in members}
        pointers = {key: self.read_to(*key, seq) for key, seq in stored.items()}
        self._look_beyond({}, pointers)
        moved = {key: seq for key, seq in pointers.items() if seq > stored[key]}
        for (room_id, user_id), seq in moved.items():
            with self._lock:
                run = self._runs.get(room_id)
                if run is not None and run.author_id == user_id and run.first_seq <= seq + 1:
                    run.read = True
            told = {"room_id": str(room_id), "last_seq": seq, "last_read_seq": seq}
            push().publish(user_room(user_id), "unread", told)
        return moved

    def forget(self) -> None:
        """Know no more than a process that has just begun: what was to be written stays unwritten."""
        with self._lock:
            for kept in (self._runs, self._rooms, self._pointers, self._unsure):
                kept.clear()

    def end(self) -> None:
        """Write what is to be written, as the process ends."""
        try:
            self.flush()
        except OdmError as error:  # it follows from the messages: whoever reads looks there
            log.warning("rooms not written behind", reason=str(error))


def _write_head(room_id: ObjectId, head: Head) -> None:
    """Move a room forward, and remember it as it is stored now: what another process changed of it is known here from then on."""
    room = Room.find_one_and_update({"_id": room_id}, {"$max": {"last_seq": head.last_seq, "active_at": head.active_at}})
    if room is None:
        known_rooms.forget(room_id)
    else:
        known_rooms.remember(room)


def _later(one: Head, other: Head) -> Head:
    moments = [moment for moment in (one.active_at, other.active_at) if moment is not None]
    return Head(max(one.last_seq, other.last_seq), max(moments, default=None))


def _since(heads: Mapping[ObjectId, Head], pointers: Mapping[Pointer, int]) -> list[dict[str, Any]]:
    """What came after each of these heads, the newest at least, and what each pointer's owner said right after it."""
    fields = ("room_id", "seq", "created_at", "author_id")
    which: list[dict[str, Any]] = [{"room_id": room_id, "seq": {"$gt": head.last_seq}} for room_id, head in heads.items()]
    own = [{"room_id": room_id, "seq": seq + 1, "author_id": user_id} for (room_id, user_id), seq in pointers.items()]
    found: list[dict[str, Any]] = []
    for some in chunks(which + own, _BRANCHES):
        some_found = Message.find_raw({"$or": list(some)}, projection=fields, limit=_PLENTY)
        if len(some_found) == _PLENTY:
            return _newest_of(heads, fields) + list(_messages(own, fields))
        found += some_found
    return found


def _newest_of(room_ids: Iterable[ObjectId], fields: Sequence[str]) -> list[dict[str, Any]]:
    """The newest message of each room: a query for each, for where something keeps rooms from being written behind at all."""
    return [
        row
        for room_id in room_ids
        for row in Message.find_raw({"room_id": room_id}, projection=fields, sort=[("seq", -1)], limit=1)
    ]


def _messages(which: Sequence[dict[str, Any]], fields: Sequence[str]) -> Iterator[dict[str, Any]]:
    for some in chunks(which, _BRANCHES):
        yield from Message.find_raw({"$or": list(some)}, projection=fields)


def _pass_own_words(pointers: dict[Pointer, int], own: set[Pointer]) -> None:
    """Move each of these pointers up to what its owner said right after it and on, up to the first message that is not theirs."""
    going_on = set(own)
    while going_on:
        which = [
            {"room_id": room_id, "seq": {"$gt": pointers[room_id, user_id], "$lte": pointers[room_id, user_id] + _STEP}}
            for room_id, user_id in going_on
        ]
        said: dict[ObjectId, dict[int, ObjectId | None]] = {}
        for row in _messages(which, ("room_id", "seq", "author_id", "kind")):
            said.setdefault(row["room_id"], {})[row["seq"]] = row["author_id"] if row.get("kind", "text") in OWN_WORDS else None
        for key in list(going_on):
            room_id, user_id = key
            by, end = said.get(room_id, {}), pointers[key] + _STEP
            while pointers[key] < end and by.get(pointers[key] + 1) == user_id:
                pointers[key] += 1
            if pointers[key] < end:
                going_on.discard(key)


def newest() -> Newest:
    """How far rooms have come, as this process knows."""
    return current().part(Newest)
