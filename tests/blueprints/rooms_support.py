"""A room with a person in every role, for the tests of who may do what."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from models.accounts import User
from models.rooms import Room
from realtime.connections import Person
from services import invitations, moderation, rooms
from socketio_handlers import events
from utils.rate_limits import RateLimits

ROLES = ("outsider", "invited", "member", "moderator", "owner", "banned", "admin")
_numbers = itertools.count(1)


def make_user(role: str = "user", name: str | None = None) -> User:
    """An account whose password nobody knows."""
    name = name or f"person{next(_numbers)}"
    return User(username=name, username_key=name, nickname=name, nickname_key=name, password_hash="-", role=role).insert()  # type: ignore[arg-type]


def sign_in(app: Flask, user: User) -> FlaskClient:
    """A browser in which `user` is signed in."""
    client = app.test_client()
    with client.session_transaction() as session:
        session["user_id"], session["epoch"] = str(user.id), user.session_epoch
    return client


def emit(user: User, event: str, payload: dict[str, Any]) -> str:
    """What a Socket.IO event of `user` is acknowledged with: "ok", or the code of the refusal."""
    answer = events.dispatch(event, Person("no-connection", user), str(user.id), (payload,), RateLimits(enabled=False))
    code: str = "ok" if answer["ok"] else answer["error"]["code"]
    return code


@dataclass
class Cast:
    """`people` by role; `victim` is one more member, `guest` one more person who is invited, `stranger` nothing at all."""

    room: Room
    people: dict[str, User] = field(default_factory=dict)

    def __getitem__(self, role: str) -> User:
        return self.people[role]


def make_cast(visibility: str) -> Cast:
    """A fresh room with fresh people."""
    people = {name: make_user() for name in (*ROLES, "victim", "guest", "stranger")}
    User.update_one({"_id": people["admin"].id}, {"$set": {"role": "admin"}})
    people["admin"] = User.get(people["admin"].id) or people["admin"]
    room = rooms.create(people["owner"], "A room", visibility=visibility)  # type: ignore[arg-type]
    for name in ("member", "moderator", "victim", "banned", "invited", "guest"):
        invitations.invite(room.id, people["owner"], user_id=people[name].id)
        if name not in ("invited", "guest"):
            rooms.join(room.id, people[name])
    moderation.set_role(room.id, people["owner"], people["moderator"].id, "moderator")
    moderation.ban(room.id, people["owner"], people["banned"].id)
    return Cast(room, people)
