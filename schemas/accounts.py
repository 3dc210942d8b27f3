"""Accounts on the wire."""

import unicodedata
from typing import Annotated, Any, Literal, NotRequired, Self

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator
from typing_extensions import TypedDict

from models.accounts import User
from schemas.base import IdText, PageQuery, Payload, TimeText, time_text
from utils.validators import MAX_NICKNAME, MAX_PASSWORD, USERNAME, check_password, check_username, clean_line


def _check_email(text: str) -> str:
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        raise ValueError("Give an e-mail address such as ann@lab.example.org.") from None


Username = Annotated[str, Field(max_length=64), AfterValidator(check_username)]
Nickname = Annotated[str, Field(max_length=200), AfterValidator(lambda text: clean_line(text, MAX_NICKNAME))]
NewPassword = Annotated[str, Field(max_length=1024), AfterValidator(check_password)]
Email = Annotated[str, Field(max_length=254), AfterValidator(_check_email)]
Locale = Literal["en", "zh-CN"]
PreferenceName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
MAX_EXACT = 2**53 - 1
"""The largest integer that a page's JavaScript, too, has exactly."""


def _check_exact(value: Any) -> Any:
    """Not left to a bound of the integer: what is past that would go on as a float, and be another number."""
    if isinstance(value, int) and abs(value) > MAX_EXACT:
        raise ValueError(f"Whole numbers go up to {MAX_EXACT}.")
    return value


PreferenceValue = Annotated[bool | int | float | Annotated[str, Field(max_length=2000)], BeforeValidator(_check_exact)]


PRIVATE_MESSAGES = "private_messages"
"""The preference that says who may write to one: "friends" (the default) or "everyone"."""
WRITERS = ("friends", "everyone")


def _check_preferences(preferences: dict[str, bool | int | float | str]) -> dict[str, bool | int | float | str]:
    if preferences.get(PRIVATE_MESSAGES, "friends") not in WRITERS:
        raise ValueError(f"{PRIVATE_MESSAGES} is one of: {', '.join(WRITERS)}.")
    return preferences


Preferences = Annotated[
    dict[PreferenceName, PreferenceValue],
    Field(max_length=64, description=f"{PRIVATE_MESSAGES}: friends (default) or everyone. Other names are the client's own."),
    AfterValidator(_check_preferences),
]


class Register(Payload):
    username: Username
    password: NewPassword
    email: Email | None = None
    nickname: Nickname | None = None


def _check_known_name(text: str) -> str:
    """What may be the name or the address of an account. What new names may be is narrower today than it was."""
    if "@" in text:
        return _check_email(text.strip())
    name = unicodedata.normalize("NFKC", text.strip())
    if not 2 <= len(name) <= 32 or not USERNAME.fullmatch(name):
        raise ValueError("Letters and digits, with . _ - between them.")
    return name


KnownName = Annotated[str, Field(min_length=1, max_length=254), AfterValidator(_check_known_name)]
KnownEmail = Annotated[str, Field(min_length=1, max_length=254), AfterValidator(lambda text: _check_email(text.strip()))]
# No password was ever longer or empty. Shorter ones than are set today may be in use.
KnownPassword = Annotated[str, Field(min_length=1, max_length=MAX_PASSWORD)]


def _check_second_factor(code: str | None) -> None:
    if code is not None:
        raise ValueError("No account here has a second factor. Sign in without a code.")


class Login(Payload):
    """`username` may be an e-mail address. A name or password that could belong to nobody is told apart from a wrong one.

    `code` is of a second factor, which no account can have yet: whoever sends one believes in a protection that is not there.
    """

    username: KnownName | None = None
    email: KnownEmail | None = None
    password: KnownPassword
    code: Annotated[Annotated[str, Field(max_length=64)] | None, AfterValidator(_check_second_factor)] = None


class ChangePassword(Payload):
    current_password: Annotated[str, Field(min_length=1, max_length=1024)]
    new_password: NewPassword


Token = Annotated[str, Field(min_length=1, max_length=200)]
"""What a mailed link ends with."""


class VerifyEmail(Payload):
    """token: of the mailed link; left out, a link is mailed."""

    token: Token | None = None


class ForgotPassword(Payload):
    """One of both; `username` may be an e-mail address."""

    username: Annotated[str, Field(min_length=1, max_length=254)] | None = None
    email: Annotated[str, Field(min_length=1, max_length=254)] | None = None

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if (self.username is None) == (self.email is None):
            raise ValueError("Give your user name or your e-mail address.")
        return self


class ResetPassword(Payload):
    token: Token
    password: NewPassword


class UpdateMe(Payload):
    """email: null removes it; another one needs `password`, the current one."""

    email: Email | None = None
    password: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    nickname: Nickname | None = None
    locale: Locale | None = None
    preferences: Preferences | None = None


class DeleteMe(Payload):
    """password: may be left out in the first minutes after signing in."""

    password: Annotated[str, Field(min_length=1, max_length=1024)] | None = None


class UserSearch(PageQuery):
    q: Annotated[str, Field(min_length=1, max_length=64)]


class UserRef(TypedDict):
    """A person, as short as it goes."""

    id: IdText
    username: str


class NamedRef(UserRef):
    """A person with the name that others read."""

    nickname: str


class UserView(TypedDict):
    id: IdText
    username: str
    nickname: str
    avatar_url: str | None
    role: Literal["user", "moderator", "admin"]
    online: bool
    away: bool
    created_at: TimeText


class Presence(TypedDict):
    """Whether a person is online, and then whether they are away from all of their devices."""

    user_id: IdText
    online: bool
    away: NotRequired[bool]


class OwnUserView(UserView):
    """What one sees of oneself besides."""

    email: str | None
    email_verified: bool
    locale: str | None
    preferences: dict[str, bool | int | float | str]


class UserAnswer(TypedDict):
    user: UserView


class OwnUserAnswer(TypedDict):
    user: OwnUserView


class PasswordLink(TypedDict):
    """path: what follows the address of the page; it holds the secret."""

    path: str
    expires_at: TimeText


class PasswordLinkAnswer(TypedDict):
    link: PasswordLink


class UserPage(TypedDict):
    items: list[UserView]
    next: str | None


def user_view(user: User, *, online: bool, away: bool = False) -> UserView:
    """A person as others see them."""
    return {
        "id": str(user.id), "username": user.username, "nickname": user.nickname, "avatar_url": user.avatar_url,
        "role": user.role, "online": online, "away": away, "created_at": time_text(user.created_at) or "",
    }  # fmt: skip


def own_user_view(user: User, *, online: bool, away: bool = False) -> OwnUserView:
    """A person as they see themselves."""
    own: dict[str, Any] = {
        **user_view(user, online=online, away=away),
        "email": user.email, "email_verified": user.email_verified, "locale": user.locale, "preferences": user.preferences,
    }  # fmt: skip
    return own  # type: ignore[return-value]
