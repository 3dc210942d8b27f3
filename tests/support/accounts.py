"""Accounts made without the way through HTTP and its slow password hashes."""

from typing import Any

from models.accounts import Connection, User
from utils.ids import new_id
from utils.validators import fold


def account(name: str, **more: Any) -> User:
    """A stored account that nobody can sign in to."""
    values = {"nickname": name, "password_hash": "-", **more}
    key = fold(values["nickname"])
    return User(
        username=name, username_key=fold(name), nickname_key="" if key == fold(name) else key, **values
    ).insert()  # fmt: skip


def connection(user: User, sid: str | None = None) -> str:
    """A live connection of theirs; returns its sid."""
    sid = sid or str(new_id())
    Connection(sid=sid, user_id=user.id, session_key="-", process_id="test").insert()
    return sid
