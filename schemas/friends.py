"""Friends, requests and blocks on the wire."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from models.accounts import User
from models.friends import Friendship
from schemas.accounts import NamedRef, UserView
from schemas.base import IdText, PageQuery, Payload, TimeText, time_text

RequestState = Literal["pending", "accepted", "rejected", "cancelled", "removed"]
"""removed: the friendship ended."""


class RequestFriend(Payload):
    username: Annotated[str, Field(min_length=1, max_length=64)]


class RequestQuery(PageQuery):
    direction: Literal["incoming", "outgoing"] | None = None


class PresenceAway(Payload):
    """away: nobody is at the device of this connection."""

    away: bool


class FriendRequestView(TypedDict):
    """A request, and what became of it."""

    id: IdText
    sender: NamedRef
    receiver: NamedRef
    state: RequestState
    created_at: TimeText


class FriendRequestAnswer(TypedDict):
    request: FriendRequestView


class FriendRequestPage(TypedDict):
    items: list[FriendRequestView]
    next: str | None


class FriendRequestEvent(TypedDict):
    """What became of a request or a friendship; both of the two people get it."""

    request: FriendRequestView
    state: RequestState


class FriendView(TypedDict):
    user: UserView
    since: TimeText


class FriendPage(TypedDict):
    items: list[FriendView]
    next: str | None


class BlockedView(TypedDict):
    user: NamedRef
    since: TimeText


class BlockedPage(TypedDict):
    items: list[BlockedView]
    next: str | None


def user_ref(user: User) -> NamedRef:
    return {"id": str(user.id), "username": user.username, "nickname": user.nickname}


def request_view(friendship: Friendship, sender: User, receiver: User, state: RequestState | None = None) -> FriendRequestView:
    """A request as the wire has it; `state` where it is no longer the stored one."""
    return {
        "id": str(friendship.id), "sender": user_ref(sender), "receiver": user_ref(receiver),
        "state": state or friendship.state, "created_at": time_text(friendship.created_at) or "",
    }  # fmt: skip
