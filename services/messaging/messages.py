"""The one path by which people say anything in a room, and the ways to read it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bson import ObjectId

from models.accounts import User
from models.messages import ChartSnapshot, Message, NotificationKind, Reaction
from models.rooms import Member, Room
from schemas.messages import MessageView, message_view
from services import filtering, notifications
from services.messaging import mentions, typists
from services.messaging.attachments import files
from services.push import push, user_room
from services.rooms import known_rooms, rooms, timeline
from services.rooms.newest import newest
from services.rooms.roles import check_slow_mode
from utils.errors import Forbidden, NotFound, ValidationFailed
from utils.text_terms import index_terms


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
        raise rooms.not_let_in(room_id)
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
        check_slow_mode(by.room, author, by.member, client_id)
    if author.id in by.room.friends_only and author.id not in by.room.opened_by:
        _open_for_answers(by.room, author.id)
    mentioned = by.mentioned()
    draft = Message(
        room_id=room_id, seq=newest().seq(room_id) + 1, author_id=author.id, author_username=author.username, nickname=by.nickname,
        kind="text" if chart is None else "chart", style=style, body=verdict.text, terms=index_terms(verdict.text), chart=chart,
        client_id=client_id, reply_to=reply_to, attachments=attachments,
        mentions=list(mentioned.user_ids), mentions_room=mentioned.everyone,
    )  # fmt: skip
    message, created = timeline.append(
        draft, timeline.audience(by.room), read_to=None if by.member is None else by.member.last_read_seq
    )
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
        end = timeline.last_seq(room_id)
    member = Member.find_one_and_update({"room_id": room_id, "user_id": user.id}, {"$max": {"last_read_seq": min(seq, end)}})
    if member is None:
        raise rooms.not_let_in(room_id)
    member.last_read_seq = newest().read_to(room_id, user.id, member.last_read_seq)
    told = {"room_id": str(room_id), "last_seq": max(end, member.last_read_seq), "last_read_seq": member.last_read_seq}
    push().publish(user_room(user.id), "unread", told)
    return member


def typing(room_id: ObjectId, user: User, sid: str, *, on: bool) -> None:
    """Tell the others in the room that a member types, or no longer does. Raises what `speaker` does."""
    by = speaker(room_id, user)
    if on:
        typists.started(room_id, user, by.nickname, sid, timeline.audience(by.room))
    else:
        typists.stopped(room_id, user.id)


def readable(message_id: ObjectId, user: User) -> Message:
    """A message of a room whose messages `user` may see. Raises NotFound, and what rooms.visible does."""
    message = Message.get(message_id)
    if message is None:
        raise NotFound()
    rooms.visible(message.room_id, user)
    return message


def views(messages: Sequence[Message], viewer_id: ObjectId) -> list[MessageView]:
    """A page of messages as `viewer_id` sees them. One query, and only where an emoji has more people than a message lists."""
    crowded = [message.id for message in messages if any(total.count > len(total.user_ids) for total in message.reactions)]
    mine: dict[ObjectId, set[str]] = {}
    if crowded:
        which = {"message_id": {"$in": crowded}, "user_id": viewer_id}
        for row in Reaction.find_raw(which, projection=("message_id", "emoji")):
            mine.setdefault(row["message_id"], set()).add(row["emoji"])
    viewer = str(viewer_id)
    return [message_view(message, viewer, frozenset(mine.get(message.id, ()))) for message in messages]


def view(message: Message, viewer_id: ObjectId) -> MessageView:
    """One message as `viewer_id` sees it."""
    return views([message], viewer_id)[0]
