"""Finding people, and what is left of an account that ended."""

import math

import pytest
from bson import ObjectId

from models.accounts import Marker, User
from models.devices import Device
from models.friends import Block, Friendship
from models.messages import Message
from models.odm import Database
from models.rooms import Member, Room
from services import own_account
from services.messaging import blocks, direct, export, friends
from services.messaging.messages import NotWelcome
from services.people import accounts, users
from services.people.passwords import hash_password
from services.rooms import rooms
from services.telemetry import devices
from tests.support.accounts import account, connection
from tests.support.realtime import Recorder
from utils.errors import NotFound, ValidationFailed

pytestmark = pytest.mark.usefixtures("db")
PASSWORD = "correct horse 7"


def found(viewer: User, text: str, limit: int = 10) -> list[str]:
    """The user names of all pages."""
    names: list[str] = []
    position = None
    while True:
        views, position = users.search(viewer, text, limit=limit, position=position)
        names += [view["username"] for view in views]
        if position is None:
            return names


def test_people_are_found_by_the_beginning_of_their_user_name_or_nickname_in_any_case() -> None:
    viewer = account("viewer")
    account("Bobby")
    account("bob")
    account("robert", nickname="Bob the Builder")
    account("bobcat", nickname="Bobcat Goldthwait")
    account("alice", nickname="Kate Bob")
    account("张伟", nickname="小张")
    assert found(viewer, "BOB") == ["bob", "Bobby", "bobcat", "robert"]
    assert found(viewer, "ｂｏｂ ") == ["bob", "Bobby", "bobcat", "robert"], "full-width letters are the same letters"
    assert found(viewer, "张") == found(viewer, "小") == ["张伟"]
    assert found(viewer, "bob.*") == found(viewer, "^bob") == found(viewer, "nobody") == []


def test_a_changed_nickname_is_what_one_is_found_by() -> None:
    viewer, bob = account("viewer"), account("bob")
    own_account.update_profile(bob, {"nickname": "Zed"})
    assert found(viewer, "zed") == ["bob"]
    own_account.update_profile(bob, {"nickname": "Bob"})
    assert found(viewer, "zed") == []
    assert found(viewer, "bob") == ["bob"]
    registered = accounts.register("carla", PASSWORD, nickname="Deborah")
    assert found(viewer, "debo") == [registered.username]


def test_every_page_size_finds_everyone_once() -> None:
    viewer = account("viewer")
    expected = [account(f"sam{number:02}").username for number in range(7)]
    expected += [account(f"x{number:02}", nickname="Sammy").username for number in range(6)]
    for limit in (1, 2, 3, 7, 13, 14, 100):
        assert found(viewer, "sam", limit) == expected, limit


def test_a_search_reads_a_bounded_number_of_documents_by_its_indexes(db: Database) -> None:
    viewer = account("viewer")
    account("sam", nickname="Samuel")
    with db.count_queries() as counts:
        users.search(viewer, "sam", limit=10, position=None)
    assert counts.reads <= 5
    if db.url_scheme == "sqlite":  # the small MongoDB servers of the tests explain nothing
        for field in ("username_key", "nickname_key"):
            plan = " ".join(db.explain(User, {field: {"$gte": "sam", "$lt": "sam\U0010ffff"}}, sort=[(field, 1)], limit=10))
            assert "USING INDEX" in plan
            assert "SCAN" not in plan
            assert "TEMP B-TREE" not in plan


def test_who_blocks_one_is_not_found_and_seems_offline() -> None:
    alice, bob = account("alice"), account("bob")
    connection(alice)
    assert users.show(alice.id, bob)["online"] is True
    assert [view["username"] for view in users.online(bob, limit=50)[0]] == ["alice"]
    blocks.block(alice, bob.id)
    assert found(bob, "alice") == []
    assert users.show(alice.id, bob)["online"] is False
    assert users.online(bob, limit=50) == ([], None)
    assert found(alice, "bob") == ["bob"], "the other way round nothing is hidden"
    assert users.own_view(alice)["online"] is True


def test_who_is_online_comes_in_pages_that_leave_nobody_out() -> None:
    people = [account(name) for name in ("ann", "ben", "cleo", "dora", "emil")]
    for user in people[:4]:
        connection(user)
    blocks.block(people[1], people[4].id)
    first, after = users.online(people[4], limit=2)
    assert ([view["username"] for view in first], after) == (["ann"], people[1].id), "a page may have fewer"
    second, end = users.online(people[4], limit=2, after=after)
    assert ([view["username"] for view in second], end) == (["cleo", "dora"], None)


@pytest.mark.parametrize("text", [" ", "\u3000", "\u00a0 \u2003"])
def test_a_blank_search_is_refused(text: str) -> None:
    with pytest.raises(ValidationFailed):
        users.search(account("alice"), text, limit=10, position=None)


@pytest.mark.parametrize("position", ["", "x", "x:a", "n:zz:a", "n:zz"])
def test_a_position_of_no_such_list_is_refused(position: str) -> None:
    with pytest.raises(ValidationFailed):
        users.search(account("alice"), "a", limit=10, position=position)


@pytest.fixture
def password_hash(db: Database) -> str:
    return hash_password(PASSWORD)


@pytest.fixture
def leaver(password_hash: str) -> User:
    """Somebody who can prove who they are."""
    return account("leaver", password_hash=password_hash)


