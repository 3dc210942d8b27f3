"""Searching the messages of one's own rooms: newest first, from the rooms that one is a member of now and from no other.

Each room is read newest first along the index (room_id, terms, created_at), and the rooms are merged by time; so what a page costs
depends on how many messages it looks at and not on how many there are. Quoted parts, and runs of a script without spaces, are
looked for in the text itself, since an index of terms does not know their order; so is everything in very long messages, which the
index knows by coarse terms only. See docs/search.md.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from models.accounts import User
from models.messages import Message
from models.readings import MAX_TS
from models.rooms import Member, Room
from services.rooms import rooms
from utils import concurrency
from utils.clock import from_ms
from utils.errors import NotFound, ValidationFailed
from utils.pagination import decode_cursor, encode_cursor, invalid_cursor
from utils.text_terms import SearchQuery, coarse, parse_query

# Of many terms the most telling ones narrow it down enough; the others are looked for in the text.
_INDEXED_TERMS = 4
# Counting how many messages of a room hold a term goes no further than this: among such frequent ones the order matters little.
_FREQUENT = 256
# A page looks at no more messages than this; where they hold too few hits it is short, and the next one goes on from there.
MAX_LOOKED_AT = 500
_BATCH = 64
_ROOMS_AT_ONCE = 5_000
# To look through a longer message takes some milliseconds.
_LONG = 1_000
# Of the first messages of each room few are needed where there are many rooms.
_MIN_BATCH = 8


@dataclass(frozen=True, slots=True)
class Page:
    """Messages, newest first; next: the cursor of the following page. A page may be short, or empty, and yet have a next one."""

    items: list[Message]
    next: str | None


@dataclass(frozen=True, slots=True)
class _Position:
    """Where a page ended: at a message made at this time, the `nth` of that very millisecond that was looked at."""

    ms: int
    nth: int


def search(
    user: User, query: str, *, room_id: ObjectId | None = None, author_id: ObjectId | None = None, since: int | None = None,
    until: int | None = None, limit: int = 50, cursor: str | None = None,
) -> Page:  # fmt: skip
    """The messages that hold all of `query`, of one's own rooms or of one of them.

    author_id: only what this person wrote. since, until: only what was written then, both included, in ms since the epoch.
    Raises ValidationFailed for a query without a letter, digit or emoji, and for a cursor that is none; Forbidden or NotFound for a
    room that one is no member of, or that was deleted.
    """
    wanted = parse_query(query)
    if not wanted.terms:
        raise ValidationFailed({"q": "Write a word to look for."})
    position = _read_cursor(cursor)
    if room_id is not None:
        searched = _existing([rooms.membership(room_id, user.id).room_id])
        if not searched:
            raise NotFound()
    else:
        mine = Member.find_raw({"user_id": user.id}, projection=("room_id",), sort=[("room_id", 1)])
        searched = _existing([row["room_id"] for row in mine])
    which: dict[str, Any] = {} if author_id is None else {"author_id": author_id}
    newest = min((bound for bound in (until, None if position is None else position.ms) if bound is not None), default=None)
    return _page(_merged(searched, wanted.terms[:_INDEXED_TERMS], which, since, newest), wanted, position, limit)


def _existing(rooms: list[ObjectId]) -> list[ObjectId]:
    """Those of the rooms that were not deleted: memberships and messages of one that was are removed some time after it."""
    found: set[ObjectId] = set()
    for start in range(0, len(rooms), _ROOMS_AT_ONCE):
        chunk = rooms[start : start + _ROOMS_AT_ONCE]
        found |= {row["_id"] for row in Room.find_raw({"_id": {"$in": chunk}}, projection=("_id",))}
    return [room_id for room_id in rooms if room_id in found]


def _page(candidates: Iterator[Message], wanted: SearchQuery, position: _Position | None, limit: int) -> Page:
    items: list[Message] = []
    at = position
    for looked_at, message in enumerate(_after(candidates, position)):
        if len(items) == limit or looked_at == MAX_LOOKED_AT:
            return Page(_in_order(items), None if at is None else encode_cursor(f"{at.ms}:{at.nth}"))
        ms = _ms(message.created_at)
        at = _Position(ms, at.nth + 1 if at is not None and at.ms == ms else 1)
        if wanted.matches(message.body):
            items.append(message)
        if len(message.body) > _LONG:
            concurrency.give_way()
    return Page(_in_order(items), None)


def _in_order(items: list[Message]) -> list[Message]:
    """Newest first also within one millisecond, of which the index does not know the order."""
    return sorted(items, key=lambda message: (message.created_at, message.seq), reverse=True)


def _after(candidates: Iterator[Message], position: _Position | None) -> Iterator[Message]:
    """The candidates without those of the position's millisecond that earlier pages looked at."""
    skipped = 0
    for message in candidates:
        if position is not None and _ms(message.created_at) == position.ms and skipped < position.nth:
            skipped += 1
            continue
        yield message


def _merged(
    rooms: list[ObjectId], terms: Sequence[str], which: dict[str, Any], since: int | None, until: int | None
) -> Iterator[Message]:
    """The messages of several rooms, newest first; of one millisecond, room by room."""
    first = max(_MIN_BATCH, _BATCH // max(1, len(rooms)))
    # A message has the terms as they are or, where it has very many, the coarse ones: it comes once.
    forms = (terms, list(dict.fromkeys(map(coarse, terms))))
    streams = [_of_room(room_id, form, which, since, until, first) for room_id in rooms for form in forms]
    return heapq.merge(*streams, key=lambda message: message.created_at, reverse=True)


def _of_room(
    room_id: ObjectId, terms: Sequence[str], which: dict[str, Any], since: int | None, until: int | None, batch: int
) -> Iterator[Message]:
    """The messages of one room, newest first, read as they are asked for: `batch` at first."""
    which = {**which, "$and": [{"terms": term} for term in _rarest_first(room_id, terms)]}
    newest = until
    repeated: set[ObjectId] = set()
    while True:
        bounds = {operator: from_ms(ms) for operator, ms in (("$gte", since), ("$lte", newest)) if ms is not None}
        filter = {"room_id": room_id, **which, **({"created_at": bounds} if bounds else {})}
        found = Message.find(filter, sort=[("created_at", -1)], limit=batch + len(repeated))
        fresh = [message for message in found if message.id not in repeated]
        yield from fresh
        if len(found) < batch + len(repeated):
            return
        last = found[-1].created_at
        # The next batch begins with the millisecond in which this one ended.
        repeated = {message.id for message in found if message.created_at == last} | (repeated if _ms(last) == newest else set())
        newest, batch = _ms(last), _BATCH
        concurrency.give_way()


def _rarest_first(room_id: ObjectId, terms: Sequence[str]) -> Sequence[str]:
    """The terms in the order in which to look for them: the first one leads through the index, the others are looked up."""
    if len(terms) == 1:
        return terms
    return sorted(terms, key=lambda term: Message.count({"room_id": room_id, "terms": term}, limit=_FREQUENT))


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _read_cursor(cursor: str | None) -> _Position | None:
    position = decode_cursor(cursor)
    if position is None:
        return None
    ms, _, nth = position.partition(":")
    if not all(part.isascii() and part.isdigit() and len(part) <= 15 for part in (ms, nth)) or int(ms) > MAX_TS:
        raise invalid_cursor()
    return _Position(int(ms), int(nth))
