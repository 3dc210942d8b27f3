"""A room with a person in every role, for the tests of who may do what."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from models.accounts import User
from models.messages import Message
from models.moderation import Ban, Invitation
from models.rooms import Member, MemberRole, Room
from realtime.connections import Person
from socketio_handlers import people as events
from tests.support.platforms import forget_rooms

ROLES = ("outsider", "invited", "member", "moderator", "owner", "banned", "admin")
_numbers = itertools.count(1)


def make_user(role: str = "user", name: str | None = None) -> User:
    """An account whose password nobody knows."""
    name = name or f"person{next(_numbers)}"
    return User(username=name, username_key=name, nickname=name, nickname_key=name, password_hash="-", role=role).insert()  # type: ignore[arg-type]


def sign_in(app: Flask, user: User) -> FlaskClient:
    """A browser in which `user` is signed in."""
    client = app.test_client()
    with client.session_transaction("/api/") as session:
        session["user_id"], session["epoch"] = str(user.id), user.session_epoch
    return client


def emit(user: User, event: str, payload: dict[str, Any]) -> str:
    """What a Socket.IO event of `user` is acknowledged with: "ok", or the code of the refusal."""
    answer = events.dispatch(event, Person("no-connection", user.id, user.session_epoch), str(user.id), (payload,))
    code: str = "ok" if answer["ok"] else answer["error"]["code"]
    return code


@dataclass
class Cast:
    """`people` by role; `victim` is one more member, `guest` one more person who is invited, `stranger` nothing at all."""

    room: Room
    people: dict[str, User] = field(default_factory=dict)

    def __getitem__(self, role: str) -> User:
        return self.people[role]


def make_people() -> dict[str, User]:
    """One person for each role, and the three whom the others do something to."""
    return {name: make_user("admin" if name == "admin" else "user") for name in (*ROLES, "victim", "guest", "stranger")}


def make_cast(people: dict[str, User], visibility: str) -> Cast:
    """A fresh room in which each of `people` is what their name says; stored directly, for joining is not what is tested."""
    owner_id = people["owner"].id
    room = Room(
        name="A room", name_key="a room", name_terms=["a room", "room"], owner_id=owner_id, capacity=50, member_count=4,
        visibility=visibility,  # type: ignore[arg-type]
    ).insert()  # fmt: skip
    roles: dict[str, MemberRole] = {"owner": "owner", "moderator": "moderator", "member": "member", "victim": "member"}
    Member.insert_many(
        Member(
            room_id=room.id, user_id=people[name].id, nickname=people[name].nickname, nickname_key=people[name].nickname_key,
            role=role,
        )
        for name, role in roles.items()
    )  # fmt: skip
    Invitation.insert_many(
        Invitation(room_id=room.id, user_id=people[name].id, invited_by=owner_id) for name in ("invited", "guest")
    )
    Ban(room_id=room.id, user_id=people["banned"].id, banned_by=owner_id).insert()
    return Cast(room, people)


def clear_rooms() -> None:
    """Remove every room with what is in it."""
    for document in (Room, Member, Invitation, Ban, Message):
        document.delete_many({})
    forget_rooms()
