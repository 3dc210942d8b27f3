"""What an account's owner does with it as a whole: changing the profile, and ending it, each with all that hangs on it."""

import math

from models.accounts import Marker, User
from models.friends import Block
from models.messages import Notification
from models.moderation import Invitation
from models.rooms import Room
from services.messaging import direct, friends
from services.people import accounts, known_people, mailed_links, presence
from services.people.passwords import verify_password
from services.rooms import rooms
from services.telemetry import dashboards, devices
from utils.chunks import chunks
from utils.errors import Conflict, ValidationFailed

FRESH_SECONDS = 600.0


class OnlyAdministrator(Conflict):
    default_message = "You are the only administrator. Make somebody else one first."


def update_profile(user: User, changes: dict[str, object], *, password: str | None = None, language: str | None = None) -> User:
    """Store validated changes as accounts.update_profile does; private conversations follow those of preferences."""
    took_others = not direct.takes_friends_only(user)
    changed = accounts.update_profile(user, changes, password=password, language=language)
    if "preferences" in changes:
        direct.follow_preference(changed, closing=took_others and direct.takes_friends_only(changed))
    return changed


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
