"""Who may do what to a message: every route and event, as everyone whom a room can tell apart, in public and private rooms."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from models.accounts import User
from models.messages import Message
from services import notifications
from services.messaging import messages
from tests.blueprints.rooms_support import ROLES, Cast, emit, make_cast, make_people, sign_in

OK, NO, UNKNOWN = "ok", "forbidden", "not_found"
# In the order of ROLES: outsider, invited, member, moderator, owner, banned, admin of the site.
MEMBERS = {"public": (NO, NO, OK, OK, OK, NO, NO), "private": (UNKNOWN, UNKNOWN, OK, OK, OK, UNKNOWN, UNKNOWN)}
MODERATORS = {"public": (NO, NO, NO, OK, OK, NO, OK), "private": (UNKNOWN, NO, NO, OK, OK, UNKNOWN, UNKNOWN)}
OWN = {"public": (NO, NO, OK, OK, OK, NO, OK), "private": (UNKNOWN, NO, OK, OK, OK, UNKNOWN, UNKNOWN)}
NOBODY = {"public": (NO,) * 7, "private": (UNKNOWN, UNKNOWN, NO, NO, NO, UNKNOWN, UNKNOWN)}

HTTP: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "edit": ("PATCH", "", {"body": "changed"}),
    "delete": ("DELETE", "", None),
    "see edits": ("GET", "/edits", None),
    "react": ("PUT", "/reactions/👍", None),
    "take back": ("DELETE", "/reactions/👍", None),
}
EVENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "edit": ("edit_message", {"body": "changed"}),
    "delete": ("delete_message", {}),
    "react": ("react", {"emoji": "👍", "on": True}),
    "take back": ("react", {"emoji": "👍", "on": False}),
}
OTHERS = {"edit": NOBODY, "delete": MODERATORS, "see edits": MODERATORS, "react": MEMBERS, "take back": MEMBERS}
ONES_OWN = {"edit": MEMBERS, "delete": OWN, "see edits": OWN, "react": MEMBERS, "take back": MEMBERS}


def over_http(app: Flask, me: User, action: str, message: Message) -> str:
    method, path, body = HTTP[action]
    response = sign_in(app, me).open(f"/api/messages/{message.id}{path}", method=method, json=body)
    return OK if response.status_code == 200 else str(response.get_json()["error"]["code"])


def over_socket(_app: Flask, me: User, action: str, message: Message) -> str:
    event, payload = EVENTS[action]
    return emit(me, event, {"id": str(message.id), **payload})


@pytest.mark.parametrize("visibility", ["public", "private"])
@pytest.mark.parametrize("way", [over_http, over_socket])
def test_who_may_touch_a_message(app: Flask, visibility: str, way: Callable[..., str]) -> None:
    actions = EVENTS if way is over_socket else HTTP
    cast = make_cast(make_people(), visibility)
    got: dict[tuple[str, str, str], str] = {}
    expected: dict[tuple[str, str, str], str] = {}
    for action in actions:
        for position, role in enumerate(ROLES):
            theirs, own = message_of(cast, cast["victim"]), message_of(cast, cast[role])
            got["theirs", action, role] = way(app, cast[role], action, theirs)
            got["own", action, role] = way(app, cast[role], action, own)
            expected["theirs", action, role] = OTHERS[action][visibility][position]
            expected["own", action, role] = ONES_OWN[action][visibility][position]
    assert got == expected


def message_of(cast: Cast, author: User) -> Message:
    """A message of `author`'s, from when they were a member."""
    message, _ = messages.send(cast.room.id, cast["victim"], "hello")
    Message.update_one({"_id": message.id}, {"$set": {"author_id": author.id}})
    return message


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_who_may_speak_and_type(app: Flask, visibility: str) -> None:
    cast = make_cast(make_people(), visibility)
    room = str(cast.room.id)
    for event, payload in [("send_message", {"body": "hello", "client_id": "1"}), ("typing_start", {}), ("typing_stop", {})]:
        got = tuple(emit(cast[role], event, {"room_id": room, **payload}) for role in ROLES)
        assert got == MEMBERS[visibility], event


def test_notifications_are_ones_own(app: Flask) -> None:
    cast = make_cast(make_people(), "private")
    message, _ = messages.send(cast.room.id, cast["owner"], f"@{cast['member'].nickname}")
    path = f"/api/notifications/{message.id}/read"
    for role in ROLES:
        browser = sign_in(app, cast[role])
        listed = browser.get("/api/notifications").get_json()
        mine = [view for view in listed["items"] if view["message_id"] == str(message.id)]
        assert len(mine) == (1 if role == "member" else 0), role
        if role != "member":
            assert browser.post(path).status_code == 404
            assert browser.post("/api/notifications/read-all").status_code == 204
    assert notifications.unread_count(cast["member"].id) >= 1
    assert sign_in(app, cast["member"]).post(path).status_code == 204
    listed = sign_in(app, cast["member"]).get("/api/notifications?unread=1").get_json()
    assert str(message.id) not in [view["id"] for view in listed["items"]]
