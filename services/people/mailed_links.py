"""Links with a secret in them: made, mailed, found again, used up.

The token is 32 random bytes in the link and a SHA-256 in the database. It needs no slow hash: nobody guesses 256 bits.
"""

import hashlib
from datetime import datetime, timedelta

from bson import ObjectId

from models.accounts import User
from models.mailed_links import MailedLink, Purpose
from services import mail
from services.limits import limits
from services.mail.message import Mail
from services.platform import current
from utils.clock import now
from utils.errors import RateLimited, Unavailable
from utils.ids import new_secret
from utils.logs import get_logger
from utils.validators import fold

log = get_logger(__name__)

LIFETIMES: dict[Purpose, timedelta] = {"verify_email": timedelta(days=1), "reset_password": timedelta(hours=1)}
_PATHS: dict[Purpose, str] = {"verify_email": "/verify-email", "reset_password": "/reset-password"}
# What one mailbox gets at most, whoever asks: it may belong to somebody who has nothing to do with it.
_MAILS = "5/hour"
# (subject, text) by purpose and language.
_TEXTS: dict[tuple[Purpose, str], tuple[str, str]] = {
    ("verify_email", "en"): (
        "Confirm your e-mail address",
        "Hello,\n\nthe account “{name}” on Fieldroom has given this e-mail address. Open this link to confirm that it is yours:\n\n"
        "{link}\n\nThe link works for one day. If this is not your account, do nothing.",
    ),
    ("verify_email", "zh-CN"): (
        "请确认您的电子邮箱",
        "您好：\n\nFieldroom 上的账号“{name}”填写了这个邮箱地址。请打开下面的链接，确认它属于您：\n\n"
        "{link}\n\n链接在一天内有效。如果这不是您的账号，请忽略此邮件。",
    ),
    ("reset_password", "en"): (
        "Set a new password",
        "Hello,\n\nsomebody asked for a new password for the account “{name}” on Fieldroom. Open this link to set one:\n\n"
        "{link}\n\nThe link works once and for one hour. If it was not you who asked, do nothing: your password stays as it is.",
    ),
    ("reset_password", "zh-CN"): (
        "设置新密码",
        "您好：\n\n有人请求为 Fieldroom 上的账号“{name}”设置新密码。请打开下面的链接进行设置：\n\n"
        "{link}\n\n链接只能使用一次，一小时内有效。如果不是您本人的请求，请忽略此邮件，您的密码不会改变。",
    ),
}


def mailable() -> bool:
    """Whether a mail can say where the page is."""
    return current().config.page_url is not None


def check_mailable() -> None:
    """Raises Unavailable where links cannot be mailed."""
    if not mailable():
        raise Unavailable("Links cannot be mailed before an administrator has set PUBLIC_URL.")


def make(purpose: Purpose, user: User, email: str | None = None) -> tuple[str, datetime]:
    """Make a link of an account; returns its path with the token, and when it ends. email: where it is going to be mailed to."""
    token, ends = new_secret(), now() + LIFETIMES[purpose]
    MailedLink(purpose=purpose, token_hash=_hash(token), user_id=user.id, email=email, expires_at=ends).insert()
    return f"{_PATHS[purpose]}?token={token}", ends


def send(purpose: Purpose, user: User, *, language: str | None = None) -> None:
    """Mail an account a link. language: of the mail, where the account has none.

    Raises RateLimited where its mailbox has had enough, Unavailable where nothing can be mailed.
    """
    check_mailable()
    if user.email is None:
        return
    limits().check(_MAILS, "mailed-link", purpose, fold(user.email))
    path, ends = make(purpose, user, user.email)
    link = (current().config.page_url or "") + path
    if not mail.send(_written(purpose, user.email, user.username, link, user.locale or language), until=ends):
        raise Unavailable()


def try_to_send(purpose: Purpose, user: User, *, language: str | None = None) -> None:
    """The same beside something that is worth doing without: what keeps it from being mailed is only logged."""
    try:
        send(purpose, user, language=language)
    except (RateLimited, Unavailable) as error:
        log.warning("link not mailed", reason=error.message)


def find(purpose: Purpose, token: str) -> MailedLink | None:
    """The link that a token is of, while it lasts."""
    return MailedLink.find_one(_living(purpose, token))


def use_up(purpose: Purpose, token: str) -> MailedLink | None:
    """The same, for the one who comes first: it is gone after."""
    return MailedLink.find_one_and_delete(_living(purpose, token))


def forget(user_id: ObjectId, purpose: Purpose | None = None) -> None:
    """Make all links of an account worthless, or those of a purpose."""
    MailedLink.delete_many({"user_id": user_id} if purpose is None else {"user_id": user_id, "purpose": purpose})


def _living(purpose: Purpose, token: str) -> dict[str, object]:
    # Those that have expired are swept some time later.
    return {"token_hash": _hash(token), "purpose": purpose, "expires_at": {"$gt": now()}}


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _written(purpose: Purpose, to: str, name: str, link: str, language: str | None) -> Mail:
    """The mail to an address about the account `name`. Languages that there is no text in get English."""
    subject, text = _TEXTS.get((purpose, language or "en")) or _TEXTS[purpose, "en"]
    return Mail(to, subject, text.format(name=name, link=link))
