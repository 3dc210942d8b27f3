"""/api/friends: one's friends, and the requests to become one."""

from typing import Any

from bson import ObjectId

from blueprints.api import Api
from blueprints.identity import current_user
from schemas.base import PageQuery
from schemas.friends import FriendPage, FriendRequestAnswer, FriendRequestPage, RequestFriend, RequestQuery
from services.messaging import friends
from utils.errors import Conflict, Forbidden, NotFound
from utils.pagination import decode_id_cursor, encode_cursor

api = Api("friends", "/api/friends")


@api.get("", query=PageQuery, answer=FriendPage)
def listing(query: PageQuery) -> Any:
    """One's friends with their presence, in the order of the requests that they began with."""
    items, last = friends.listing(current_user(), limit=query.limit, after=decode_id_cursor(query.cursor))
    return {"items": items, "next": encode_cursor(None if last is None else str(last))}


@api.get("/requests", query=RequestQuery, answer=FriendRequestPage)
def requests(query: RequestQuery) -> Any:
    """The requests to one and from one that wait for an answer, oldest first; `direction` gives one kind alone."""
    items, last = friends.requests(
        current_user(), direction=query.direction, limit=query.limit, after=decode_id_cursor(query.cursor)
    )
    return {"items": items, "next": encode_cursor(None if last is None else str(last))}


@api.post(
    "/requests", body=RequestFriend, answer=FriendRequestAnswer, status=201, errors=(NotFound, Forbidden, Conflict),
    limit="30/minute;300/day",
)  # fmt: skip
def request(body: RequestFriend) -> Any:
    """Ask a person to be friends. Where they have asked already the two are friends at once: `state` is accepted."""
    return {"request": friends.request(current_user(), body.username)}


@api.post("/requests/<id:request_id>/accept", answer=FriendRequestAnswer, errors=(NotFound,))
def accept(request_id: ObjectId) -> Any:
    """Say yes to a request."""
    return {"request": friends.accept(request_id, current_user())}


@api.post("/requests/<id:request_id>/reject", answer=FriendRequestAnswer, errors=(NotFound,))
def reject(request_id: ObjectId) -> Any:
    """Say no to a request; it may be made again."""
    return {"request": friends.reject(request_id, current_user())}


@api.delete("/requests/<id:request_id>", status=204, errors=(NotFound,))
def cancel(request_id: ObjectId) -> None:
    """Take one's own request back."""
    friends.cancel(request_id, current_user())


@api.delete("/<id:user_id>", status=204, errors=(NotFound,))
def remove(user_id: ObjectId) -> None:
    """End a friendship."""
    friends.remove(current_user(), user_id)
