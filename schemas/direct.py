"""Private messages and the list of one's conversations on the wire."""

from typing import Literal

from typing_extensions import TypedDict

from models.rooms import Departed
from schemas.base import IdText, Payload, TimeText, WireId
from schemas.messages import Body, ClientId, MessageView
from schemas.rooms import RoomView


class SendPrivateMessage(Payload):
    user_id: WireId
    body: Body
    client_id: ClientId


class PartnerView(TypedDict):
    """The other person of a private conversation; under their last names where their account is deleted (`gone`)."""

    id: IdText
    username: str
    nickname: str
    avatar_url: str | None
    role: Literal["user", "moderator", "admin"]
    online: bool
    away: bool
    created_at: TimeText | None
    gone: bool


def departed_view(departed: Departed) -> PartnerView:
    """Somebody whose account is gone."""
    return {
        "id": str(departed.id), "username": departed.username, "nickname": departed.nickname, "avatar_url": None,
        "role": "user", "online": False, "away": False, "created_at": None, "gone": True,
    }  # fmt: skip


class ConversationView(TypedDict):
    """A room of one's own in the list of conversations.

    user: the other person of a private pair; None for every other room.
    last_message: None where nothing was said yet. unread: how many messages came after the read pointer.
    """

    room: RoomView
    user: PartnerView | None
    last_message: MessageView | None
    unread: int


class ConversationPage(TypedDict):
    items: list[ConversationView]
    next: str | None
