"""Accounts: registering, signing in, changing a password, and who a session stands for."""

import hashlib
from collections.abc import Mapping
from typing import cast

from bson import ObjectId

from models.accounts import Connection, Marker, User
from models.odm import DuplicateKey
from services import filtering
from services.limits import limits
from services.people import addresses, known_people, mailed_links
from services.people.addresses import EmailTaken
from services.people.passwords import hash_password, needs_rehash, verify_password
from services.push import push
from utils.errors import Conflict, InvalidCredentials, ValidationFailed
from utils.validators import fold

FIRST_ADMIN = "first-admin"
_PASSWORDS_TRIED = "10/minute"


class NameTaken(Conflict):
    default_message = "This user name is taken."


def register(
    username: str, password: str, *, email: str | None = None, nickname: str | None = None, language: str | None = None
) -> User:
    """Create an account; the very first one becomes an administrator. Its address, if any, is mailed a link to confirm it.

    The arguments are validated ones; language: of the mail. Raises NameTaken or EmailTaken.
    """
    name_key = fold(username)
    if User.exists({"username_key": name_key}):
        raise NameTaken()
    shown = nickname or username
    user = User(
        username=username, username_key=name_key, nickname=shown, nickname_key=_nickname_key(shown, name_key), email=email,
        password_hash=hash_password(password),
    )  # fmt: skip
    filtering.name(username, "username", "username", user)
    filtering.name(shown, "nickname", "nickname", user)
    user.email_key = addresses.claim(email, user)
    try:
        user.insert()
    except DuplicateKey as duplicate:
        raise EmailTaken() if "email_key" in (duplicate.index_fields or ()) else NameTaken() from None
    if _is_first(user):
        user = known_people.update(user.id, {"$set": {"role": "admin"}}) or user
    if email is not None:
        mailed_links.try_to_send("verify_email", user, language=language)
    return user


def _nickname_key(nickname: str, username_key: str) -> str:
    """What finds a person by their nickname: nothing where the user name does that already."""
    key = fold(nickname)
    return "" if key == username_key else key


def _is_first(user: User) -> bool:
    """Whether `user` is the one whom the marker of the first account names: an insert that only one of several can win."""
    marker = Marker.get(FIRST_ADMIN)
    if marker is not None:
        return marker.value == str(user.id)
    try:
        Marker(id=FIRST_ADMIN, value=str(user.id)).insert()
    except DuplicateKey:
        return False
    return True


def authenticate(name: str, password: str) -> User:
    """The account whose user name or e-mail address is `name`. Raises InvalidCredentials, in the same time for any reason."""
    key = fold(name)
    user = User.find_one({"email_key": key} if "@" in key else {"username_key": key})
    if not verify_password(None if user is None else user.password_hash, password) or user is None or user.banned:
        raise InvalidCredentials()
    if needs_rehash(user.password_hash):
        known_people.update(user.id, {"$set": {"password_hash": hash_password(password)}})
    return user


def change_password(user: User, current: str, new: str) -> User:
    """Replace the password and end every session of the account; returns it with the epoch that a new session needs.

    Raises ValidationFailed where `current` is wrong or the new one is the old one.
    """
    if not verify_password(user.password_hash, current):
        raise ValidationFailed({"current_password": "This is not your password."})
    if current == new:
        raise ValidationFailed({"new_password": "Choose a password other than the old one."})
    return set_password(user.id, new)


def set_password(user_id: ObjectId, new: str) -> User:
    """Set the password of whoever has shown to be the account's owner, and end all that the old one began.

    Returns the account with the epoch that a new session needs. Raises InvalidCredentials where it has just been deleted.
    """
    changed = known_people.update(user_id, {"$set": {"password_hash": hash_password(new)}, "$inc": {"session_epoch": 1}})
    if changed is None:
        raise InvalidCredentials()
    mailed_links.forget(user_id, "reset_password")
    end_connections({"user_id": user_id})
    return changed


def session_user(user_id: ObjectId, epoch: int) -> User | None:
    """The account of a session, or None where it no longer stands for anyone."""
    user = User.get(user_id)
    return user if user is not None and user.session_epoch == epoch and not user.banned else None


def session_key(session_id: str) -> str:
    """A name for a session that can be stored and compared but not used to sign in."""
    return hashlib.sha256(session_id.encode()).hexdigest()[:32]


def end_session_connections(key: str) -> None:
    """End the live connections of one session: it was signed out."""
    end_connections({"session_key": key})


def end_connections(which: dict[str, object]) -> None:
    """End live connections, in whichever process they are."""
    for connection in Connection.find_raw(which, projection=("sid",)):
        push().disconnect(connection["sid"])


def update_profile(user: User, changes: Mapping[str, object], *, password: str | None = None, language: str | None = None) -> User:
    """Store validated changes of nickname, locale, preferences or e-mail address.

    Another address (None: none) needs the current password, and is mailed a link to confirm it. language: of that mail, where the
    account has none. Raises ValidationFailed, RateLimited (too many passwords tried) or EmailTaken.
    """
    changes = dict(changes)
    if "email" in changes:
        limits().check(_PASSWORDS_TRIED, "password", str(user.id))
        if password is None or not verify_password(user.password_hash, password):
            raise ValidationFailed({"password": "This is not your password."})
    if isinstance(nickname := changes.get("nickname"), str):
        filtering.name(nickname, "nickname", "nickname", user)
        changes["nickname_key"] = _nickname_key(nickname, user.username_key)
    if "email" in changes and (email := changes.pop("email")) != user.email:
        user = addresses.store(user, cast("str | None", email), changes)
        if email is not None:
            mailed_links.try_to_send("verify_email", user, language=language)
    elif changes:
        user = known_people.update(user.id, {"$set": changes}) or user
    return user
