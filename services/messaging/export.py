"""Conversations as a file to keep: text as it would be read aloud, a table, or the messages as the interface has them.

Everything is made in parts of some hundred messages, so that a million messages take no more memory than a hundred, and other
people get their turn in between. A conversation ends where it ended when its export began. See docs/export.md for the forms.
"""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import regex
from bson import ObjectId

from models.accounts import User
from models.messages import Message
from models.rooms import Departed, Member, Room
from schemas.accounts import Locale
from schemas.search import ExportFormat
from services.messaging import messages
from services.messaging.messages import views
from services.rooms import rooms, timeline
from utils import concurrency
from utils.clock import rfc3339
from utils.errors import NotFound
from utils.scripts import BLANK, IGNORABLE

MEDIA_TYPES: dict[ExportFormat, str] = {
    "txt": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
_PART = 500
_ROOMS_AT_ONCE = 200
# Excel takes a file without it for one in the encoding of the country.
_BYTE_ORDER_MARK = "\ufeff"
# The first character that a spreadsheet may see, and what it may pass over before that.
_FIRST_SEEN = regex.compile(rf"[\s\x00-\x1f\x7f-\x9f{IGNORABLE}{BLANK}]*(.)", regex.V1 | regex.DOTALL)
_FORMULA_SIGNS = "=+-@"
_LINE_BREAKS = re.compile(r"\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_LINE_BREAK_SIGN = " ⏎ "
# On a terminal these move the cursor or set the title (C0 and C1, but for the tabulator), or show a line in another order than it
# has (embeddings, overrides and isolates of UAX #9).
_UNSAFE = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_REPLACEMENT = "\ufffd"


@dataclass(frozen=True, slots=True)
class Language:
    """The words of an export. `group` and `private` take the message's facts by name."""

    group_heading: str
    private_heading: str
    group: str
    private: str
    joined: str
    left: str
    entered_private: str
    left_private: str
    deleted: str
    action: str
    columns: tuple[str, ...]


LANGUAGES: dict[Locale, Language] = {
    "en": Language(
        group_heading="-----Group chat history-----",
        private_heading="-----Private chat history-----",
        group="Room:{room} Time:{time} User:{username}(nickname){nickname} Content:{content}",
        private="Time:{time} From:{username} To:{recipient} Content:{content}",
        joined='The user with the nickname "{}" entered the room.',
        left='The user with the nickname "{}" left the room.',
        entered_private='The user with the nickname "{}" entered the private chat.',
        left_private='The user with the nickname "{}" left the private chat.',
        deleted="(deleted)",
        action="* {} {}",
        columns=("conversation", "room", "time", "username", "nickname", "recipient", "kind", "content", "edited", "seq", "id"),
    ),
    "zh-CN": Language(
        group_heading="-----下面是群聊的聊天记录-----",
        private_heading="-----下面是私聊的聊天记录-----",
        group="聊天室:{room} 时间:{time} 用户名:{username}(昵称){nickname} 内容:{content}",
        private="时间:{time} 发送人:{username} 接收人:{recipient} 内容:{content}",
        joined='昵称为"{}"的用户进入了房间。',
        left='昵称为"{}"的用户退出了房间。',
        entered_private='昵称为"{}"的用户进入了私聊。',
        left_private='昵称为"{}"的用户退出了私聊。',
        deleted="(已删除)",
        action="* {} {}",
        columns=("会话", "聊天室", "时间", "用户名", "昵称", "接收人", "类型", "内容", "编辑时间", "序号", "编号"),
    ),
}


@dataclass(frozen=True, slots=True)
class Conversation:
    """What an export holds of one room. names: of a private one, both people by their ids. last_seq: the message it ends with.

    departed: those of the two whose account is gone.
    """

    room_id: ObjectId
    name: str
    last_seq: int
    names: dict[ObjectId, str] | None = None
    departed: Sequence[Departed] = ()

    @property
    def is_private(self) -> bool:
        return self.names is not None

    def recipient(self, author_id: ObjectId) -> str:
        """Who a private message is for."""
        return next((name for user_id, name in (self.names or {}).items() if user_id != author_id), "?")

    def departures(self) -> list[tuple[Departed, datetime]]:
        """Who of a private one is gone and since when, in order; those of whom it was not noted are left out."""
        return sorted(((one, one.at) for one in self.departed if one.at is not None), key=lambda gone: gone[1])


@dataclass(frozen=True, slots=True)
class Style:
    """How an export is written: for whom, in which language, and with the times of which zone."""

    viewer_id: ObjectId
    language: Language
    zone: ZoneInfo

    def time(self, moment: datetime) -> str:
        return moment.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")

    def content(self, message: Message) -> str:
        """A message in words; what the platform itself says of it in the export's language."""
        if message.deleted:
            return self.language.deleted
        if message.kind == "join":
            return self.language.joined.format(message.nickname)
        if message.kind == "leave":
            return self.language.left.format(message.nickname)
        if message.style == "action":
            return self.language.action.format(message.nickname, message.body)
        return message.body


def of_room(room_id: ObjectId, user: User, format: ExportFormat, *, locale: Locale | None, tz: str) -> Iterator[str]:
    """One conversation that `user` is a member of, as parts of a file; in text, under the heading of its kind.

    Raises, before the first part, Forbidden or NotFound for a room that they are no member of.
    """
    rooms.membership(room_id, user.id)
    room = Room.get(room_id)
    if room is None:
        raise NotFound()
    sections = [(room.kind == "direct", list(_conversations([room])))]
    return _WRITERS[format](sections, _style(user, locale, tz))


def of_everything(user: User, format: ExportFormat, *, locale: Locale | None, tz: str) -> Iterator[str]:
    """All conversations that `user` is a member of, as parts of a file: group rooms by name, then private ones."""
    mine = [row["room_id"] for row in Member.find_raw({"user_id": user.id}, projection=("room_id",))]
    sections = [(private, _rooms(mine, private=private)) for private in (False, True)]
    return _WRITERS[format](sections, _style(user, locale, tz))


def _style(user: User, locale: str | None, tz: str) -> Style:
    language = LANGUAGES["zh-CN" if (locale or user.locale) == "zh-CN" else "en"]
    return Style(user.id, language, ZoneInfo(tz))


def _rooms(room_ids: list[ObjectId], *, private: bool) -> Iterator[Conversation]:
    """The group or the private ones of these rooms, by name."""
    kinds = ["direct"] if private else ["group", "topic"]
    ordered: list[tuple[str, ObjectId]] = []
    for start in range(0, len(room_ids), _ROOMS_AT_ONCE):
        which = {"_id": {"$in": room_ids[start : start + _ROOMS_AT_ONCE]}, "kind": {"$in": kinds}}
        ordered += [(row["name_key"], row["_id"]) for row in Room.find_raw(which, projection=("name_key",))]
    ordered.sort()
    for start in range(0, len(ordered), _ROOMS_AT_ONCE):
        ids = [room_id for _, room_id in ordered[start : start + _ROOMS_AT_ONCE]]
        found = {room.id: room for room in Room.find({"_id": {"$in": ids}})}
        yield from _conversations([found[room_id] for room_id in ids if room_id in found])


def _conversations(rooms: Sequence[Room]) -> Iterator[Conversation]:
    people = {person for room in rooms if room.kind == "direct" for person in room.pair()}
    found = User.find_raw({"_id": {"$in": list(people)}}, projection=("username",)) if people else []
    usernames = {row["_id"]: row["username"] for row in found}
    for room in rooms:
        known = {person.id: person.username for person in room.departed} | usernames
        names = {person: known.get(person, "?") for person in room.pair()} if room.kind == "direct" else None
        yield Conversation(room.id, room.name, timeline.last_seq(room.id), names, room.departed)


def _parts(conversation: Conversation) -> Iterator[list[Message]]:
    """The conversation's messages in order, some hundred at a time, read when they are asked for."""
    after = 0
    while True:
        found, more = messages.history(conversation.room_id, after_seq=after, before_seq=conversation.last_seq + 1, limit=_PART)
        if found:
            yield found
            after = found[-1].seq
        if not more:
            return
        concurrency.give_way()


Sections = Iterable[tuple[bool, Iterable[Conversation]]]


def _as_text(sections: Sections, style: Style) -> Iterator[str]:
    """One line a message: a line break inside one is written as a sign, and what a terminal would obey as U+FFFD."""
    language = style.language
    for private, conversations in sections:
        yield (language.private_heading if private else language.group_heading) + "\n"
        for conversation in conversations:
            present: set[ObjectId] = set()
            for part in _parts(conversation):
                yield "".join(_lines(message, conversation, style, present) + "\n" for message in part)
            for person, moment in conversation.departures():
                said = language.left_private.format(person.nickname)
                yield _line(conversation, style, moment, person.id, person.username, person.nickname, said) + "\n"


def _lines(message: Message, conversation: Conversation, style: Style, present: set[ObjectId]) -> str:
    """A message as a line of its own; before a person's first in a private conversation, one that says that they came in.

    present: who has come in so far. Nothing is stored of it: a private conversation is one's own from its first message on.
    """
    facts = (message.created_at, message.author_id, message.author_username, message.nickname)
    line = _line(conversation, style, *facts, style.content(message))
    if not conversation.is_private or message.author_id in present:
        return line
    present.add(message.author_id)
    entered = style.language.entered_private.format(message.nickname)
    return _line(conversation, style, *facts, entered) + "\n" + line


def _line(
    conversation: Conversation, style: Style, moment: datetime, who: ObjectId, username: str, nickname: str, content: str
) -> str:
    template = style.language.private if conversation.is_private else style.language.group
    line = template.format(
        room=conversation.name, time=style.time(moment), username=username, nickname=nickname,
        recipient=conversation.recipient(who), content=content,
    )  # fmt: skip
    return _UNSAFE.sub(_REPLACEMENT, _LINE_BREAKS.sub(_LINE_BREAK_SIGN, line))


def _as_json(sections: Sections, style: Style) -> Iterator[str]:
    """One array of the messages as the interface has them, each with its conversation, one a line."""
    separator = "[\n"
    for private, conversations in sections:
        for conversation in conversations:
            where = {
                "conversation": "private" if private else "group",
                "room": None if private else conversation.name,
                "with": conversation.recipient(style.viewer_id) if private else None,
            }
            for part in _parts(conversation):
                items = ({**where, **view} for view in views(part, style.viewer_id))
                shown = (json.dumps(item, ensure_ascii=False, separators=(",", ":")) for item in items)
                yield separator + ",\n".join(shown)
                separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def _as_csv(sections: Sections, style: Style) -> Iterator[str]:
    """RFC 4180 with a row of headings, so marked that Excel reads it as UTF-8."""
    yield _BYTE_ORDER_MARK + _rows([style.language.columns])
    for private, conversations in sections:
        for conversation in conversations:
            for part in _parts(conversation):
                yield _rows(_row(message, conversation, style, private=private) for message in part)


def _row(message: Message, conversation: Conversation, style: Style, *, private: bool) -> list[str | int]:
    texts = [
        message.author_username,
        message.nickname,
        conversation.recipient(message.author_id) if private else "",
        message.kind,
        style.content(message),
    ]
    return [
        "private" if private else "group", "" if private else _defused(conversation.name), style.time(message.created_at),
        *map(_defused, texts),
        "" if message.edited_at is None else rfc3339(message.edited_at), message.seq, str(message.id),
    ]  # fmt: skip


def _defused(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, "CSV Injection"): an apostrophe before what could begin one.

    Full-width and small signs count, and blanks and invisible characters before a sign do not: programs differ in what they see.
    """
    first = _FIRST_SEEN.match(text)
    begins = first is not None and unicodedata.normalize("NFKC", first[1])[0] in _FORMULA_SIGNS
    return f"'{text}" if begins or text.startswith(("\t", "\r", "\n")) else text


def _rows(rows: Iterable[Sequence[str | int]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


_WRITERS: dict[ExportFormat, Callable[[Sections, Style], Iterator[str]]] = {
    "txt": _as_text,
    "json": _as_json,
    "csv": _as_csv,
}
