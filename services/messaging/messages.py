"""The one path by which anything is said in a room, and the ways to read it back.

A message claims its `seq` by being inserted: the index (room_id, seq) is unique, so two processes that claim the same number
make one of them try the next, and a number that was never stored is never skipped. Why so, and not a counter: docs/messages.md.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bson import ObjectId

from models.accounts import User
from models.messages import ChartSnapshot, Message, MessageKind, NotificationKind
from models.odm import DuplicateKey
from models.rooms import Member, Room
from schemas.messages import message_view
from services import filtering, notifications
from services.messaging import mentions, typists, unread
from services.messaging.attachments import files
from services.messaging.message_views import view as view
from services.messaging.message_views import views as views
from services.push import chat_room, push, user_room
from services.rooms import known_rooms, slow_mode
from services.rooms.newest import newest
from utils.errors import Forbidden, NotFound, Unavailable, ValidationFailed
from utils.text_terms import index_terms

_ATTEMPTS = 50
_stripes = tuple(threading.Lock() for _ in range(64))


class NotWelcome(Forbidden):
    """One sentence for whoever may not write to a person, so that nobody learns from it that they are blocked."""

    default_message = "This person takes no messages from you."


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who may write in a room now, under a nickname.

    member: their membership; a private pair has none to look up, for the room itself names the two. heard: the members whom
    their text needs.
    """

    user: User
    room: Room
    nickname: str
    member: Member | None = None
    heard: mentions.Audience | None = None

    def mentioned(self) -> mentions.Mentioned:
        """Whom the text means; nobody in a private pair, where the other one is meant anyway."""
        return mentions.Mentioned() if self.heard is None or self.member is None else self.heard.mentioned(self.member)

    def to_tell(self, mentioned: mentions.Mentioned, answered: Message | None = None) -> dict[ObjectId, NotificationKind]:
        """Who gets a notification of the text, and as what: whoever it mentions, and the author of what it answers."""
        if self.heard is None or self.member is None:
            return {}
        kinds: dict[ObjectId, NotificationKind] = dict.fromkeys(self.heard.to_tell(mentioned, self.member), "mention")
        if answered is not None and answered.author_id != self.user.id and self.heard.wants(answered.author_id):
            kinds[answered.author_id] = "reply"
        return kinds


def speaker(room_id: ObjectId, user: User, text: str = "", answered: Message | None = None) -> Speaker:
    """Let `user` say `text` in a room. At most one query, and one more where this process does not know the room.

    Raises Forbidden or NotFound where they are no member, NotWelcome where the other of a private pair does not want it.
    """
    room = known_rooms.room(room_id)
    if room.kind == "direct":
        if user.id not in room.pair():
            raise NotFound()
        if not room.takes_messages_from(user.id, is_admin=user.role == "admin"):
            raise NotWelcome()
        return Speaker(user, room, user.nickname)
    heard = mentions.audience(room, text, user.id, None if answered is None else answered.author_id)
    member = heard.members.get(user.id)
    if member is None:
        raise _not_let_in(room_id)
    return Speaker(user, room, member.nickname, member, heard)


def send(
    room_id: ObjectId,
    author: User,
    body: str,
    *,
    client_id: str | None = None,
    reply_to: ObjectId | None = None,
    attachment_ids: Sequence[ObjectId] = (),
    style: Literal["action"] | None = None,
    chart: ChartSnapshot | None = None,
) -> tuple[Message, bool]:
    """Store a member's text message, push it to the room and notify whom it concerns; returns it and whether it is new.

    A repeated `client_id` returns the first message and does nothing else. Raises what `speaker` does, and ValidationFailed
    where `reply_to` names no message of the room, `attachment_ids` a file that is not the author's, or the content filter
    refuses the text. chart: makes it a chart, of which `body` says the same in words.
    """
    answered, first = _answered(room_id, author.id, reply_to, client_id)
    by = speaker(room_id, author, body, answered)
    if first is not None:
        return first, False
    if reply_to is not None and answered is None:
        raise ValidationFailed({"reply_to": "There is no such message in this room."})
    verdict = filtering.message(body)
    attachments = files().attachments(attachment_ids, author.id, room_id) if attachment_ids else []
    if by.member is not None:
        slow_mode.check(by.room, author, by.member, client_id)
    if author.id in by.room.friends_only and author.id not in by.room.opened_by:
        _open_for_answers(by.room, author.id)
    mentioned = by.mentioned()
    draft = Message(
        room_id=room_id, seq=newest().seq(room_id) + 1, author_id=author.id, author_username=author.username, nickname=by.nickname,
        kind="text" if chart is None else "chart", style=style, body=verdict.text, terms=index_terms(verdict.text), chart=chart,
        client_id=client_id, reply_to=reply_to, attachments=attachments,
        mentions=list(mentioned.user_ids), mentions_room=mentioned.everyone,
    )  # fmt: skip
    message, created = append(draft, audience(by.room), read_to=None if by.member is None else by.member.last_read_seq)
    typists.stopped(room_id, author.id)
    if created:
        filtering.flag_message(verdict, message)
        notifications.notify(by.to_tell(mentioned, answered), actor=author, room=by.room, message=message)
    return message, created


def _open_for_answers(room: Room, author_id: ObjectId) -> None:
    """Have whoever writes to a person get their answers; before they do, for the other may answer at once."""
    Room.update_one({"_id": room.id, "friends_only": author_id}, {"$addToSet": {"opened_by": author_id}})


