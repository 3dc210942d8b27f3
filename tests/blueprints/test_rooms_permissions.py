"""Who may do what: every route and every event of rooms, as everyone whom a room can tell apart. The table of docs/rooms.md."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from pymongo import MongoClient

from models.accounts import User
from models.rooms import Member, Room
from services.rooms import moderation
from tests.blueprints.rooms_support import ROLES, Cast, clear_rooms, emit, make_cast, make_people, make_user, sign_in
from tests.support.platforms import application
from utils.errors import Forbidden

People = dict[str, User]
YES = "yes"
HTTP: dict[str, tuple[str, str, Callable[[Cast, User], dict[str, object] | None]]] = {
    "see": ("GET", "", lambda cast, me: None),
    "rename": ("PATCH", "", lambda cast, me: {"name": "New name"}),
    "slow down": ("PATCH", "", lambda cast, me: {"slow_mode_seconds": 5}),
    "resize": ("PATCH", "", lambda cast, me: {"capacity": 500}),
    "hide": ("PATCH", "", lambda cast, me: {"visibility": "private", "members_can_invite": True}),
    "delete": ("DELETE", "", lambda cast, me: None),
    "join": ("POST", "/join", lambda cast, me: {}),
    "leave": ("POST", "/leave", lambda cast, me: {}),
    "mute": ("PUT", "/muted", lambda cast, me: {"muted": True}),
    "list members": ("GET", "/members", lambda cast, me: None),
    "give a role": ("PUT", "/members/{victim}/role", lambda cast, me: {"role": "moderator"}),
    "transfer": ("POST", "/transfer", lambda cast, me: {"user_id": str(cast["victim"].id)}),
    "kick": ("POST", "/kick", lambda cast, me: {"user_id": str(cast["victim"].id)}),
    "list bans": ("GET", "/bans", lambda cast, me: None),
    "ban": ("POST", "/bans", lambda cast, me: {"user_id": str(cast["victim"].id)}),
    "ban outsider": ("POST", "/bans", lambda cast, me: {"user_id": str(cast["stranger"].id)}),
    "unban": ("DELETE", "/bans/{banned}", lambda cast, me: None),
    "list invitations": ("GET", "/invitations", lambda cast, me: None),
    "invite": ("POST", "/invitations", lambda cast, me: {"username": cast["stranger"].username}),
    "uninvite": ("DELETE", "/invitations/{guest}", lambda cast, me: None),
    "decline": ("DELETE", "/invitations/{me}", lambda cast, me: None),
    "read": ("GET", "/../../messages/room/{room}", lambda cast, me: None),
    "write": ("POST", "/../../messages/room/{room}", lambda cast, me: {"body": "hello"}),
}
EVENTS: dict[str, dict[str, object]] = {
    "join_chat_room": {}, "leave_chat_room": {}, "send_message": {"body": "hello", "client_id": "1"},
    "typing_start": {}, "typing_stop": {}, "mark_read": {"seq": 1},
}  # fmt: skip
NO, UNKNOWN, OK = "forbidden", "not_found", YES
MEMBERS_PUBLIC = (NO, NO, OK, OK, OK, NO, NO)
MEMBERS_PRIVATE = (UNKNOWN, UNKNOWN, OK, OK, OK, UNKNOWN, UNKNOWN)
MODERATORS_PUBLIC = (NO, NO, NO, OK, OK, NO, OK)
MODERATORS_PRIVATE = (UNKNOWN, NO, NO, OK, OK, UNKNOWN, UNKNOWN)
OWNER_PUBLIC = (NO, NO, NO, NO, OK, NO, OK)
OWNER_PRIVATE = (UNKNOWN, NO, NO, NO, OK, UNKNOWN, UNKNOWN)
JOIN = {"public": (OK, OK, OK, OK, OK, NO, OK), "private": (UNKNOWN, OK, OK, OK, OK, NO, UNKNOWN)}
MEMBERS = {"public": MEMBERS_PUBLIC, "private": MEMBERS_PRIVATE}
MODERATORS = {"public": MODERATORS_PUBLIC, "private": MODERATORS_PRIVATE}
OWNER = {"public": OWNER_PUBLIC, "private": OWNER_PRIVATE}
READ = {"public": (OK, OK, OK, OK, OK, NO, OK), "private": (UNKNOWN, NO, OK, OK, OK, UNKNOWN, UNKNOWN)}
# In the order of ROLES: outsider, invited, member, moderator, owner, banned, admin of the site.
EXPECTED: dict[str, dict[str, tuple[str, ...]]] = {
    "see": {"public": (OK,) * 7, "private": (UNKNOWN, OK, OK, OK, OK, UNKNOWN, UNKNOWN)},
    "rename": MODERATORS, "slow down": MODERATORS, "resize": OWNER, "hide": OWNER, "delete": OWNER, "join": JOIN,
    "leave": dict.fromkeys(("public", "private"), MEMBERS_PRIVATE),
    "mute": {"public": MEMBERS_PUBLIC, "private": (UNKNOWN, NO, OK, OK, OK, UNKNOWN, UNKNOWN)},
    "list members": READ, "give a role": OWNER, "transfer": OWNER, "kick": MODERATORS, "list bans": MODERATORS,
    "ban": MODERATORS, "ban outsider": MODERATORS, "unban": MODERATORS,
    "list invitations": {"public": (NO, NO, OK, OK, OK, NO, OK), "private": (UNKNOWN, NO, OK, OK, OK, UNKNOWN, UNKNOWN)},
    "invite": {"public": (NO, NO, OK, OK, OK, NO, OK), "private": MODERATORS_PRIVATE},
    "uninvite": MODERATORS,
    "decline": dict.fromkeys(("public", "private"), (UNKNOWN, OK, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)),
    "read": READ, "write": MEMBERS,
    "join_chat_room": JOIN, "leave_chat_room": dict.fromkeys(("public", "private"), (OK,) * 7), "send_message": MEMBERS,
    "typing_start": MEMBERS, "typing_stop": MEMBERS, "mark_read": MEMBERS,
}  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", "mongodb"])
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application for all tests here: each makes its own room and people."""
    environment = {}
    if request.param == "mongodb":
        environment["DATABASE_URL"] = url = request.getfixturevalue("mongodb_server")
        with MongoClient[dict[str, object]](url) as client:
            client.drop_database("fieldroom_test_http")
    with application(tmp_path_factory.mktemp("roles"), **environment) as app:
        yield app


