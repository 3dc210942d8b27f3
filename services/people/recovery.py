"""A new password for whoever has forgotten theirs, by a link that is mailed or handed over."""

from contextlib import suppress
from datetime import datetime

from bson import ObjectId

from models.accounts import User
from services.limits import limits
from services.people import accounts, addresses, mailed_links
from services.platform import spawn
from utils.errors import NotFound, ValidationFailed
from utils.logs import get_logger
from utils.validators import fold

log = get_logger(__name__)

# Of one name, whether anybody has it or not: the answer must not tell.
_ASKED = "5/hour"


def ask(name: str, *, language: str | None = None) -> None:
    """Mail the account whose user name or e-mail address is `name` a link, if there is one with an address.

    Nothing tells whether there is: all that depends on it is done after the answer. language: of the mail, where the account
    has none. Raises RateLimited, or Unavailable where no links can be mailed.
    """
    key = fold(name)
    mailed_links.check_mailable()
    limits().check(_ASKED, "forgotten", key)
    spawn(_answer, key, language, name="forgotten-password")


def _answer(key: str, language: str | None) -> None:
    try:
        user = User.find_one({"email_key": key} if "@" in key else {"username_key": key})
        if user is not None and user.email is not None and not user.banned:
            mailed_links.try_to_send("reset_password", user, language=language)
    except Exception:
        log.exception("link not mailed")


def hand_over(user_id: ObjectId, admin: User) -> tuple[str, datetime]:
    """Make a link for somebody who gets no mail, for an administrator to hand over; returns its path and when it ends.

    The log says who made it for whom. Raises NotFound.
    """
    user = User.get(user_id)
    if user is None:
        raise NotFound()
    path, ends = mailed_links.make("reset_password", user)
    log.info("password link handed over", user=str(user.id), username=user.username, by=str(admin.id), by_username=admin.username)
    return path, ends


def reset(token: str, password: str) -> User:
    """Set the password of the account that a link is of. Every session of it ends, and every such link is worthless.

    Whoever has the mail has its address, which is confirmed thereby. Returns the account with the epoch that a new session
    needs. Raises ValidationFailed where the link is no (longer a) good one.
    """
    link = mailed_links.use_up("reset_password", token)
    if link is None or not User.exists({"_id": link.user_id}):
        raise ValidationFailed({"token": "This link has expired or was used. Ask for a new one."})
    user = accounts.set_password(link.user_id, password)
    if link.email is not None:
        with suppress(addresses.EmailTaken):
            addresses.confirm_own(user, link.email)
    return user
