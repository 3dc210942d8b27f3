"""Private messages: the one room of a pair of people, who may write in it, and the list of a person's conversations.

Friends may always write to each other; others to whom their preference `private_messages` says "everyone"; administrators to
anyone; nobody where one of the two blocks the other. Whoever changes one of these calls `refresh`, which writes the outcome
into the room, so that a message costs no query for it. And whoever is written to may answer: see `messages.send`.
"""

import hashlib
import heapq
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Literal

from bson import ObjectId

from models.accounts import User
from models.friends import Block, Friendship, pair_key
from models.messages import ChartSnapshot, Message
from models.odm import DuplicateKey
from models.rooms import Departed, Member, Room
from schemas.accounts import PRIVATE_MESSAGES, user_view
from schemas.direct import ConversationView, PartnerView, departed_view
from schemas.messages import MessageView
from schemas.rooms import room_view
from services.messaging import messages
from services.messaging.messages import NotWelcome
from services.people import presence
from services.rooms import directory
from services.rooms.newest import Head, newest
from utils.chunks import chunks
from utils.clock import from_ms, now
from utils.errors import NotFound, ValidationFailed
from utils.ids import parse_id
from utils.pagination import invalid_cursor

_SETTLING = 3

Order = tuple[datetime, ObjectId]
# When something was last said in a room in which nothing was.
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

Standing = tuple[list[ObjectId], list[ObjectId]]
"""Who of a pair keeps it closed, and who takes messages from friends only while the other is none."""


def room_id_of(one: ObjectId, other: ObjectId) -> ObjectId:
    """The id of a pair's room: made of the pair, so that nothing has to be read to know it and no race makes two."""
    return ObjectId(hashlib.sha256(pair_key(one, other).encode()).digest()[:12])


def send(
    sender: User,
    receiver_id: ObjectId,
    body: str,
    *,
    client_id: str | None = None,
    reply_to: ObjectId | None = None,
    attachment_ids: Sequence[ObjectId] = (),
    style: Literal["action"] | None = None,
    chart: ChartSnapshot | None = None,
) -> tuple[Message, bool]:
    """Write to a person; the first message opens the pair's room. Returns the message and whether it is new.

    Raises NotFound (no such person), NotWelcome, or ValidationFailed (oneself, or see messages.send).
    """
    _check_not_self(sender, receiver_id)
    room_id = room_id_of(sender.id, receiver_id)
    say = partial(
        messages.send, room_id, sender, body,
        client_id=client_id, reply_to=reply_to, attachment_ids=attachment_ids, style=style, chart=chart,
    )  # fmt: skip
    try:
        return say()
    except NotFound:
        _open(sender, receiver_id)
    return say()


def history(
    viewer: User, other_id: ObjectId, *, before_seq: int | None = None, after_seq: int | None = None, limit: int = 50
) -> tuple[list[Message], bool]:
    """The messages of a pair as messages.history gives them: none before the first. Raises NotFound, ValidationFailed."""
    _check_not_self(viewer, other_id)
    room_id = room_id_of(viewer.id, other_id)
    if Member.exists({"room_id": room_id, "user_id": viewer.id}):
        return messages.history(room_id, before_seq=before_seq, after_seq=after_seq, limit=limit)
    if not User.exists({"_id": other_id}):
        raise NotFound()
    return [], False


def _check_not_self(user: User, other_id: ObjectId) -> None:
    if user.id == other_id:
        raise ValidationFailed({"user_id": "This is yourself."})


def _open(sender: User, receiver_id: ObjectId) -> None:
    """Make the pair's room and memberships, or what a crash left out of them."""
    receiver = User.get(receiver_id)
    if receiver is None:
        raise NotFound()
    closed_by, friends_only = _standing(sender.id, receiver_id)
    people = sorted((sender, receiver), key=lambda user: str(user.id))
    name = ", ".join(user.nickname for user in people)
    room = Room(
        id=room_id_of(sender.id, receiver_id), name=name, name_key="", kind="direct", capacity=2, member_count=2,
        visibility="private", pair_key=pair_key(sender.id, receiver_id), closed_by=closed_by, friends_only=friends_only,
    )  # fmt: skip
    if not room.takes_messages_from(sender.id, is_admin=sender.role == "admin"):
        raise NotWelcome()
    # The room comes last: once it is there, nobody looks after its members. Two people may have one nickname, but not one
    # user name.
    Member.insert_many(
        Member(room_id=room.id, user_id=user.id, nickname=user.nickname, nickname_key=user.username_key) for user in people
    )
    with suppress(DuplicateKey):  # the other one writes at this moment too
        room.insert()
    for user in people:
        presence.follow_membership(user.id, room.id, member=True)
    refresh(sender.id, receiver_id)


def _standing(one: ObjectId, other: ObjectId) -> Standing:
    people = {user.id: user for user in User.find({"_id": {"$in": [one, other]}})}
    gone = {one, other} - set(people)
    closed_by = sorted(gone | set(Block.between(one, other)))
    if Friendship.are_friends(one, other):
        return closed_by, []
    return closed_by, sorted(person for person, user in people.items() if takes_friends_only(user))


def refresh(one: ObjectId, other: ObjectId) -> None:
    """Write into a pair's room who may write there now; call it after a block, friendship or preference changed."""
    which = {"_id": room_id_of(one, other)}
    written: Standing | None = None
    # Looked at again after each write: of two changes at once, whichever writes last has seen both.
    for _ in range(_SETTLING):
        standing = _standing(one, other)
        if standing == written:
            return
        outcome: dict[str, object] = {"closed_by": standing[0], "friends_only": standing[1]}
        if standing[0]:
            outcome["opened_by"] = []
        if not Room.update_one(which, {"$set": outcome}):
            return
        written = standing


