"""E-mail addresses of accounts: giving one, and showing that it is one's own.

Anyone may claim an address, and one account can have confirmed it. `email_key`, which is unique, is with the account that may
sign in by the address: the one that confirmed it or, until one does, the first that claimed it. So a claim keeps nobody from
confirming what is theirs; whoever claimed it without a right to it loses it then.
"""

from collections.abc import Mapping

from models.accounts import User
from models.odm import DuplicateKey
from services.people import known_people, mailed_links
from utils.errors import Conflict, ValidationFailed
from utils.validators import fold

# Others may claim or give up the same address at the same moment.
_ATTEMPTS = 5


class EmailTaken(Conflict):
    default_message = "This e-mail address belongs to another account."


def claim(email: str | None, user: User) -> str | None:
    """The key of an address where nobody has it but `user`; None where somebody claims it. Raises EmailTaken (confirmed)."""
    if email is None:
        return None
    holder = User.find_one({"email_key": fold(email), "_id": {"$ne": user.id}})
    if holder is not None and holder.email_verified:
        raise EmailTaken()
    return fold(email) if holder is None else None


def store(user: User, email: str | None, others: Mapping[str, object]) -> User:
    """Give an account another address (None: none) and other values in one step; links mailed to it before are worthless.

    Raises EmailTaken.
    """
    for _ in range(_ATTEMPTS):
        key = claim(email, user)
        values = {"email": email, "email_key": key}
        kept = {name: value for name, value in values.items() if value is not None}
        update: dict[str, dict[str, object]] = {"$set": {**others, "email_verified": False, **kept}}
        if gone := values.keys() - kept.keys():
            update["$unset"] = dict.fromkeys(gone, "")
        try:
            changed = known_people.update(user.id, update)
        except DuplicateKey:
            continue
        mailed_links.forget(user.id)
        return changed or user
    raise EmailTaken()


def send_confirmation(user: User, *, language: str | None = None) -> None:
    """Mail an account the link that confirms its address; nothing where it is confirmed.

    language: of the mail, where the account has none. Raises ValidationFailed (no address), RateLimited, Unavailable.
    """
    if user.email is None:
        raise ValidationFailed({"email": "Give an e-mail address first."})
    if not user.email_verified:
        mailed_links.send("verify_email", user, language=language)


def confirm(token: str) -> None:
    """Confirm the address that a link was mailed to; doing it again is fine.

    Raises ValidationFailed where the link is no (longer a) good one or the account has another address by now, EmailTaken where
    another account has confirmed the same.
    """
    link = mailed_links.find("verify_email", token)
    user = None if link is None else User.get(link.user_id)
    if link is None or user is None or link.email is None or not confirm_own(user, link.email):
        raise ValidationFailed({"token": "This link has expired or was replaced. Ask for a new one."})


def confirm_own(user: User, email: str) -> bool:
    """Note that `email`, which somebody reads for `user`, is theirs; whether it still is their address. Raises EmailTaken."""
    if user.email != email:
        return False
    if user.email_verified:
        return True
    key = fold(email)
    for _ in range(_ATTEMPTS):
        others = {"email_key": key, "_id": {"$ne": user.id}}
        known_people.update_all({**others, "email_verified": False}, {"$unset": {"email": "", "email_key": ""}})
        try:
            confirmed = {"email_key": key, "email_verified": True}
            return known_people.update(user.id, {"$set": confirmed}, email=email) is not None
        except DuplicateKey:
            if User.exists({**others, "email_verified": True}):
                raise EmailTaken() from None
    raise EmailTaken()
