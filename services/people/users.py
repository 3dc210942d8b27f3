"""People as others see them, and finding them."""

from collections.abc import Iterable

from bson import ObjectId

from models.accounts import User
from models.friends import Block
from schemas.accounts import OwnUserView, UserView, own_user_view, user_view
from services.people import presence
from utils.errors import NotFound, ValidationFailed
from utils.ids import parse_id
from utils.pagination import invalid_cursor
from utils.validators import fold

# Above every character, so that a prefix is a range, which an index serves on every engine.
_LAST = "\U0010ffff"


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

    Those who block the viewer are left out, and several connections of one person count as one, so that a page may have fewer
    than `limit`, or none.
    """
    some, following = presence.online_page(after, limit)
    found = views(User.find({"_id": {"$in": some}}, sort=[("_id", 1)]), viewer) if some else []
    return [view for view in found if view["online"]], following


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
