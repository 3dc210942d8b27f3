"""Rooms, members and messages on the wire."""

from typing import Annotated, Literal, NotRequired

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from models.rooms import Member, Message, Room
from schemas.accounts import Nickname, UserRef
from schemas.base import IdText, PageQuery, Payload, QueryParameters, ShortText, TimeText, WireId, time_text
from utils.validators import MAX_ROOM_NAME, clean_line

MAX_BODY = 8_000
MAX_CAPACITY = 100_000
DEFAULT_CAPACITY = 10_000


def _check_body(text: str) -> str:
    if not text.strip():
        raise ValueError("Write something first.")
    if "\x00" in text:
        raise ValueError("This holds characters that cannot be stored.")
    return text


Seq = Annotated[int, Field(ge=0, lt=2**53)]
Body = Annotated[str, Field(max_length=MAX_BODY), AfterValidator(_check_body)]
ClientId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]
RoomName = Annotated[str, Field(max_length=400), AfterValidator(lambda text: clean_line(text, MAX_ROOM_NAME))]
Visibility = Literal["public", "private"]


class CreateRoom(Payload):
    name: RoomName
    capacity: Annotated[int, Field(ge=1, le=MAX_CAPACITY)] = DEFAULT_CAPACITY
    visibility: Visibility = "public"


class JoinRoom(Payload):
    nickname: Nickname | None = None


class JoinChatRoom(Payload):
    room_id: WireId
    nickname: Nickname | None = None
    after_seq: Seq | None = None


class RoomOnly(Payload):
    room_id: WireId


class PostMessage(Payload):
    body: Body
    client_id: ClientId | None = None
    reply_to: WireId | None = None


class SendMessage(Payload):
    room_id: WireId
    body: Body
    client_id: ClientId
    reply_to: WireId | None = None


class MarkRead(Payload):
    room_id: WireId
    seq: Seq


class RoomQuery(PageQuery):
    q: Annotated[ShortText, Field(max_length=MAX_ROOM_NAME)] | None = None


class HistoryQuery(QueryParameters):
    before_seq: Seq | None = None
    after_seq: Seq | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class Membership(TypedDict):
    nickname: str
    role: Literal["owner", "moderator", "member"]
    last_read_seq: int
    muted: bool


class RoomView(TypedDict):
    id: IdText
    name: str
    kind: Literal["group", "topic", "direct"]
    topic_id: IdText | None
    owner_id: IdText | None
    capacity: int
    member_count: int
    online_count: int
    visibility: Visibility
    last_seq: int
    created_at: TimeText
    membership: Membership | None


class MemberView(TypedDict):
    user: UserRef
    nickname: str
    role: Literal["owner", "moderator", "member"]
    online: bool
    joined_at: TimeText


class MessageView(TypedDict):
    id: IdText
    room_id: IdText
    seq: int
    author: UserRef
    nickname: str
    kind: Literal["text", "join", "leave", "chart", "alert", "system"]
    body: str
    client_id: str | None
    reply_to: IdText | None
    attachments: list[dict[str, object]]
    reactions: list[dict[str, object]]
    mentions: list[IdText]
    created_at: TimeText
    edited_at: TimeText | None
    deleted: bool


class RoomAnswer(TypedDict):
    room: RoomView


class RoomPage(TypedDict):
    items: list[RoomView]
    next: str | None


class MemberPage(TypedDict):
    items: list[MemberView]
    next: str | None


class MessageAnswer(TypedDict):
    message: MessageView


class MessagePage(TypedDict):
    items: list[MessageView]
    next: str | None


class JoinAnswer(TypedDict):
    """What a client that opens a room gets: the room, what it missed (in order), and whether there is more after that."""

    room: RoomView
    messages: list[MessageView]
    more: bool


class MemberEvent(TypedDict):
    room_id: IdText
    user: UserRef
    nickname: str
    typing: NotRequired[bool]


def membership_view(member: Member | None) -> Membership | None:
    if member is None:
        return None
    return {
        "nickname": member.nickname, "role": member.role, "last_read_seq": member.last_read_seq, "muted": member.muted,
    }  # fmt: skip


def room_view(room: Room, member: Member | None, online_count: int) -> RoomView:
    """A room as one person sees it; `member` is that person's membership."""
    return {
        "id": str(room.id), "name": room.name, "kind": room.kind,
        "topic_id": None if room.topic_id is None else str(room.topic_id),
        "owner_id": None if room.owner_id is None else str(room.owner_id),
        "capacity": room.capacity, "member_count": room.member_count, "online_count": online_count,
        "visibility": room.visibility, "last_seq": room.last_seq, "created_at": time_text(room.created_at) or "",
        "membership": membership_view(member),
    }  # fmt: skip


def member_view(member: Member, username: str, *, online: bool) -> MemberView:
    return {
        "user": {"id": str(member.user_id), "username": username}, "nickname": member.nickname, "role": member.role,
        "online": online, "joined_at": time_text(member.joined_at) or "",
    }  # fmt: skip


def message_view(message: Message) -> MessageView:
    return {
        "id": str(message.id), "room_id": str(message.room_id), "seq": message.seq,
        "author": {"id": str(message.author_id), "username": message.author_username}, "nickname": message.nickname,
        "kind": message.kind, "body": message.body, "client_id": message.client_id,
        "reply_to": None if message.reply_to is None else str(message.reply_to),
        "attachments": [], "reactions": [], "mentions": [],
        "created_at": time_text(message.created_at) or "", "edited_at": time_text(message.edited_at),
        "deleted": message.deleted,
    }  # fmt: skip
