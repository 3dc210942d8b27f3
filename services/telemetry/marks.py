"""Marks: which minutes got readings that their rollups do not know of yet.

A mark is placed before the readings are stored and released after. Whatever happens in between (a crash, a database that goes
away), the mark is there, and falls due by itself after GRACE_SECONDS. The worker takes due marks only, so it never aggregates
a minute, and forgets about it, while the readings that the mark stands for are still on their way.
"""

import struct
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from models.readings import MAX_TS, MINUTE_MS, RollupMark
from utils.clock import now
from utils.ids import new_id

GRACE_SECONDS = 30


def place(reading_ids: Iterable[int]) -> RollupMark:
    """Mark the minutes of readings that are about to be stored."""
    return place_minutes({id - (id & MAX_TS) % MINUTE_MS for id in reading_ids}, GRACE_SECONDS)


def place_minutes(minutes: Collection[int], seconds: float) -> RollupMark:
    """Mark minutes, by the ids of their rollups; due in so many seconds."""
    packed = struct.pack(f"<{len(minutes)}q", *minutes)
    return RollupMark(minutes=packed, due_at=now() + timedelta(seconds=seconds)).insert()


def release(mark: RollupMark) -> None:
    """Say that the readings of a mark are stored."""
    moment = now()
    if not RollupMark.update_one({"_id": mark.id}, {"$set": {"due_at": moment}}):
        # This process was held up for longer than the grace: the mark is used up, perhaps without its readings.
        RollupMark(id=new_id(), minutes=mark.minutes, due_at=moment).insert()


def due(limit: int, *, after: datetime | None = None) -> list[RollupMark]:
    """Up to `limit` marks that wait for the worker, the longest waiting first; after: only those that fell due after that."""
    which = {"$lte": now()} if after is None else {"$lte": now(), "$gt": after}
    return RollupMark.find({"due_at": which}, sort=[("due_at", 1)], limit=limit)


def watermark() -> datetime:
    """The moment up to which all that was acknowledged is aggregated."""
    moment = now()
    oldest = RollupMark.find_one({"due_at": {"$lte": moment}}, sort=[("due_at", 1)])
    return moment if oldest is None else oldest.due_at


def minutes_of(marks: Sequence[RollupMark]) -> set[int]:
    """The ids of the minute rollups that marks stand for."""
    return {id for mark in marks for (id,) in struct.iter_unpack("<q", mark.minutes)}


def remove(marks: Sequence[RollupMark]) -> None:
    """Remove marks whose minutes are aggregated."""
    RollupMark.delete_many({"_id": {"$in": [mark.id for mark in marks]}})
