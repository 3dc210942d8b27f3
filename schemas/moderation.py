"""What those who run a room send, and what they and the people concerned get: settings, roles, bans, invitations."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, NotRequired, Self

from bson import ObjectId
from pydantic import AfterValidator, Field, model_validator
from typing_extensions import TypedDict

from models.moderation import Ban
from schemas.accounts import Username, UserRef
from schemas.base import IdText, Payload, ShortText, TimeText, WireId, time_text
from schemas.rooms import MAX_CAPACITY, Membership, MemberView, RoomFacts, RoomName, RoomTopic, Visibility
from utils.clock import now

MAX_SLOW_MODE_SECONDS = 6 * 3600
_LONGEST_BAN = timedelta(days=3653)


def _read_moment(text: str) -> str:
    """The same time in UTC. Raises ValueError where it is none, has no zone, or is not in the next ten years."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("Give a time with its zone, such as 2030-01-31T09:30:00Z.") from None
    if not now() < moment < now() + _LONGEST_BAN:
        raise ValueError("Give a time in the next ten years, or none for good.")
    return moment.isoformat()


FutureTime = Annotated[
    str, Field(max_length=40, json_schema_extra={"format": "date-time"}), AfterValidator(_read_moment)
]  # fmt: skip
Reason = Annotated[ShortText, Field(max_length=200)]


class UpdateRoom(Payload):
    """What is left out stays as it is."""

    name: RoomName | None = None
    capacity: Annotated[int, Field(ge=1, le=MAX_CAPACITY)] | None = None
    visibility: Visibility | None = None
    topic: RoomTopic | None = None
    slow_mode_seconds: Annotated[int, Field(ge=0, le=MAX_SLOW_MODE_SECONDS)] | None = None
    members_can_invite: bool | None = None


class UserOnly(Payload):
    user_id: WireId


class SetRole(Payload):
    role: Literal["moderator", "member"]


class SetMuted(Payload):
    muted: bool


class MakeBan(Payload):
    """`until`: when the ban ends by itself; left out, it does not."""

    user_id: WireId
    reason: Reason = ""
    until: FutureTime | None = None

    @property
    def until_moment(self) -> datetime | None:
        return None if self.until is None else datetime.fromisoformat(self.until)


class Invite(Payload):
    """One of both: `user_id` or `username`."""

    user_id: WireId | None = None
    username: Username | None = None

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if (self.user_id is None) == (self.username is None):
            raise ValueError("Give the user_id or the username.")
        return self


class MemberAnswer(TypedDict):
    member: MemberView


class BanView(TypedDict):
    user: UserRef
    reason: str
    banned_by: UserRef | None
    until: TimeText | None
    created_at: TimeText


class BanAnswer(TypedDict):
    ban: BanView


class BanPage(TypedDict):
    items: list[BanView]
    next: str | None


class InvitationView(TypedDict):
    room: RoomFacts
    user: UserRef
    invited_by: UserRef
    created_at: TimeText


class InvitationAnswer(TypedDict):
    invitation: InvitationView


class InvitationPage(TypedDict):
    items: list[InvitationView]
    next: str | None


class InvitationEvent(TypedDict):
    """room_invitation: one was asked into a room, or no longer is (`pending` false)."""

    room_id: IdText
    pending: bool
    invitation: NotRequired[InvitationView]


class RoomUpdated(TypedDict):
    """room_updated: what changed of a room for everyone (`room`), or for oneself only (`membership`; null: it ended)."""

    room_id: IdText
    deleted: bool
    room: NotRequired[RoomFacts]
    membership: NotRequired[Membership | None]


def ban_view(ban: Ban, people: Mapping[ObjectId, UserRef]) -> BanView:
    """A ban; `people` holds those that it names, by id."""
    return {
        "user": people[ban.user_id], "reason": ban.reason,
        "banned_by": None if ban.banned_by is None else people[ban.banned_by],
        "until": time_text(ban.until), "created_at": time_text(ban.created_at) or "",
    }  # fmt: skip
