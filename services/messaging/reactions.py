"""Reactions: each a document of its own, and a summary of them in the message, so that a page of history needs no query for them.

The summary of an emoji is counted anew after each change and stored only if nobody stored another meanwhile
(`reactions_version`). Whoever stores last has counted after everyone before, so what they store is right; where a crash left
it behind, the next reaction with that emoji, or the same one repeated, mends it.
"""

import threading
from contextlib import suppress

from bson import ObjectId

from models.accounts import User
from models.messages import Message, Reaction, ReactionTotal
from models.odm import DuplicateKey
from schemas.messages import message_view
from services.messaging import messages
from services.messaging.edits import Deleted
from services.push import push
from services.rooms import timeline
from utils.errors import Conflict, NotFound, Unavailable

MAX_EMOJI = 20
LISTED_PEOPLE = 20
_ATTEMPTS = 50
# People of this process who react to one message do so one after the other, so that nobody has to try again for them.
_stripes = tuple(threading.Lock() for _ in range(64))


class TooManyReactions(Conflict):
    default_message = f"A message takes {MAX_EMOJI} different emoji. Use one that is there."


def react(message_id: ObjectId, user: User, emoji: str, *, on: bool) -> Message:
    """Put one's reaction to a message, or take it back; saying so twice changes nothing.

    emoji: in its fully qualified form. Raises NotFound (Deleted for a tombstone), TooManyReactions, and what
    `messages.speaker` does.
    """
    with _stripes[hash(message_id) % len(_stripes)]:
        message = _living(message_id)
        room = messages.speaker(message.room_id, user).room
        mine = {"message_id": message_id, "user_id": user.id, "emoji": emoji}
        added = False
        if on:
            _check_space(_with_total(message.reactions, emoji, ReactionTotal(emoji=emoji, count=1, user_ids=[user.id])))
            with suppress(DuplicateKey):
                Reaction(message_id=message_id, user_id=user.id, emoji=emoji).insert()
                added = True
        else:
            Reaction.delete_one(mine)
        try:
            summed, changed = _sum_up(message, emoji)
        except TooManyReactions:  # somebody else's new emoji was the last that there was space for
            if added:
                Reaction.delete_one(mine)
            raise
        if changed:
            push().publish(timeline.audience(room), "message_reaction", {"message": message_view(summed)})
        return summed


def _sum_up(message: Message, emoji: str) -> tuple[Message, bool]:
    """Bring the summary of one emoji up to date, `message` having been read before its reactions; whether that changed it."""
    for _ in range(_ATTEMPTS):
        which = {"message_id": message.id, "emoji": emoji}
        first = Reaction.find_raw(which, projection=("user_id",), sort=[("created_at", 1)], limit=LISTED_PEOPLE)
        count = len(first) if len(first) < LISTED_PEOPLE else Reaction.count(which)
        total = ReactionTotal(emoji=emoji, count=count, user_ids=[row["user_id"] for row in first]) if count else None
        totals = _with_total(message.reactions, emoji, total)
        if totals == message.reactions:
            return message, False
        _check_space(totals)
        changed = Message.find_one_and_update(
            {"_id": message.id, "deleted": False, "reactions_version": message.reactions_version},
            {"$set": {"reactions": totals, "reactions_version": (message.reactions_version or 0) + 1}},
        )
        if changed is not None:
            return changed, True
        message = _living(message.id)
    raise Unavailable()


def _with_total(totals: list[ReactionTotal], emoji: str, total: ReactionTotal | None) -> list[ReactionTotal]:
    """`totals` with that of one emoji replaced in its place, or added, or (None) removed."""
    if total is not None and all(other.emoji != emoji for other in totals):
        return [*totals, total]
    replaced = [total if other.emoji == emoji else other for other in totals]
    return [each for each in replaced if each is not None]


def _check_space(totals: list[ReactionTotal]) -> None:
    if len(totals) > MAX_EMOJI:
        raise TooManyReactions()


def _living(message_id: ObjectId) -> Message:
    message = Message.get(message_id)
    if message is None:
        raise NotFound()
    if message.deleted:
        Reaction.delete_many({"message_id": message_id})
        raise Deleted()
    return message
