"""Friends: asking, answering, parting. A pair has one document, so nothing two people do at once can contradict itself."""

from bson import ObjectId

from models.accounts import User
from models.friends import Block, Friendship, pair_key
from models.odm import DuplicateKey
from schemas.accounts import user_view
from schemas.base import time_text
from schemas.friends import FriendRequestEvent, FriendRequestView, FriendView, RequestState, request_view
from services import notifications
from services.messaging import direct
from services.people import presence
from services.push import push, user_room
from utils.clock import now
from utils.errors import Conflict, Forbidden, NotFound, Unavailable, ValidationFailed
from utils.validators import fold

_ATTEMPTS = 5


class FriendsAlready(Conflict):
    default_message = "You are friends already."


class AskedAlready(Conflict):
    default_message = "You have asked already. Wait for the answer."


class TakesNoRequests(Forbidden):
    """For either side of a block, so that nobody learns from it who blocks whom."""

    default_message = "This person takes no requests from you."


def request(sender: User, username: str) -> FriendRequestView:
    """Ask a person to be friends; where they have asked already, this says yes.

    Raises NotFound, ValidationFailed (oneself), TakesNoRequests, FriendsAlready or AskedAlready.
    """
    receiver = User.find_one({"username_key": fold(username)})
    if receiver is None:
        raise NotFound("There is nobody of this name.")
    if receiver.id == sender.id:
        raise ValidationFailed({"username": "This is yourself."})
    if Block.between(sender.id, receiver.id):
        raise TakesNoRequests()
    key = pair_key(sender.id, receiver.id)
    for _ in range(_ATTEMPTS):
        asked = Friendship(pair_key=key, people=sorted((sender.id, receiver.id)), requested_by=sender.id)
        try:
            asked.insert()
        except DuplicateKey:
            known = Friendship.find_one({"pair_key": key})
            if known is None:  # withdrawn at this moment
                continue
            if known.state == "accepted":
                raise FriendsAlready() from None
            if known.requested_by == sender.id:
                raise AskedAlready() from None
            accepted = _accept(known.id, sender)
            if accepted is not None:
                return accepted
        else:
            # A block that came in between found nothing to end.
            if Block.between(sender.id, receiver.id):
                Friendship.delete_one({"_id": asked.id, "state": "pending"})
                raise TakesNoRequests()
            notifications.notify({receiver.id: "friend_request"}, actor=sender, event_id=asked.id)
            return _tell(asked, "pending")
    raise Unavailable()


def accept(request_id: ObjectId, user: User) -> FriendRequestView:
    """Say yes to a request. Raises NotFound where it is none to this person."""
    accepted = _accept(request_id, user)
    if accepted is None:
        raise NotFound()
    return accepted


def _accept(request_id: ObjectId, user: User) -> FriendRequestView | None:
    friendship = Friendship.find_one_and_update(
        _incoming(request_id, user.id), {"$set": {"state": "accepted", "accepted_at": now()}}
    )
    if friendship is None:
        return None
    direct.refresh(*friendship.people)
    notifications.notify({friendship.requested_by: "friend_accepted"}, actor=user, event_id=friendship.id)
    told = _tell(friendship, "accepted")
    presence.introduce(*friendship.people)
    return told


def reject(request_id: ObjectId, user: User) -> FriendRequestView:
    """Say no to a request. Raises NotFound where it is none to this person."""
    return _end(_incoming(request_id, user.id), "rejected")


def cancel(request_id: ObjectId, user: User) -> None:
    """Take a request back. Raises NotFound where it is none of this person's."""
    _end({"_id": request_id, "people": user.id, "state": "pending", "requested_by": user.id}, "cancelled")


def remove(user: User, friend_id: ObjectId) -> None:
    """End a friendship. Raises NotFound where there is none."""
    _end({"pair_key": pair_key(user.id, friend_id), "state": "accepted"}, "removed")
    direct.part(user.id, friend_id)