@pytest.fixture(scope="module")
def people(app: Flask) -> People:
    return make_people()


@pytest.fixture(autouse=True)
def no_rooms(app: Flask) -> Iterator[None]:
    yield
    clear_rooms()


def attempt(app: Flask, cast: Cast, role: str, what: str) -> str:
    """What comes of it: "yes", or the code of the refusal."""
    me, room = cast[role], str(cast.room.id)
    if what in EVENTS:
        code = emit(me, what, {"room_id": room, **EVENTS[what]})
        return YES if code == "ok" else code
    method, path, body = HTTP[what]
    path = path.format(room=room, me=me.id, **{name: cast[name].id for name in ("victim", "banned", "guest")})
    url = f"/api/messages/room/{room}" if path.startswith("/../") else f"/api/chat-rooms/{room}{path}"
    response = sign_in(app, me).open(url, method=method, json=body(cast, me))
    if response.status_code < 300:
        return YES
    code = response.get_json()["error"]["code"]
    assert (response.status_code, code) in ((403, NO), (404, UNKNOWN)), response.text
    return str(code)


@pytest.mark.parametrize("visibility", ["public", "private"])
@pytest.mark.parametrize("what", EXPECTED)
def test_each_role_may_do_what_the_table_says(app: Flask, people: People, what: str, visibility: str) -> None:
    outcomes = {role: attempt(app, make_cast(people, visibility), role, what) for role in ROLES}
    assert outcomes == dict(zip(ROLES, EXPECTED[what][visibility], strict=True))


def test_the_table_has_every_route_and_event_of_rooms(app: Flask) -> None:
    described = {(method, path) for method, path, _ in HTTP.values()}
    prefix = "/api/chat-rooms/<id:room_id>"
    for rule in app.url_map.iter_rules():
        # What is pinned has a table of its own: test_pins.py.
        if not rule.rule.startswith(prefix) or rule.rule.endswith("/export") or rule.rule.startswith(f"{prefix}/pins"):
            continue
        path = rule.rule.removeprefix(prefix)
        shapes = {path.replace("<id:user_id>", name) for name in ("{victim}", "{banned}", "{guest}", "{me}")}
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            assert any((method, shape) in described for shape in shapes), f"{method} {path}"


@pytest.mark.parametrize(
    ("actor", "target"),
    [("moderator", "moderator2"), ("moderator", "owner"), ("moderator", "admin"), ("owner", "owner"), ("owner", "admin"),
     ("admin", "admin"), ("moderator", "moderator")],
)  # fmt: skip
def test_nobody_acts_against_those_who_are_not_below_them(people: People, actor: str, target: str) -> None:
    cast = make_cast({**people, "moderator2": people["victim"]}, "public")
    moderation.set_role(cast.room.id, cast["owner"], cast["victim"].id, "moderator")
    for act in (moderation.kick, moderation.ban):
        with pytest.raises(Forbidden):
            act(cast.room.id, cast[actor], cast[target].id)  # type: ignore[operator]


def test_an_administrator_can_take_a_public_room_from_its_owner(app: Flask, people: People) -> None:
    cast = make_cast(people, "public")
    moderation.ban(cast.room.id, cast["admin"], cast["owner"].id)
    room = sign_in(app, cast["moderator"]).get(f"/api/chat-rooms/{cast.room.id}").get_json()["room"]
    assert room["owner_id"] == str(cast["moderator"].id), "it passed to the moderator"
    assert room["membership"]["role"] == "owner"


def test_nobody_can_be_given_rights_in_a_private_conversation(app: Flask) -> None:
    one, other = make_user(), make_user()
    room = Room(
        name="", name_key="", kind="direct", capacity=2, member_count=2, visibility="private", owner_id=one.id,
        pair_key=":".join(sorted((str(one.id), str(other.id)))),
    ).insert()  # fmt: skip
    for user in (one, other):
        Member(room_id=room.id, user_id=user.id, nickname=user.nickname, nickname_key=user.nickname).insert()
    client, target = sign_in(app, one), {"user_id": str(other.id)}
    for method, path, body in (
        ("PATCH", "", {"name": "ours"}), ("DELETE", "", None), ("POST", "/kick", target), ("POST", "/bans", target),
        ("POST", "/transfer", target), ("POST", "/invitations", {"user_id": str(make_user().id)}),
        ("PUT", f"/members/{other.id}/role", {"role": "moderator"}), ("POST", "/leave", {}),
    ):  # fmt: skip
        response = client.open(f"/api/chat-rooms/{room.id}{path}", method=method, json=body)
        assert response.status_code == 403, f"{method} {path}: {response.text}"
    assert sign_in(app, make_user("admin")).get(f"/api/chat-rooms/{room.id}").status_code == 404
