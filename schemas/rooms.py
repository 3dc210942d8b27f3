"""Rooms and their members on the wire."""

from typing import Annotated, Literal, NotRequired

from bson import ObjectId
from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from models.rooms import Member, MemberRole, Room
from schemas.accounts import Nickname, UserRef
from schemas.base import IdText, PageQuery, Payload, ShortText, TimeText, WireId, time_text
from schemas.messages import MessageView, Seq
from utils.validators import MAX_NICKNAME, MAX_ROOM_NAME, MAX_TOPIC, clean_line

MAX_CAPACITY = 100_000
DEFAULT_CAPACITY = 10_000

RoomName = Annotated[str, Field(max_length=400), AfterValidator(lambda text: clean_line(text, MAX_ROOM_NAME))]
Visibility = Literal["public", "private"]


RoomTopic = Annotated[
    str, Field(max_length=1_000), AfterValidator(lambda text: clean_line(text, MAX_TOPIC) if text.strip() else "")
]
"""What a room is about; empty for nothing in particular."""


def _check_topic(topic_id: ObjectId | None) -> None:
    if topic_id is not None:
        raise ValueError("There is no such topic.")


class CreateRoom(Payload):
    name: RoomName
    capacity: Annotated[int, Field(ge=1, le=MAX_CAPACITY)] = DEFAULT_CAPACITY
    visibility: Visibility = "public"
    topic_id: Annotated[WireId | None, AfterValidator(_check_topic)] = None


class JoinRoom(Payload):
    nickname: Nickname | None = None


class JoinChatRoom(Payload):
    """`follow_only`: whoever is no member is refused (forbidden, not_found) rather than made one. For a page that connects again,
    and does not know what became of the membership meanwhile.
    """

    room_id: WireId
    nickname: Nickname | None = None
    after_seq: Seq | None = None
    follow_only: bool = False


class RoomOnly(Payload):
    room_id: WireId


class MarkRead(Payload):
    room_id: WireId
    seq: Seq


class RoomQuery(PageQuery):
    """`q`: words of the name, the last of which may be unfinished. `mine`: 1 for the rooms that one is a member of."""

    q: Annotated[ShortText, Field(max_length=MAX_ROOM_NAME)] | None = None
    mine: Literal["0", "1"] = "0"


class MemberQuery(PageQuery):
    """`q`: what a nickname begins with."""

    q: Annotated[ShortText, Field(max_length=MAX_NICKNAME)] | None = None


class Membership(TypedDict):
    nickname: str
    role: Literal["owner", "moderator", "member"]
    last_read_seq: int
    muted: bool


class RoomFacts(TypedDict):
    """A room as it is for everyone. lobby: whether it is the installation's own room, which nobody can delete or make private."""

    id: IdText
    name: str
    kind: Literal["group", "topic", "direct"]
    topic_id: IdText | None
    owner_id: IdText | None
    capacity: int
    member_count: int
    visibility: Visibility
    topic: str | None
    slow_mode_seconds: int
    members_can_invite: bool
    lobby: bool
    last_seq: int
    created_at: TimeText


class RoomView(RoomFacts):
    """A room as one person sees it."""

    online_count: int
    membership: Membership | None


class MemberView(TypedDict):
    user: UserRef
    nickname: str
    role: Literal["owner", "moderator", "member"]
    online: bool
    joined_at: TimeText


class RoomAnswer(TypedDict):
    room: RoomView


class RoomPage(TypedDict):
    items: list[RoomView]
    next: str | None


class MemberPage(TypedDict):
    items: list[MemberView]
    next: str | None


class JoinAnswer(TypedDict):
    """What a client that opens a room gets: the room, what it missed (in order), and whether there is more after that."""

    room: RoomView
    messages: list[MessageView]
    more: bool


class MemberEvent(TypedDict):
    """Of user_joined, user_left, user_typing and member_updated; `reason` is why somebody left."""

    room_id: IdText
    user: UserRef
    nickname: str
    typing: NotRequired[bool]
    role: NotRequired[Literal["owner", "moderator", "member"]]
    reason: NotRequired[Literal["left", "removed", "banned"]]


def membership_view(member: Member | None) -> Membership | None:
    if member is None:
        return None
    return {
        "nickname": member.nickname, "role": member.role, "last_read_seq": member.last_read_seq, "muted": member.muted,
    }  # fmt: skip


def room_facts(room: Room) -> RoomFacts:
    return {
        "id": str(room.id), "name": room.name, "kind": room.kind,
        "topic_id": None if room.topic_id is None else str(room.topic_id),
        "owner_id": None if room.owner_id is None else str(room.owner_id),
        "capacity": room.capacity, "member_count": room.member_count, "visibility": room.visibility,
        "topic": room.topic, "slow_mode_seconds": room.slow_mode_seconds, "members_can_invite": room.members_can_invite,
        "lobby": room.is_lobby, "last_seq": room.last_seq, "created_at": time_text(room.created_at) or "",
    }  # fmt: skip


def room_view(room: Room, member: Member | None, online_count: int) -> RoomView:
    """A room as one person sees it; `member` is that person's membership."""
    return {**room_facts(room), "online_count": online_count, "membership": membership_view(member)}


def member_view(member: Member, username: str, *, online: bool, role: MemberRole) -> MemberView:
    return {
        "user": {"id": str(member.user_id), "username": username}, "nickname": member.nickname, "role": role,
        "online": online, "joined_at": time_text(member.joined_at) or "",
    }  # fmt: skip