def sever(user_id: ObjectId, other_id: ObjectId) -> None:
    """End whatever two people have, a request or a friendship, on behalf of `user_id`."""
    friendship = Friendship.find_one_and_delete({"pair_key": pair_key(user_id, other_id)})
    if friendship is not None:
        _ended(friendship, _ending(friendship, user_id))


def sever_all(user_id: ObjectId) -> None:
    """The same with everyone: the person's account ends."""
    while friendship := Friendship.find_one_and_delete({"people": user_id}):
        _ended(friendship, _ending(friendship, user_id))


def _ending(friendship: Friendship, ended_by: ObjectId) -> RequestState:
    if friendship.state == "accepted":
        return "removed"
    return "cancelled" if friendship.requested_by == ended_by else "rejected"


def _incoming(request_id: ObjectId, user_id: ObjectId) -> dict[str, object]:
    return {"_id": request_id, "people": user_id, "state": "pending", "requested_by": {"$ne": user_id}}


def _end(which: dict[str, object], state: RequestState) -> FriendRequestView:
    friendship = Friendship.find_one_and_delete(which)
    if friendship is None:
        raise NotFound()
    return _ended(friendship, state)


def _ended(friendship: Friendship, state: RequestState) -> FriendRequestView:
    notifications.withdraw(friendship.id)
    return _tell(friendship, state)


def _tell(friendship: Friendship, state: RequestState) -> FriendRequestView:
    """Push what became of a request to both people; returns the request as they get it."""
    people = {user.id: user for user in User.find({"_id": {"$in": friendship.people}})}
    sender, receiver = people.get(friendship.requested_by), people.get(friendship.other(friendship.requested_by))
    if sender is None or receiver is None:
        raise NotFound()
    event: FriendRequestEvent = {"request": request_view(friendship, sender, receiver, state), "state": state}
    push().publish([user_room(person) for person in friendship.people], "friend_request", event)
    return event["request"]


def requests(
    user: User, *, direction: str | None, limit: int, after: ObjectId | None
) -> tuple[list[FriendRequestView], ObjectId | None]:
    """A page of the requests to and from a person that wait for an answer, oldest first, and the id to go on after."""
    which: dict[str, object] = {"people": user.id, "state": "pending"}
    if direction is not None:
        which["requested_by"] = {"$ne": user.id} if direction == "incoming" else user.id
    page, last = _page(which, limit, after)
    people = {each.id: each for each in User.find({"_id": {"$in": [person for asked in page for person in asked.people]}})}
    views = [
        request_view(asked, people[asked.requested_by], people[asked.other(asked.requested_by)])
        for asked in page
        if all(person in people for person in asked.people)
    ]
    return views, last


def listing(user: User, *, limit: int, after: ObjectId | None) -> tuple[list[FriendView], ObjectId | None]:
    """A page of a person's friends with their presence, oldest request first, and the id to go on after."""
    page, last = _page({"people": user.id, "state": "accepted"}, limit, after)
    people = {each.id: each for each in User.find({"_id": {"$in": [friendship.other(user.id) for friendship in page]}})}
    states = presence.states_for(user.id, people)
    views: list[FriendView] = []
    for friendship in page:
        friend = people.get(friendship.other(user.id))
        if friend is not None:
            state = states.get(friend.id, presence.OFFLINE)
            since = time_text(friendship.accepted_at or friendship.created_at) or ""
            views.append({"user": user_view(friend, online=state.online, away=state.away), "since": since})
    return views, last


def _page(which: dict[str, object], limit: int, after: ObjectId | None) -> tuple[list[Friendship], ObjectId | None]:
    if after is not None:
        which = {**which, "_id": {"$gt": after}}
    found = Friendship.find(which, sort=[("_id", 1)], limit=limit + 1)
    return found[:limit], found[limit - 1].id if len(found) > limit else None