def _answered(
    room_id: ObjectId, author_id: ObjectId, reply_to: ObjectId | None, client_id: str | None
) -> tuple[Message | None, Message | None]:
    """The message that is answered, and the one that the same send made before: one query for both, none without an answer."""
    if reply_to is None:
        return None, None
    which: dict[str, object] = {"_id": reply_to, "room_id": room_id}
    if client_id is not None:
        which = {"$or": [{"_id": reply_to}, {"room_id": room_id, "author_id": author_id, "client_id": client_id}]}
    answered = first = None
    for message in Message.find(which):
        if message.id == reply_to and message.room_id == room_id:
            answered = message
        if client_id is not None and (message.room_id, message.author_id, message.client_id) == (room_id, author_id, client_id):
            first = message
    return answered, first


def audience(room: Room) -> list[str]:
    """The Socket.IO rooms that a push about a message of `room` goes to: both people of a private pair, else who follows it."""
    return [user_room(person) for person in room.pair()] if room.kind == "direct" else [chat_room(room.id)]


def append(draft: Message, to: Sequence[str] = (), *, read_to: int | None = None) -> tuple[Message, bool]:
    """Give `draft` the next seq of its room, whatever it has, store it and push it; returns what is stored and whether it is new.

    to: where it is pushed (see `audience`), those who follow the room if left out. read_to: the author's read pointer, where
    it was read just now.
    """
    room_id = draft.room_id
    with _stripes[hash(room_id) % len(_stripes)]:
        # Pushed under the lock too: whoever listens to this process sees the numbers in order.
        message, created = _claim(draft)
        if created:
            read_by_author = newest().stored(message, read_to)
            push().publish(to or chat_room(room_id), "new_message", {"message": message_view(message)})
            unread.offer(room_id, message.seq, read_by=message.author_id if read_by_author else None)
    return message, created


def _claim(draft: Message) -> tuple[Message, bool]:
    last = newest().seq(draft.room_id) or known_rooms.last_seq(draft.room_id)
    if last is None:
        last = last_seq(draft.room_id)
    for _ in range(_ATTEMPTS):
        if draft.seq != last + 1:
            draft.seq = last + 1
        try:
            draft.insert()
        except DuplicateKey as taken:
            # An engine that does not say which index it was leaves both to be looked at.
            if draft.client_id is not None and "client_id" in (taken.index_fields or ("client_id",)):
                first = Message.find_one({"room_id": draft.room_id, "author_id": draft.author_id, "client_id": draft.client_id})
                if first is not None:
                    return first, False
            last = last_seq(draft.room_id)
        else:
            return draft, True
    raise Unavailable("The room is too busy. Send it again.")


def last_seq(room_id: ObjectId) -> int:
    """The seq of the newest message that is stored, 0 where there is none."""
    return newest().look(room_id)


def post_notice(room_id: ObjectId, kind: MessageKind, user: User, nickname: str, body: str) -> Message:
    """Say in the history that something happened: a join or a leave."""
    notice = Message(
        room_id=room_id, seq=0, author_id=user.id, author_username=user.username, nickname=nickname, kind=kind, body=body
    )
    return append(notice)[0]


def membership(room_id: ObjectId, user_id: ObjectId) -> Member:
    """The membership that writing in a room needs. Raises Forbidden in a public room, NotFound otherwise."""
    member = Member.find_one({"room_id": room_id, "user_id": user_id})
    if member is None:
        raise _not_let_in(room_id)
    return member


def _not_let_in(room_id: ObjectId) -> Forbidden | NotFound:
    if Room.exists({"_id": room_id, "visibility": "public", "kind": {"$ne": "direct"}}):
        return Forbidden("Join the room first.")
    return NotFound()


def history(
    room_id: ObjectId, *, before_seq: int | None = None, after_seq: int | None = None, limit: int = 50
) -> tuple[list[Message], bool]:
    """Up to `limit` messages in ascending seq, and whether there are more in the direction of reading.

    after_seq: those that follow it. before_seq: the last ones before it. Neither: the newest.
    """
    if after_seq is not None:
        found = Message.find(
            {"room_id": room_id, "seq": {"$gt": after_seq} if before_seq is None else {"$gt": after_seq, "$lt": before_seq}},
            sort=[("seq", 1)], limit=limit + 1,
        )  # fmt: skip
        return found[:limit], len(found) > limit
    older = {"room_id": room_id} if before_seq is None else {"room_id": room_id, "seq": {"$lt": before_seq}}
    found = Message.find(older, sort=[("seq", -1)], limit=limit + 1)
    return found[:limit][::-1], len(found) > limit


def mark_read(room_id: ObjectId, user: User, seq: int) -> Member:
    """Move a member's read pointer forward to `seq` (never back, never past the end) and tell all their devices.

    One query, and one more where this process does not know of a message `seq` yet. Raises Forbidden or NotFound where they
    are no member.
    """
    end = newest().seq(room_id)
    if end < seq:
        end = last_seq(room_id)
    member = Member.find_one_and_update({"room_id": room_id, "user_id": user.id}, {"$max": {"last_read_seq": min(seq, end)}})
    if member is None:
        raise _not_let_in(room_id)
    member.last_read_seq = newest().read_to(room_id, user.id, member.last_read_seq)
    told = {"room_id": str(room_id), "last_seq": max(end, member.last_read_seq), "last_read_seq": member.last_read_seq}
    push().publish(user_room(user.id), "unread", told)
    return member


def typing(room_id: ObjectId, user: User, sid: str, *, on: bool) -> None:
    """Tell the others in the room that a member types, or no longer does. Raises what `speaker` does."""
    by = speaker(room_id, user)
    if on:
        typists.started(room_id, user, by.nickname, sid, audience(by.room))
    else:
        typists.stopped(room_id, user.id)
