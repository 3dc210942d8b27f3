"""Private messages and the list of one's conversations on the wire."""

from typing_extensions import TypedDict

from schemas.accounts import UserView
from schemas.base import Payload, WireId
from schemas.rooms import Body, ClientId, MessageView, RoomView


class SendPrivateMessage(Payload):
    user_id: WireId
    body: Body
    client_id: ClientId


class ConversationView(TypedDict):
    """A room of one's own in the list of conversations.

    user: the other person of a private pair; None for every other room, and where their account is gone.
    last_message: None where nothing was said yet. unread: how many messages came after the read pointer.
    """

    room: RoomView
    user: UserView | None
    last_message: MessageView | None
    unread: int


class ConversationPage(TypedDict):
    items: list[ConversationView]
    next: str | None
