"""People as others see them, finding them, and the end of an account."""

import math
from collections.abc import Iterable

from bson import ObjectId

from models.accounts import Marker, User
from models.friends import Block
from models.messages import Notification
from models.moderation import Invitation
from models.rooms import Room
from schemas.accounts import OwnUserView, UserView, own_user_view, user_view
from services.messaging import direct
from services.people import accounts, friends, known_people, mailed_links, presence
from services.people.passwords import verify_password
from services.rooms import rooms
from services.telemetry import dashboards, devices
from utils.chunks import chunks
from utils.errors import Conflict, NotFound, ValidationFailed
from utils.ids import parse_id
from utils.pagination import invalid_cursor
from utils.validators import fold

FRESH_SECONDS = 600.0
# Above every character, so that a prefix is a range, which an index serves on every engine.
_LAST = "\U0010ffff"


class OnlyAdministrator(Conflict):
    default_message = "You are the only administrator. Make somebody else one first."


def show(user_id: ObjectId, viewer: User) -> UserView:
    """A person as `viewer` sees them. Raises NotFound."""
    user = User.get(user_id)
    if user is None:
        raise NotFound()
    return views([user], viewer)[0]


def views(users: Iterable[User], viewer: User) -> list[UserView]:
    """People as `viewer` sees them: those who block the viewer seem offline. Two queries."""
    users = list(users)
    states = presence.states_for(viewer.id, [user.id for user in users])
    return [_view(user, states) for user in users]


def _view(user: User, states: dict[ObjectId, presence.State]) -> UserView:
    state = states.get(user.id, presence.OFFLINE)
    return user_view(user, online=state.online, away=state.away)


def own_view(user: User) -> OwnUserView:
    """A person as they see themselves."""
    state = presence.state(user.id)
    return own_user_view(user, online=state.online, away=state.away)


def online(viewer: User, *, limit: int, after: ObjectId | None = None) -> tuple[list[UserView], ObjectId | None]:
    """A page of who is online as far as `viewer` may know, in the order of their ids, and the id to go on after.

    Those who block the viewer are left out, so that a page may have fewer than `limit`.
    """
    ids = sorted(user_id for user_id in presence.online_users() if after is None or user_id > after)
    some = ids[:limit]
    found = views(User.find({"_id": {"$in": some}}, sort=[("_id", 1)]), viewer)
    return [view for view in found if view["online"]], some[-1] if len(ids) > limit else None


def update_profile(user: User, changes: dict[str, object], *, password: str | None = None, language: str | None = None) -> User:
    """Store validated changes as accounts.update_profile does; private conversations follow those of preferences."""
    took_others = not direct.takes_friends_only(user)
    changed = accounts.update_profile(user, changes, password=password, language=language)
    if "preferences" in changes:
        direct.follow_preference(changed, closing=took_others and direct.takes_friends_only(changed))
    return changed


def search(viewer: User, text: str, *, limit: int, position: str | None) -> tuple[list[UserView], str | None]:
    """A page of the people whose user name, or else nickname, starts with `text`, and the position to go on from.

    Case, width and composition of characters do not matter. Those who block the viewer are left out, so that a page may have
    fewer than `limit`. Raises ValidationFailed where `text` is blank or the position is of no such list.
    """
    prefix = fold(text)
    if not prefix:
        raise ValidationFailed({"q": "Write something to search for."})
    found, following = _by_prefix(prefix, limit, position)
    blockers = Block.blockers_of(viewer.id, [user.id for user in found]) if found else set()
    return views([user for user in found if user.id not in blockers], viewer), following


def _by_prefix(prefix: str, limit: int, position: str | None) -> tuple[list[User], str | None]:
    """User names first, nicknames after them: two ordered ranges of two indexes, neither sorted nor read beyond the page."""
    phase, _, after = ("u", "", "") if position is None else position.partition(":")
    within: dict[str, object] = {"$gte": prefix, "$lt": prefix + _LAST}
    named: list[User] = []
    if phase == "u":
        names = within if position is None else {**within, "$gt": after}
        named = User.find({"username_key": names}, sort=[("username_key", 1)], limit=limit + 1)
        if len(named) > limit:
            return named[:limit], f"u:{named[limit - 1].username_key}"
    elif phase != "n":
        raise invalid_cursor()
    rest = limit - len(named)
    which: dict[str, object] = {"nickname_key": within}
    if phase == "n" and after:
        last_id, _, last_key = after.partition(":")
        if (last := parse_id(last_id)) is None:
            raise invalid_cursor()
        which = {"$or": [{"nickname_key": {**within, "$gt": last_key}}, {"nickname_key": last_key, "_id": {"$gt": last}}]}
    nicknamed = User.find(which, sort=[("nickname_key", 1), ("_id", 1)], limit=rest + 1)
    following = None
    if len(nicknamed) > rest:
        nicknamed = nicknamed[:rest]
        following = f"n:{nicknamed[-1].id}:{nicknamed[-1].nickname_key}" if nicknamed else "n:"
    # Whoever is found by both names came among the user names.
    return named + [user for user in nicknamed if not user.username_key.startswith(prefix)], following


def delete_account(user: User, password: str | None, *, signed_in_seconds: float = math.inf) -> None:
    """End an account. Raises ValidationFailed (wrong or missing password) or OnlyAdministrator.

    signed_in_seconds: how long ago they signed in. The password may be left out for FRESH_SECONDS from then: later the one at the
    keyboard may be somebody who found it unattended.

    Every session and connection ends. Memberships of rooms end with a notice each, and rooms that the person owns pass on as
    when an owner leaves. What was said stays, under the name it was said with: an answer must not lose what it answers;
    whoever registers the freed user name has another id. Private conversations stay readable for the other person, and
    closed. Friendships, requests, blocks, invitations and notices end. Devices go over to the administrators: others may rely
    on their readings. Steps can be repeated, and the account itself goes last, so that a deletion that was interrupted can be
    done again.
    """
    if password is None:
        if signed_in_seconds > FRESH_SECONDS:
            raise ValidationFailed({"password": "Give your password, or sign in again."})
    elif not verify_password(user.password_hash, password):
        raise ValidationFailed({"password": "This is not your password."})
    alone = not User.exists({"_id": {"$ne": user.id}})
    if user.role == "admin" and not alone and not User.exists({"role": "admin", "_id": {"$ne": user.id}}):
        raise OnlyAdministrator()
    known_people.update(user.id, {"$inc": {"session_epoch": 1}})
    accounts.end_connections({"user_id": user.id})
    _leave_rooms(user)
    friends.sever_all(user.id)
    Block.delete_many({"$or": [{"user_id": user.id}, {"blocked_id": user.id}]})
    Invitation.delete_many({"user_id": user.id})
    Notification.delete_many({"user_id": user.id})
    dashboards.forget(user.id)
    mailed_links.forget(user.id)
    devices.disown(user.id)
    direct.keep_name(user)
    known_people.delete(user.id)
    if alone:
        Marker.delete_one({"_id": accounts.FIRST_ADMIN})  # the installation is empty again
    direct.close_all(user)


def _leave_rooms(user: User) -> None:
    for some in chunks(presence.member_room_ids(user.id)):
        for room in Room.find_raw({"_id": {"$in": some}, "kind": {"$ne": "direct"}}, projection=("_id",)):
            rooms.end_membership(room["_id"], user, "left")