def part(one: ObjectId, other: ObjectId) -> None:
    """The same after a friendship ended; it ends too what one of the two had opened by writing."""
    Room.update_one({"_id": room_id_of(one, other)}, {"$set": {"opened_by": []}})
    refresh(one, other)


def takes_friends_only(user: User) -> bool:
    """Whether a person's preference is to get private messages from friends only."""
    return user.preferences.get(PRIVATE_MESSAGES) != "everyone"


def follow_preference(user: User, *, closing: bool) -> None:
    """The same for those conversations of a person in which their preference has to be written down; three queries, if none.

    closing: whether they have just said that they take messages from friends only; it ends what they had opened by writing.
    """
    friends = set(Friendship.friends_of(user.id))
    for room in _rooms_of(user.id):
        if closing and user.id in room.opened_by:
            Room.update_one({"_id": room.id}, {"$pull": {"opened_by": user.id}})
        one, other = room.pair()
        strangers = friends.isdisjoint((one, other))
        if (user.id in room.friends_only) != (strangers and takes_friends_only(user)):
            refresh(one, other)


def keep_name(user: User) -> None:
    """Have a person's private conversations remember what they are called, for their account ends."""
    departed = Departed(id=user.id, username=user.username, nickname=user.nickname, at=now())
    for room in _rooms_of(user.id):
        Room.update_one({"_id": room.id, "departed.id": {"$ne": user.id}}, {"$push": {"departed": departed}})


def close_all(user: User) -> None:
    """Close each private conversation of a person whose account is gone, also those that were opened while it went."""
    keep_name(user)
    for room in _rooms_of(user.id):
        refresh(*room.pair())


def _rooms_of(user_id: ObjectId) -> list[Room]:
    ids = presence.member_room_ids(user_id)
    return [room for some in chunks(ids) for room in Room.find({"_id": {"$in": some}, "kind": "direct"})]


def conversations(user: User, *, limit: int, position: str | None) -> tuple[list[ConversationView], str | None]:
    """A page of a person's rooms, the one in which something was said last first, and the position to go on from.

    The number of queries does not depend on the number of rooms. Raises ValidationFailed for a position of no such list.
    """
    found = _newest(presence.member_room_ids(user.id), position, limit + 1)
    page = Room.find({"_id": {"$in": [room_id for room_id, _ in found[:limit]]}})
    memberships = {
        member.room_id: member for member in Member.find({"user_id": user.id, "room_id": {"$in": [room.id for room in page]}})
    }
    heads = dict(found)
    page = sorted((room for room in page if room.id in memberships), key=lambda room: _order(room.id, heads[room.id]), reverse=True)
    newest().catch_up(page, memberships.values())
    last = _last_messages(page, user.id)
    counts = directory.online_counts([room.id for room in page])
    others = {room.id: next(person for person in room.pair() if person != user.id) for room in page if room.kind == "direct"}
    people = {person.id: person for person in User.find({"_id": {"$in": list(others.values())}})} if others else {}
    states = presence.states_for(user.id, people)
    views: list[ConversationView] = []
    for room in page:
        member = memberships[room.id]
        other_id = others.get(room.id)
        views.append(
            {
                "room": room_view(room, member, counts.get(room.id, 0)),
                "user": None if other_id is None else _partner(room, other_id, people, states),
                "last_message": last.get(room.id),
                "unread": max(0, room.last_seq - member.last_read_seq),
            }
        )
    return views, _position(*found[limit - 1]) if len(found) > limit else None


def _partner(
    room: Room, other_id: ObjectId, people: Mapping[ObjectId, User], states: Mapping[ObjectId, presence.State]
) -> PartnerView | None:
    """The other person of a pair; as they were called last, where their account is gone."""
    person = people.get(other_id)
    if person is not None:
        state = states.get(other_id, presence.OFFLINE)
        return {**user_view(person, online=state.online, away=state.away), "gone": False}
    gone = next((departed for departed in room.departed if departed.id == other_id), None)
    return None if gone is None else departed_view(gone)


def _newest(room_ids: list[ObjectId], position: str | None, limit: int) -> list[tuple[ObjectId, Head]]:
    """Of these rooms those after `position`, at most `limit`, the one in which something was said last first.

    What was said last is looked up for each of them: a room's own word for it follows a moment later.
    """
    heads = newest().heads(room_ids).items()
    if position is not None:
        after = _after(position)
        heads = {room_id: head for room_id, head in heads if _order(room_id, head) < after}.items()
    return heapq.nlargest(limit, heads, key=lambda item: _order(*item))


def _order(room_id: ObjectId, head: Head) -> Order:
    return (_LONG_AGO if head.active_at is None else head.active_at, room_id)


def _last_messages(page: list[Room], viewer_id: ObjectId) -> dict[ObjectId, MessageView]:
    newest: list[dict[str, object]] = [{"room_id": room.id, "seq": room.last_seq} for room in page if room.last_seq]
    found = Message.find({"$or": newest}) if newest else []
    views = messages.views(found, viewer_id)
    return {message.room_id: view for message, view in zip(found, views, strict=True)}


def _position(room_id: ObjectId, head: Head) -> str:
    moment = "" if head.active_at is None else str(round(head.active_at.timestamp() * 1000))
    return f"{moment}:{room_id}"


def _after(position: str) -> Order:
    """What comes before everything that follows a position: what is of less activity, or of the same and with a smaller id; the
    silent ones last."""
    moment, _, text = position.partition(":")
    last_id = parse_id(text)
    if last_id is None:
        raise invalid_cursor()
    return (_moment(moment) if moment else _LONG_AGO, last_id)


def _moment(text: str) -> datetime:
    try:
        return from_ms(int(text))
    except (ValueError, OverflowError, OSError):
        raise invalid_cursor() from None