def test_an_account_ends_with_everything_but_what_was_said(leaver: User, told: Recorder) -> None:
    bob, carol = account("bob"), account("carol")
    sid = connection(leaver)
    room = rooms.create(leaver, "Leaver's room")
    rooms.join(room.id, bob)
    friends.request(leaver, "bob")
    friends.request(bob, "leaver")
    friends.request(carol, "leaver")
    private, _ = direct.send(leaver, bob.id, "goodbye")
    blocks.block(leaver, account("dave").id)
    blocks.block(account("eve"), leaver.id)
    device, _ = devices.create(leaver, "Greenhouse")

    own_account.delete_account(leaver, PASSWORD)

    assert User.get(leaver.id) is None
    assert accounts.session_user(leaver.id, leaver.session_epoch) is None
    assert told.disconnected == [(sid, "/")]
    assert [member.user_id for member in Member.find({"room_id": room.id})] == [bob.id]
    assert Member.find_one({"room_id": room.id, "role": "owner"}) is not None
    assert Room.get(room.id).owner_id == bob.id  # type: ignore[union-attr]
    notices = [(message.kind, message.nickname) for message in Message.find({"room_id": room.id}, sort=[("seq", 1)])]
    assert notices == [("join", "leaver"), ("join", "bob"), ("leave", "leaver")]
    assert (Friendship.count(), Block.count()) == (0, 0)
    assert {payload["state"] for payload in told.payloads("friend_request")} >= {"removed", "rejected"}
    assert Device.get(device.id).owner_id is None  # type: ignore[union-attr]
    # What was said stays with its name; nobody can answer into the void.
    assert [(m.author_username, m.body) for m in direct.history(bob, leaver.id)[0]] == [("leaver", "goodbye")]
    with pytest.raises(NotWelcome):
        direct.send(bob, leaver.id, "wait!")
    private_view = next(
        view for view in direct.conversations(bob, limit=10, position=None)[0] if view["room"]["id"] == str(private.room_id)
    )
    partner = private_view["user"]
    assert partner is not None
    assert (partner["id"], partner["username"], partner["gone"], partner["online"]) == (str(leaver.id), "leaver", True, False)
    lines = "".join(export.of_room(private.room_id, bob, "txt", locale="en", tz="UTC")).splitlines()
    said = [line.partition("From:leaver To:bob Content:")[2] for line in lines[1:]]
    came, left = (f'The user with the nickname "leaver" {did} the private chat.' for did in ("entered", "left"))
    assert said == [came, "goodbye", left]
    bobs = "".join(export.of_room(private.room_id, bob, "csv", locale="en", tz="UTC"))
    assert "leaver" in bobs
    assert "?" not in bobs
    with pytest.raises(NotFound):
        friends.request(bob, "leaver")


def test_the_freed_name_is_another_person(leaver: User) -> None:
    bob = account("bob", preferences={"private_messages": "everyone"})
    direct.send(leaver, bob.id, "mine")
    account("other")
    own_account.delete_account(leaver, PASSWORD)
    heir = accounts.register("leaver", PASSWORD)
    assert heir.id != leaver.id
    assert heir.role == "user" or Marker.get(accounts.FIRST_ADMIN).value == str(heir.id)  # type: ignore[union-attr]
    assert direct.history(heir, bob.id) == ([], False)
    assert direct.conversations(heir, limit=10, position=None) == ([], None)


def test_a_wrong_password_ends_nothing(leaver: User) -> None:
    room = rooms.create(leaver, "Mine")
    with pytest.raises(ValidationFailed):
        own_account.delete_account(leaver, "not my password 7")
    assert User.get(leaver.id) == leaver
    assert Member.exists({"room_id": room.id, "user_id": leaver.id})


def test_a_deletion_that_was_interrupted_can_be_done_again(leaver: User, monkeypatch: pytest.MonkeyPatch) -> None:
    room = rooms.create(leaver, "Mine")
    rooms.join(room.id, account("bob"))

    def crash(user_id: ObjectId) -> None:
        raise RuntimeError("the power went off")

    with monkeypatch.context() as patch:
        patch.setattr(friends, "sever_all", crash)
        with pytest.raises(RuntimeError):
            own_account.delete_account(leaver, PASSWORD)
    again = User.get(leaver.id)
    assert again is not None
    own_account.delete_account(again, PASSWORD)
    assert User.get(leaver.id) is None


def test_the_only_administrator_stays_unless_nobody_else_is_there(password_hash: str) -> None:
    first = accounts.register("first", PASSWORD)
    assert first.role == "admin"
    own_account.delete_account(first, PASSWORD)
    again = accounts.register("first", PASSWORD)
    assert again.role == "admin", "an empty installation begins again"
    account("bob")
    with pytest.raises(own_account.OnlyAdministrator):
        own_account.delete_account(again, PASSWORD)
    account("second", role="admin")
    own_account.delete_account(again, PASSWORD)
    assert User.get(again.id) is None


def test_a_fresh_sign_in_stands_for_the_password_and_an_old_one_does_not() -> None:
    account("admin", role="admin")
    leaver = account("leaver")
    for seconds in (own_account.FRESH_SECONDS + 1, math.inf):
        with pytest.raises(ValidationFailed) as refused:
            own_account.delete_account(leaver, None, signed_in_seconds=seconds)
        assert set(refused.value.fields or {}) == {"password"}
    own_account.delete_account(leaver, None, signed_in_seconds=own_account.FRESH_SECONDS - 1)
    assert User.get(leaver.id) is None
