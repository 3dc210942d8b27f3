"""People as they are now, for connections that outlive what they were when they connected; and the one way to change them.

An open connection holds a person's id and asks here who that is. Nothing is read for it in the long run: a change is heard of on
every process (services.changes). Whoever changes an account does it by the functions of this module, which tell of it.
"""

from typing import Any

from bson import ObjectId

from models.accounts import User
from services import changes
from services.known import Known
from services.platform import current
from utils.errors import AuthenticationRequired

_KIND = "user"


class _People(Known[User]):
    """Accounts as they were read a moment ago at most."""

    def __init__(self) -> None:
        super().__init__(_KIND, User.get)


def _known() -> _People:
    return current().part(_People)


def signed_in(user_id: ObjectId, epoch: int) -> User:
    """The person whom a connection, begun in a session of that epoch, stands for. Raises AuthenticationRequired where none."""
    user = _known().get(user_id)
    if user is None or not _stands(user, epoch):
        # A session may be younger than what is known of its person.
        user = _known().fresh(user_id)
    if user is None or not _stands(user, epoch):
        raise AuthenticationRequired("This session has ended. Sign in again.")
    return user


def still_signed_in(user_id: ObjectId, epoch: int) -> bool:
    """The same as stored now, whatever was known a moment ago."""
    user = _known().fresh(user_id)
    return user is not None and _stands(user, epoch)


def _stands(user: User, epoch: int) -> bool:
    return user.session_epoch == epoch and not user.banned


def update(user_id: ObjectId, update: dict[str, Any], **conditions: Any) -> User | None:
    """Change an account; returns it as it is then, None where there is none of which the `conditions` hold."""
    changed = User.find_one_and_update({"_id": user_id, **conditions}, update)
    if changed is not None:
        changes.tell(_KIND, user_id)
    return changed


def update_all(which: dict[str, Any], update: dict[str, Any]) -> None:
    """Change all accounts for which a filter holds."""
    if User.update_many(which, update):
        changes.tell(_KIND)


def delete(user_id: ObjectId) -> None:
    """Remove an account."""
    User.delete_one({"_id": user_id})
    changes.tell(_KIND, user_id)
